// SPDX-License-Identifier: GPL-3.0-or-later
// Writing the filter language: what the value menu and the facets put into the filter box, and what the box can complete.
import type { Field, Value } from '@/lib/api';

/** A value as the language takes it: quoted unless it is plainly a word, number or address. */
export function literal(v: Value): string {
  const s = String(v);
  return /^[A-Za-z0-9_.:/-]+$/.test(s) && !/^(and|or|not|in|contains)$/i.test(s) ? s : `"${s.replace(/["\\]/g, '\\$&')}"`;
}

export const equals = (field: string, v: Value): string => `${field} = ${literal(v)}`;
export const differs = (field: string, v: Value): string => `not ${field} = ${literal(v)}`;

export function joined(filter: string, condition: string): string {
  const f = filter.trim();
  if (!f) return condition;
  if (f === condition || f.split(' and ').includes(condition)) return f;
  return `${/\bor\b/i.test(f) ? `(${f})` : f} and ${condition}`;
}

export interface Completion {
  text: string;
  help: string;
  /** Replaces the text from here to the cursor. */
  from: number;
}

/** What could stand at the cursor: a field, an operator of the field before, or a joining word. */
export function completions(text: string, cursor: number, fields: readonly Field[]): Completion[] {
  const before = text.slice(0, cursor);
  const word = /[A-Za-z_0-9]*$/.exec(before)?.[0] ?? '';
  const head = before.slice(0, before.length - word.length);
  const from = head.length;
  const last = /([a-z_0-9]+)\s+$/i.exec(head)?.[1];
  const field = fields.find((f) => f.name === last);
  const start = word.toLowerCase();
  if (field) return field.operators.filter((o) => o.startsWith(start)).map((o) => ({ text: `${o} `, help: field.help, from }));
  if (/(?:^|\(|\b(?:and|or|not)\s)\s*$/i.test(head)) {
    const rank = (f: Field): number => (f.name.startsWith(start) ? 0 : 1);
    return fields
      .filter((f) => f.name.includes(start))
      .sort((a, b) => rank(a) - rank(b))
      .slice(0, 12)
      .map((f) => ({ text: `${f.name} `, help: f.help, from }));
  }
  if (/[\w")\]]\s+$/.test(head) && !/(?:=|<|>|~|\bin|\bcontains)\s+$/.test(head))
    return ['and ', 'or '].filter((w) => w.startsWith(start)).map((w) => ({ text: w, help: '', from }));
  return [];
}
