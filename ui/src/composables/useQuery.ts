// SPDX-License-Identifier: GPL-3.0-or-later
// One answer of the API, asked again when what it depends on changes; with the states that every panel has.
import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue';
import { ApiError, call, type Query } from '@/lib/api';

export interface Answer<T> {
  data: ShallowRef<T | null>;
  error: Ref<ApiError | null>;
  loading: Ref<boolean>;
  reload: () => void;
}

/** request: path and query, null for "not now". */
export function useQuery<T>(request: () => { path: string; query?: Query } | null): Answer<T> {
  const data = shallowRef<T | null>(null);
  const error = ref<ApiError | null>(null) as Ref<ApiError | null>;
  const loading = ref(false);
  let abort: AbortController | null = null;

  async function load(): Promise<void> {
    const r = request();
    abort?.abort();
    if (!r) return;
    const mine = (abort = new AbortController());
    loading.value = true;
    try {
      const answer = await call<T>(r.path, { ...(r.query ? { query: r.query } : {}), signal: mine.signal });
      if (mine.signal.aborted) return;
      data.value = answer;
      error.value = null;
    } catch (e) {
      if (mine.signal.aborted) return;
      error.value = e instanceof ApiError ? e : new ApiError(0, { detail: String(e) });
    }
    loading.value = false;
  }
  watch(() => JSON.stringify(request()), load, { immediate: true });
  onScopeDispose(() => abort?.abort());
  return { data, error, loading, reload: () => void load() };
}
