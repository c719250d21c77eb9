// SPDX-License-Identifier: GPL-3.0-or-later
// A frame as a CSV file (RFC 4180). Cells that a spreadsheet would take for a formula get a leading apostrophe.
import type { Frame, Value } from '@/lib/api';

export function csvCell(v: Value): string {
  if (v === null) return '';
  const s = Array.isArray(v) ? v.join(' ') : String(v);
  const safe = /^[=+\-@\t\r]/.test(s) && Number.isNaN(Number(s)) ? `'${s}` : s;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const csvOf = (frame: Frame): string =>
  [frame.columns.map((c) => csvCell(c.name)), ...frame.rows.map((row) => row.map(csvCell))].map((line) => line.join(',')).join('\r\n') + '\r\n';

export function save(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const a = document.createElement('a');
  a.href = url;
  a.download = name;
  a.click();
  URL.revokeObjectURL(url);
}

export const saveCsv = (name: string, frame: Frame): void => save(name, csvOf(frame), 'text/csv');
