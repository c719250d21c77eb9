// SPDX-License-Identifier: GPL-3.0-or-later
// Who is logged in, and which interface is looked at: the page's only state beside the URL.
import { computed, reactive, readonly } from 'vue';
import { ApiError, call, setCsrf, type Interface, type Interfaces, type Session } from '@/lib/api';

interface State {
  session: Session | null;
  known: boolean;
  interfaces: Interface[];
}

const state = reactive<State>({ session: null, known: false, interfaces: [] });

function take(session: Session | null): void {
  state.session = session;
  state.known = true;
  setCsrf(session?.csrf ?? '');
}

async function loadInterfaces(): Promise<void> {
  state.interfaces = (await call<Interfaces>('/interfaces')).interfaces;
}

/** Ask once who we are. */
async function load(): Promise<void> {
  if (state.known) return;
  try {
    take(await call<Session>('/session'));
    if (!state.session?.must_change_password) await loadInterfaces();
  } catch (e) {
    if (!(e instanceof ApiError) || e.status !== 401) throw e;
    take(null);
  }
}

async function logIn(username: string, password: string): Promise<void> {
  take(await call<Session>('/session', { method: 'POST', body: { username, password } }));
  if (!state.session?.must_change_password) await loadInterfaces();
}

async function changePassword(old: string, next: string): Promise<void> {
  await call('/session/password', { method: 'POST', body: { old, new: next } });
  take(await call<Session>('/session'));
  await loadInterfaces();
}

async function logOut(): Promise<void> {
  await call('/session', { method: 'DELETE' }).catch(() => {});
  take(null);
}

export function useSession() {
  return {
    state: readonly(state),
    isAdmin: computed(() => state.session?.role === 'admin'),
    load, logIn, logOut, changePassword, loadInterfaces,
    forget: () => take(null),
  };
}
