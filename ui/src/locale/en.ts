// SPDX-License-Identifier: GPL-3.0-or-later
// All text of the page, in plain words. Another language is another file of this shape.
export const en = {
  nav: { overview: 'Overview', flows: 'Flows', hosts: 'Hosts', sql: 'SQL', system: 'System' },
  login: {
    title: 'Log in to Weir', user: 'User', password: 'Password', submit: 'Log in',
    hint: 'At the first start weir printed a one-time password on its terminal.',
    changeTitle: 'Choose a password of your own', changeHint: 'At least 12 characters. The one-time password stops working.',
    newPassword: 'New password', again: 'Once more', differ: 'The two are not the same.', change: 'Change password',
  },
  state: {
    loading: 'Loading…', retry: 'Try again', request: 'request',
    stale: 'Connection to weir lost; numbers stand still. Trying again…',
    noFlows: 'No flows yet. As soon as packets arrive on this interface, they show up here.',
    noMatch: 'No live flow matches this filter.',
    noHosts: 'No hosts yet. They appear with the first packets.',
    noHostMatch: 'No host matches this filter.',
    finished: 'The capture file has been read to its end; its flows are over and are kept in the database.',
  },
  overview: {
    in: 'In', out: 'Out', flows: 'Flows', lost: 'Packets lost', live: 'live', peak: 'peak', at: 'at', newPerSecond: 'new a second',
    received: 'received since', throughput: 'Throughput', risky: 'Needs a look', talkers: 'Top talkers', apps: 'Applications',
    newest: 'New on this network', now: 'now', noRisky: 'Nothing risky now.', noTalkers: 'Nobody talks right now.',
    noNewest: 'No local host seen yet.', store: 'Database', off: 'Frames outside flows',
  },
  flows: {
    filter: 'filter, for example app = TLS and bytes > 1MB', pause: 'Pause', resume: 'Resume', columns: 'Columns', facets: 'Facets', of: 'of',
    export: 'Export CSV', live: 'live flows', sum: 'in sum',
  },
  menu: { only: 'only this', not: 'not this', add: 'add to filter', copy: 'copy', open: 'open', explain: 'explain' },
} as const;
export const t = en;
