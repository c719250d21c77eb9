// SPDX-License-Identifier: GPL-3.0-or-later
// The pages: rail, palette and the keys g + letter come from this list.
import { t } from '@/locale/en';

export const PAGES = [
  { path: '/overview', label: t.nav.overview, icon: 'overview', key: 'o', admin: false },
  { path: '/flows', label: t.nav.flows, icon: 'flows', key: 'f', admin: false },
  { path: '/hosts', label: t.nav.hosts, icon: 'hosts', key: 'h', admin: false },
  { path: '/sql', label: t.nav.sql, icon: 'sql', key: 'q', admin: true },
  { path: '/system', label: t.nav.system, icon: 'system', key: 's', admin: false },
] as const;
