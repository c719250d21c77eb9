// SPDX-License-Identifier: GPL-3.0-or-later
import { createApp } from 'vue';
import App from '@/App.vue';
import { makeRouter } from '@/router';
import '@/styles/tokens.css';
import '@/styles/base.css';

createApp(App).use(makeRouter()).mount('#app');
