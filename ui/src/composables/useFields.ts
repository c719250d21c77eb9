// SPDX-License-Identifier: GPL-3.0-or-later
// The fields of an entity, asked once a session.
import { shallowRef, type ShallowRef } from 'vue';
import { call, type Field, type Fields } from '@/lib/api';

const cache = new Map<string, ShallowRef<Field[]>>();

export function useFields(entity: 'flow' | 'host'): ShallowRef<Field[]> {
  let fields = cache.get(entity);
  if (!fields) {
    fields = shallowRef<Field[]>([]);
    cache.set(entity, fields);
    const into = fields;
    call<Fields>('/fields', { query: { entity } })
      .then((answer) => (into.value = answer.fields))
      .catch(() => cache.delete(entity));
  }
  return fields;
}
