// SPDX-License-Identifier: GPL-3.0-or-later
// A live list: the frame of the stream's topic, kept up to date by its ticks.
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue';
import { ApiError, call, queryString, type Frame, type Query } from '@/lib/api';
import { applyTick, isTick, type FrameTick } from '@/lib/frame';
import { useStream, type Stream } from '@/composables/useStream';
import { watch } from 'vue';

export interface LiveList extends Stream {
  frame: ShallowRef<Frame | null>;
  error: Ref<ApiError | null>;
  reload: () => void;
}

/** topic: "flows" or "hosts"; query: as the route of that name takes it. */
export function useLive(topic: 'flows' | 'hosts', interfaceName: () => string, query: () => Query): LiveList {
  const frame = shallowRef<Frame | null>(null);
  const error = ref<ApiError | null>(null) as Ref<ApiError | null>;

  /** The first page comes by a plain request, so that a wrong filter is told in words. */
  async function load(): Promise<void> {
    try {
      frame.value = await call<Frame>(`/${topic}`, { query: { ...query(), interface: interfaceName() } });
      error.value = null;
    } catch (e) {
      error.value = e instanceof ApiError ? e : new ApiError(0, { detail: String(e) });
    }
  }
  watch(() => JSON.stringify([query(), interfaceName()]), load, { immediate: true });
  const stream = useStream(
    () => (error.value ? null : { interface: interfaceName(), topics: topic, [topic]: queryString(query()) }),
    {
      [topic]: (data: Frame | FrameTick) => {
        if (!isTick(data)) frame.value = data;
        else if (frame.value) frame.value = applyTick(frame.value, data);
      },
    },
  );
  return { frame, error, reload: () => void load(), ...stream };
}
