import { describe, expect, it } from 'vitest';
import type { Finding } from '../api/types';
import { notesOf, remarks, ruleWords } from './findings';

function finding(severity: Finding['severity'], rule: string, line: number): Finding {
  return { severity, rule, message: 'm', line, column: 1, end_line: line, end_column: 2 };
}

describe('remarks', () => {
  it('puts the worst first, then by line', () => {
    const list = remarks({
      python_code: 'x',
      description: '',
      findings: [
        finding('note', 'a', 1),
        finding('high', 'b', 9),
        finding('warning', 'c', 2),
        finding('high', 'd', 3),
      ],
    });
    expect(list.map(({ title }) => title)).toEqual(['D', 'B', 'C', 'A']);
  });

  it('adds what the page itself sees, as high', () => {
    const [only] = remarks({ python_code: 'a\nb\u202e\u202c', description: '', findings: [] });
    expect(only).toMatchObject({ severity: 'high', line: 2, where: 'code' });
  });

  it('does not say twice what the server has said of a line', () => {
    const list = remarks({
      python_code: 'a\u202e\nb\u200b',
      description: '',
      findings: [finding('high', 'hidden-character', 1)],
    });
    expect(list.map(({ line }) => line)).toEqual([1, 2]);
  });

  it('looks into the description, which the model reads', () => {
    const [only] = remarks({ python_code: '', description: 'Read\u{e0041}s', findings: [] });
    expect(only).toMatchObject({ severity: 'high', where: 'description', line: 0 });
  });

  it('gives every remark a key of its own', () => {
    const list = remarks({
      python_code: 'a\u200b\nb\u200b',
      description: '\u200b',
      findings: [finding('high', 'r', 1), finding('high', 'r', 2)],
    });
    expect(new Set(list.map(({ key }) => key)).size).toBe(list.length);
  });

  it('gives the code view only what has a line', () => {
    const list = remarks({ python_code: '', description: '', findings: [finding('high', 'x', 0)] });
    expect(notesOf(list)).toEqual([]);
  });
});

it('says a rule in words', () => {
  expect(ruleWords('tls-verification-off')).toBe('TLS verification off');
  expect(ruleWords('eval_call')).toBe('Eval call');
});
