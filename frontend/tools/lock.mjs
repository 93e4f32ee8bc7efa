// Completes package-lock.json after every `npm install`, so that `npm ci` works
// on any npm and any registry.  Run it as `npm run lock`.
//
// Native packages come as one optional package for each system.
// - A registry that lacks those of other systems makes npm leave them out of the
//   lock, and then npm 11 refuses the lock.  They are written back here; they are
//   never fetched, because their os or cpu doesn't match.
// - An optional package that doesn't like the Node which runs npm is left out
//   silently.  Debian 12 has Node 18, but the packages run on the pinned Node 22,
//   so what they say about Node is taken out.
import { readFileSync, writeFileSync } from 'node:fs';

const SYSTEMS = new Set(
  'aix android darwin freebsd linux netbsd openbsd openharmony sunos win32'.split(' '),
);
const PROCESSORS = new Set('arm arm64 ia32 loong64 ppc64 riscv64 s390x wasm32 x64'.split(' '));

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const { '': root, ...packages } = lock.packages;
const all = { ...packages };
let added = 0;
let freed = 0;

for (const [path, parent] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    if (packages[`${path}/node_modules/${name}`] || all[`node_modules/${name}`]) continue;
    const words = name.split(/[-/]/);
    const os = words.filter((word) => SYSTEMS.has(word));
    const cpu = words.filter((word) => PROCESSORS.has(word));
    if (os.length + cpu.length === 0) continue;
    all[`node_modules/${name}`] = {
      version: version.replace(/^[\^~]/, ''),
      ...(cpu.length > 0 && { cpu }),
      ...(parent.dev && { dev: true }),
      optional: true,
      ...(os.length > 0 && { os }),
    };
    added += 1;
  }
}

for (const entry of Object.values(all)) {
  if (!entry.optional || !entry.engines || !(entry.os || entry.cpu)) continue;
  delete entry.engines;
  freed += 1;
}

const sorted = Object.fromEntries(Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1)));
lock.packages = { '': root, ...sorted };
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`package-lock.json: ${added} added, ${freed} freed of their engines`);
