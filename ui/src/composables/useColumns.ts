// SPDX-License-Identifier: GPL-3.0-or-later
// Which columns a list shows: in the URL when chosen, the usual ones else.
import { computed, type ComputedRef } from 'vue';
import type { Column } from '@/lib/api';
import { useUrlState } from '@/composables/useUrlState';

export interface Columns {
  names: ComputedRef<string[]>;
  choose: (names: string[]) => void;
  /** Of a frame's columns, the chosen ones in the chosen order. */
  shown: (all: readonly Column[]) => Column[];
}

export function useColumns(entity: string, usual: readonly string[]): Columns {
  const text = useUrlState(`${entity}_columns`, usual.join(','));
  const names = computed(() => text.value.split(',').filter(Boolean));
  return {
    names,
    choose: (list) => (text.value = (list.length ? list : usual).join(',')),
    shown: (all) => names.value.map((n) => all.find((c) => c.name === n)).filter((c): c is Column => c !== undefined),
  };
}
