// SPDX-License-Identifier: GPL-3.0-or-later
// Light or dark: the system's wish until the user chooses.
import { ref, watchEffect } from 'vue';

type Theme = 'light' | 'dark';
const stored = localStorage.getItem('weir-theme');
const system = window.matchMedia('(prefers-color-scheme: dark)');
const chosen = ref<Theme | null>(stored === 'light' || stored === 'dark' ? stored : null);
const preferred = ref<Theme>(system.matches ? 'dark' : 'light');
system.addEventListener('change', (e) => (preferred.value = e.matches ? 'dark' : 'light'));
watchEffect(() => (document.documentElement.dataset.theme = chosen.value ?? preferred.value));

export function useTheme() {
  return {
    toggle: () => {
      chosen.value = (chosen.value ?? preferred.value) === 'dark' ? 'light' : 'dark';
      localStorage.setItem('weir-theme', chosen.value);
    },
    isDark: () => (chosen.value ?? preferred.value) === 'dark',
  };
}
