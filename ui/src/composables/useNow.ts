// SPDX-License-Identifier: GPL-3.0-or-later
// The time, each second: for "12 s ago".
import { onScopeDispose, ref, type Ref } from 'vue';

export function useNow(): Readonly<Ref<number>> {
  const now = ref(Date.now());
  const timer = window.setInterval(() => (now.value = Date.now()), 1000);
  onScopeDispose(() => window.clearInterval(timer));
  return now;
}
