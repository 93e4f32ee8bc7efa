import { describe, expect, it } from 'vitest';
import { age, duration, kib, plural, shortDigest } from './format';

const NOW = Date.parse('2026-03-01T12:00:00Z');

describe('age', () => {
  it.each([
    ['2026-03-01T11:59:30Z', 'now'],
    ['2026-03-01T11:46:00Z', '14 min'],
    ['2026-03-01T10:00:00Z', '2 h'],
    ['2026-02-22T12:00:00Z', '7 d'],
    ['2024-01-01T00:00:00Z', '2 y'],
    ['2026-03-01T12:00:05Z', 'now'],
  ])('%s', (time, words) => expect(age(time, NOW)).toBe(words));
});

it('durations', () => {
  expect([0.4, 850, 2400, 60_000, 90_000].map(duration)).toEqual([
    '0 ms',
    '850 ms',
    '2.4 s',
    '1 min',
    '1 min 30 s',
  ]);
});

it('sizes, numbers, digests', () => {
  expect(kib(900)).toBe('900 KiB');
  expect(kib(38_912)).toBe('38 MiB');
  expect(plural(1, 'tool')).toBe('1 tool');
  expect(plural(1204, 'tool')).toBe('1,204 tools');
  expect(shortDigest(`7d1e04ba${'0'.repeat(52)}b93c`)).toBe('7d1e 04ba … b93c');
});
