// Compares the built files with the budget.  Reads dist/.vite/manifest.json,
// follows static imports, and fails when a group is over its limit.
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const dist = new URL('../dist', import.meta.url).pathname;
const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'));

function gzip(file) {
  return gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;
}

/** Every JavaScript file that loading `keys` needs before it can run. */
function closure(keys) {
  const seen = new Set();
  const queue = [...keys];
  while (queue.length) {
    const key = queue.pop();
    if (seen.has(key)) continue;
    if (!manifest[key]) throw new Error(`${key} is not in the manifest`);
    seen.add(key);
    queue.push(...(manifest[key].imports ?? []));
  }
  return seen;
}

function bytes(keys, without = new Set()) {
  let sum = 0;
  for (const key of keys) if (!without.has(key)) sum += gzip(manifest[key].file);
  return sum;
}

const entry = 'index.html';
const home = closure([entry, 'src/app/home.tsx']);
const review = closure([entry, 'src/review/review-page.tsx']);
const diff = closure(['src/code/diff.tsx']);
const css = readdirSync(join(dist, 'assets')).filter((name) => name.endsWith('.css'));
const font = (name) => statSync(join(dist, 'assets', name)).size;
const latin = readdirSync(join(dist, 'assets')).filter((name) =>
  /^geist(-mono)?-latin-wght-normal-.*\.woff2$/.test(name),
);

const rows = [
  ['first page, JavaScript', bytes(home), 130],
  ['review before the diff, JavaScript', bytes(review), 160],
  ['diff, lazy', bytes(diff, review), 125],
  ['style sheets', css.reduce((sum, name) => sum + gzip(`assets/${name}`), 0), 15],
  ['Latin fonts', latin.reduce((sum, name) => sum + font(name), 0), 55],
];

let over = 0;
for (const [name, size, limit] of rows) {
  const kb = size / 1000;
  const bad = kb > limit;
  if (bad) over += 1;
  console.log(`${bad ? 'OVER' : 'ok  '}  ${kb.toFixed(1).padStart(6)} of ${limit} kB  ${name}`);
}
// The manifest was for this check only; it isn't served.
rmSync(join(dist, '.vite'), { recursive: true });
process.exitCode = over ? 1 : 0;
