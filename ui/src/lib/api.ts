// SPDX-License-Identifier: GPL-3.0-or-later
// Calls of the REST API. Errors are RFC 9457 problems; the shapes come from the generated types.
import type { Problem } from '@/generated/api';

export * from '@/generated/api';

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Partial<Problem>,
  ) {
    super(problem.detail ?? problem.title ?? (status ? `HTTP ${status}` : 'weir does not answer'));
  }
}

let csrf = '';
export const setCsrf = (token: string): void => {
  csrf = token;
};

/** Called when an answer says that nobody is logged in (any more). */
let onLoggedOut: () => void = () => {};
export const whenLoggedOut = (f: () => void): void => {
  onLoggedOut = f;
};

export type Query = Record<string, string | number | undefined>;

export function queryString(query: Query): string {
  const q = new URLSearchParams();
  for (const [k, v] of Object.entries(query)) if (v !== undefined && v !== '') q.set(k, String(v));
  return q.toString();
}

export interface CallOptions {
  method?: string;
  query?: Query;
  body?: unknown;
  signal?: AbortSignal;
  /** The raw text instead of parsed JSON. */
  text?: boolean;
}

export async function call<T>(path: string, o: CallOptions = {}): Promise<T> {
  const q = o.query ? queryString(o.query) : '';
  const headers: Record<string, string> = {};
  if (o.body !== undefined) headers['Content-Type'] = 'application/json';
  if (o.method && o.method !== 'GET') headers['X-CSRF-Token'] = csrf;
  let answer: Response;
  try {
    answer = await fetch(`/api/v1${path}${q ? `?${q}` : ''}`, {
      method: o.method ?? 'GET',
      headers,
      body: o.body === undefined ? null : JSON.stringify(o.body),
      signal: o.signal ?? null,
      credentials: 'same-origin',
    });
  } catch (e) {
    if (e instanceof DOMException && e.name === 'AbortError') throw e;
    throw new ApiError(0, { title: 'weir does not answer', detail: 'Weir does not answer. Is it still running?' });
  }
  if (!answer.ok) {
    const problem = (await answer.json().catch(() => ({}))) as Partial<Problem>;
    if (answer.status === 401 && path !== '/session') onLoggedOut();
    throw new ApiError(answer.status, problem);
  }
  return (o.text ? await answer.text() : await answer.json()) as T;
}
