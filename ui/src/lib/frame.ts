// SPDX-License-Identifier: GPL-3.0-or-later
// Frames: merging the ticks of a live list, and cells by name.
import type { Column, Frame, Value } from '@/lib/api';

/** A tick after the first: the page's order, and the rows that changed. The first column is the key. */
export interface FrameTick {
  order: Value[];
  changed: Value[][];
  total: number;
  sum?: Frame['sum'];
  now?: string;
}

export const isTick = (data: Frame | FrameTick): data is FrameTick => 'order' in data;

/** The frame after a tick. Rows that did not change keep their identity, so that Vue leaves their cells alone. */
export function applyTick(frame: Frame, tick: FrameTick): Frame {
  const rows = new Map<Value, Value[]>();
  for (const row of frame.rows) rows.set(row[0] ?? null, row);
  for (const row of tick.changed) rows.set(row[0] ?? null, row);
  return {
    columns: frame.columns,
    rows: tick.order.map((key) => rows.get(key)).filter((row): row is Value[] => row !== undefined),
    total: tick.total,
    ...(tick.sum ? { sum: tick.sum } : {}),
    ...(tick.now ? { now: tick.now } : {}),
  };
}

export const columnIndex = (columns: readonly Column[], name: string): number => columns.findIndex((c) => c.name === name);

/** Read cells of a row by column name. */
export function reader(columns: readonly Column[]): (row: readonly Value[], name: string) => Value {
  const at = new Map(columns.map((c, i) => [c.name, i]));
  return (row, name) => {
    const i = at.get(name);
    return i === undefined ? null : (row[i] ?? null);
  };
}
