import { expect, it } from 'vitest';
import { parseSeconds, serverNameProblem, toolNameProblem } from './names';

it('server names', () => {
  expect(serverNameProblem('homelab_ops')).toBeUndefined();
  for (const bad of ['', 'Ops', '2ops', 'a__b', 'a-b', 'a'.repeat(41)])
    expect(serverNameProblem(bad)).toBeTruthy();
});

it('tool names, and the length of both together', () => {
  expect(toolNameProblem('csv_stats', 'ops')).toBeUndefined();
  expect(toolNameProblem('t'.repeat(40), 's'.repeat(22))).toBeUndefined();
  expect(toolNameProblem('t'.repeat(40), 's'.repeat(23))).toContain('64');
});

it('seconds', () => {
  expect(parseSeconds('30')).toBe(30_000);
  expect(parseSeconds(' 1,5 ')).toBe(1500);
  for (const bad of ['', '0', '301', 'x', '-5']) expect(parseSeconds(bad)).toBeUndefined();
});
