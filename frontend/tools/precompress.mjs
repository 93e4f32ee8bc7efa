// Writes file.gz beside every text file of dist/, for nginx's gzip_static.
import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';

const dist = new URL('../dist', import.meta.url).pathname;
let files = 0;
for (const name of readdirSync(dist, { recursive: true })) {
  if (!/\.(css|html|js|json|svg|webmanifest)$/.test(name)) continue;
  const path = join(dist, name);
  const { atime, mtime } = statSync(path);
  writeFileSync(
    `${path}.gz`,
    gzipSync(readFileSync(path), { level: constants.Z_BEST_COMPRESSION }),
  );
  // The same age as its source, so that a proxy may tell that they belong together.
  utimesSync(`${path}.gz`, atime, mtime);
  files += 1;
}
console.log(`precompressed ${files} files`);
