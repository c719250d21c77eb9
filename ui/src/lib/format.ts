// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers and times as people read them: SI prefixes, three significant digits, never a bare number without its unit.
import type { Column, Value } from '@/lib/api';

const SI = ['', 'k', 'M', 'G', 'T', 'P'];

/** 1234567 → ["1.23", "M"]. */
export function scaled(v: number): [string, string] {
  let i = 0;
  let x = Math.abs(v);
  while (x >= 999.5 && i < SI.length - 1) {
    x /= 1000;
    i++;
  }
  const digits = i === 0 ? (Number.isInteger(x) ? 0 : 1) : x >= 99.95 ? 0 : x >= 9.995 ? 1 : 2;
  return [(v < 0 ? '-' : '') + x.toFixed(digits), SI[i] ?? ''];
}

export function bitRate(bitsPerSecond: number): string {
  const [n, p] = scaled(bitsPerSecond);
  return `${n} ${p}bit/s`;
}

export function bytes(v: number): string {
  const [n, p] = scaled(v);
  return `${n} ${p}B`;
}

export function count(v: number): string {
  if (Math.abs(v) < 100_000) return v.toLocaleString('en');
  const [n, p] = scaled(v);
  return `${n} ${p}`;
}

const exact = new Intl.NumberFormat('en');
export const exactCount = (v: number): string => exact.format(v);

/** Nanoseconds as a duration: "850 µs", "12.3 ms", "4.2 s", "1 h 04 min". */
export function duration(ns: number): string {
  if (ns < 1e3) return `${Math.round(ns)} ns`;
  if (ns < 1e6) return `${trim(ns / 1e3)} µs`;
  if (ns < 1e9) return `${trim(ns / 1e6)} ms`;
  if (ns < 60e9) return `${trim(ns / 1e9)} s`;
  const minutes = Math.floor(ns / 60e9);
  if (minutes < 60) return `${minutes} min ${String(Math.floor((ns % 60e9) / 1e9)).padStart(2, '0')} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, '0')} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

const trim = (x: number): string => (x >= 99.95 ? x.toFixed(0) : x >= 9.995 ? x.toFixed(1) : x.toFixed(2));

/** Relative up to an hour, else absolute in the browser's zone. now: ms. */
export function ago(iso: string, now: number = Date.now()): string {
  const then = Date.parse(iso);
  const s = Math.round((now - then) / 1000);
  if (Number.isNaN(then)) return iso;
  if (s >= 0 && s < 3) return 'now';
  if (s >= 0 && s < 60) return `${s} s ago`;
  if (s >= 0 && s < 3600) return `${Math.floor(s / 60)} min ago`;
  return absolute(iso);
}

const sameDay = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
const otherDay = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hour12: false });

export function absolute(iso: string): string {
  const d = new Date(iso);
  if (Number.isNaN(d.getTime())) return iso;
  return d.toDateString() === new Date().toDateString() ? sameDay.format(d) : otherDay.format(d);
}

const PROTOCOLS: Record<number, string> = { 1: 'ICMP', 2: 'IGMP', 6: 'TCP', 17: 'UDP', 47: 'GRE', 50: 'ESP', 51: 'AH', 58: 'ICMPv6', 89: 'OSPF', 103: 'PIM', 112: 'VRRP', 132: 'SCTP' };
export const protocolName = (n: number): string => PROTOCOLS[n] ?? `IP ${n}`;

export type ScoreLevel = 0 | 1 | 2 | 3;
/** 0 healthy, 1–49 low, 50–99 notable, 100+ bad. */
export const scoreLevel = (score: number): ScoreLevel => (score <= 0 ? 0 : score < 50 ? 1 : score < 100 ? 2 : 3);
export const SCORE_WORDS = ['healthy', 'low', 'notable', 'bad'] as const;

/** TCP flags as letters, in header order: "SAPF". */
export function tcpFlags(bits: number): string {
  return [...'FSRPAUEC'].filter((_, i) => (bits >> i) & 1).join('') || '–';
}

/** A cell as text, by its column. */
export function cell(column: Pick<Column, 'name' | 'kind' | 'unit'>, v: Value, now?: number): string {
  if (v === null || v === undefined || v === '') return '';
  if (column.kind === 'time') return ago(String(v), now);
  if (typeof v === 'number') {
    if (column.unit === 'bits_per_s') return bitRate(v);
    if (column.unit === 'bytes') return bytes(v);
    if (column.unit === 'ns') return duration(v);
    if (column.unit === 'us') return duration(v * 1000);
    if (column.unit === 'ms') return duration(v * 1e6);
    if (column.name === 'protocol') return protocolName(v);
    if (column.name.startsWith('tcp_flags')) return tcpFlags(v);
    if (column.name.endsWith('port') || column.name.includes('asn') || column.name === 'vlan_id') return String(v);
    return count(v);
  }
  if (typeof v === 'boolean') return v ? 'yes' : 'no';
  if (Array.isArray(v)) return v.join(', ');
  return v;
}

/** The exact value, for titles and the clipboard. */
export function exactCell(column: Pick<Column, 'name' | 'kind' | 'unit'>, v: Value): string {
  if (v === null || v === undefined) return '';
  if (column.kind === 'time') return `${String(v)} (${absolute(String(v))})`;
  if (typeof v === 'number' && column.unit) return `${exact.format(v)} ${column.unit.replace('bits_per_s', 'bit/s')}`;
  return Array.isArray(v) ? v.join(', ') : String(v);
}
