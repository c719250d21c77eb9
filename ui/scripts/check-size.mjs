// SPDX-License-Identifier: GPL-3.0-or-later
// Fails the build when what the first page loads is over 120 KiB of compressed script: the entry and everything it imports statically.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const LIMIT = 120 * 1024;
const dist = new URL('../dist/', import.meta.url);
const html = readFileSync(new URL('index.html', dist), 'utf8');
const seen = new Set();
const queue = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((m) => m[1]);
let total = 0;
while (queue.length) {
  const file = queue.pop();
  if (seen.has(file)) continue;
  seen.add(file);
  const code = readFileSync(new URL(file, dist));
  total += gzipSync(code, { level: 9 }).length;
  for (const m of code.toString().matchAll(/(?:^|[;}])import[^"'();]*["']\.\/([^"']+\.js)["']/g)) queue.push(`assets/${m[1]}`);
}
const all = readdirSync(new URL('assets/', dist)).filter((f) => f.endsWith('.js')).length;
console.log(`first load: ${(total / 1024).toFixed(1)} KiB of compressed script in ${seen.size} of ${all} files (limit ${LIMIT / 1024})`);
if (total > LIMIT || total === 0) process.exit(1);
