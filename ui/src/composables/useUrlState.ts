// SPDX-License-Identifier: GPL-3.0-or-later
// Page state that lives in the URL: a copied link shows the same thing.
import { computed, type WritableComputedRef } from 'vue';
import { useRoute, useRouter } from 'vue-router';

/** A query parameter as a ref; the default is left out of the URL. */
export function useUrlState(name: string, fallback = ''): WritableComputedRef<string> {
  const route = useRoute();
  const router = useRouter();
  return computed({
    get: () => {
      const v = route.query[name];
      return typeof v === 'string' ? v : fallback;
    },
    set: (v) => {
      const query = { ...route.query };
      if (v === fallback) delete query[name];
      else query[name] = v;
      void router.replace({ query });
    },
  });
}

/** The interface that is looked at: the one in the URL, else the first. */
export const useInterface = (): WritableComputedRef<string> => useUrlState('interface');
