import { expect, it } from 'vitest';
import type { Remark } from '../code/findings';
import { suggestions } from './suggestions';

function remark(title: string, severity: Remark['severity'], line = 0): Remark {
  return { key: title, severity, title, text: '', where: line ? 'code' : 'tool', line };
}

it('names what is bad and where, and leaves notes out', () => {
  expect(
    suggestions([
      remark('Hidden character U+202E', 'high', 24),
      remark('TLS verification off', 'warning', 13),
      remark('Naive time', 'note', 2),
    ]).slice(0, 2),
  ).toEqual(['Fix: hidden character U+202E (line 24)', 'Fix: TLS verification off (line 13)']);
});

it('has something to offer when nothing was found', () => {
  expect(suggestions([])).toHaveLength(1);
});
