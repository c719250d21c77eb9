// SPDX-License-Identifier: GPL-3.0-or-later
// Keys that hold on every page: Ctrl-K palette, g + letter, / filter, ? help.
import { onScopeDispose, ref, type Ref } from 'vue';
import { useRouter } from 'vue-router';
import { PAGES } from '@/lib/pages';

const typing = (e: KeyboardEvent): boolean => e.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName);

export function useKeys(active: Readonly<Ref<boolean>>) {
  const router = useRouter();
  const palette = ref(false);
  const help = ref(false);
  let went = 0;

  function onKey(e: KeyboardEvent): void {
    if (!active.value) return;
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'k') {
      e.preventDefault();
      palette.value = !palette.value;
      return;
    }
    if (e.key === 'Escape') palette.value = help.value = false;
    if (typing(e) || e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.key === '?') help.value = true;
    if (e.key === '/') {
      const box = document.querySelector<HTMLInputElement>('[data-filter]');
      e.preventDefault();
      if (box) box.focus();
      else palette.value = true;
    }
    const page = Date.now() - went < 1500 ? PAGES.find((p) => p.key === e.key) : undefined;
    if (page) void router.push(page.path);
    went = e.key === 'g' ? Date.now() : 0;
  }
  window.addEventListener('keydown', onKey);
  onScopeDispose(() => window.removeEventListener('keydown', onKey));
  return { palette, help };
}
