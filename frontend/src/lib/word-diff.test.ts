import { describe, expect, it } from 'vitest';
import { wordDiff } from './word-diff';

function side(before: string, after: string, without: 'added' | 'removed'): string {
  return wordDiff(before, after)
    .filter(({ op }) => op !== without)
    .map(({ text }) => text)
    .join('');
}

const PAIRS = [
  ['', ''],
  ['', 'new text'],
  ['old text', ''],
  ['Lists backups on the server.', 'Lists backups, local and offsite. Call this first.'],
  ['a  b\nc', 'a b c d'],
] as const;

describe('wordDiff', () => {
  it.each(PAIRS)('keeps both sides whole: %j -> %j', (before, after) => {
    expect(side(before, after, 'added')).toBe(before);
    expect(side(before, after, 'removed')).toBe(after);
  });

  it('puts the removal before the addition', () => {
    expect(wordDiff('call it', 'use it')).toEqual([
      { op: 'removed', text: 'call' },
      { op: 'added', text: 'use' },
      { op: 'same', text: ' it' },
    ]);
  });

  it('gives up on detail for very long texts', () => {
    const long = 'word '.repeat(4000);
    expect(wordDiff(long, `${long}x`).map(({ op }) => op)).toEqual(['removed', 'added']);
  });
});
