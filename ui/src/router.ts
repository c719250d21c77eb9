// SPDX-License-Identifier: GPL-3.0-or-later
import { createRouter, createWebHistory, type Router, type RouteRecordRaw } from 'vue-router';
import { useSession } from '@/composables/useSession';
import { whenLoggedOut } from '@/lib/api';

const routes: RouteRecordRaw[] = [
  { path: '/', redirect: '/overview' },
  { path: '/login', component: () => import('@/pages/login/LoginPage.vue'), meta: { open: true } },
  { path: '/overview', component: () => import('@/pages/overview/OverviewPage.vue') },
  { path: '/flows', component: () => import('@/pages/flows/FlowsPage.vue') },
  { path: '/flows/:id', component: () => import('@/pages/flow/FlowPage.vue') },
  { path: '/hosts', component: () => import('@/pages/hosts/HostsPage.vue') },
  { path: '/hosts/:ip', component: () => import('@/pages/host/HostPage.vue') },
  { path: '/sql', component: () => import('@/pages/sql/SqlPage.vue'), meta: { admin: true } },
  { path: '/system', component: () => import('@/pages/system/SystemPage.vue') },
  { path: '/:rest(.*)*', component: () => import('@/pages/NotFoundPage.vue') },
];

export function makeRouter(): Router {
  const router = createRouter({ history: createWebHistory(), routes });
  const { state, load, forget, isAdmin } = useSession();
  router.beforeEach(async (to) => {
    await load();
    const ready = state.session && !state.session.must_change_password;
    if (!ready && !to.meta.open) return { path: '/login', query: { next: to.fullPath } };
    if (ready && to.path === '/login') return '/overview';
    if (to.meta.admin && !isAdmin.value) return '/overview';
    return true;
  });
  whenLoggedOut(() => {
    forget();
    void router.push({ path: '/login', query: { next: router.currentRoute.value.fullPath } });
  });
  return router;
}
