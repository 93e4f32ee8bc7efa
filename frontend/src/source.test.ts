import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = import.meta.dirname;
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
  (name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$|schema\.d\.ts$/.test(name),
);

// The content security policy refuses these at run time; find them before.
const FORBIDDEN: [what: string, pattern: RegExp][] = [
  ['markup from text', /\.(innerHTML|outerHTML|srcdoc)\b|insertAdjacentHTML|document\.write/],
  ['style attribute', /setAttribute\(\s*['"]style/],
  ['<style> element', /createElement\(\s*['"]style/],
  ['code from text', /\beval\(|new Function\(/],
  ['data: or blob: address', /['"`(](data:[a-z]+\/|blob:)/],
];

it.each(FORBIDDEN)('the page makes no %s', (_, pattern) => {
  const guilty = files.filter((name) => pattern.test(readFileSync(join(root, name), 'utf8')));
  expect(guilty).toEqual([]);
});

it('looks at the files at all', () => {
  expect(files.length).toBeGreaterThan(80);
});
