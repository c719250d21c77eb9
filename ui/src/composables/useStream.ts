// SPDX-License-Identifier: GPL-3.0-or-later
// The live stream: one EventSource a component that asks, closed while the tab is hidden or the user paused, opened anew when the subscription changes.
import { onScopeDispose, readonly, ref, watch, type Ref } from 'vue';
import { queryString, type Query } from '@/lib/api';

export type Handlers = Record<string, (data: never) => void>;

export interface Stream {
  /** The connection is lost: what is shown is old. */
  stale: Readonly<Ref<boolean>>;
  paused: Ref<boolean>;
}

/** subscription: query of /stream, null for none. */
export function useStream(subscription: () => Query | null, handlers: Handlers): Stream {
  const stale = ref(false);
  const paused = ref(false);
  const hidden = ref(document.hidden);
  let source: EventSource | null = null;
  let retry = 0;

  function close(): void {
    source?.close();
    source = null;
    window.clearTimeout(retry);
  }

  function open(query: string): void {
    close();
    source = new EventSource(`/api/v1/stream?${query}`);
    source.onopen = () => (stale.value = false);
    source.onerror = () => {
      stale.value = true;
      // The browser retries by itself unless the server refused; then we do.
      if (source?.readyState === EventSource.CLOSED) retry = window.setTimeout(() => open(query), 3000);
    };
    for (const [name, handle] of Object.entries(handlers))
      source.addEventListener(name, (e) => handle(JSON.parse((e as MessageEvent<string>).data) as never));
  }

  const onVisibility = (): void => {
    hidden.value = document.hidden;
  };
  document.addEventListener('visibilitychange', onVisibility);
  watch(
    () => {
      const s = subscription();
      return s && !paused.value && !hidden.value ? queryString(s) : null;
    },
    (query) => (query === null ? close() : open(query)),
    { immediate: true },
  );
  onScopeDispose(() => {
    close();
    document.removeEventListener('visibilitychange', onVisibility);
  });
  return { stale: readonly(stale), paused };
}
