import { expect, it } from 'vitest';
import { parseSeconds, secretNameProblem, serverNameProblem, toolNameProblem } from './names';

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

it('secret names', () => {
  expect(secretNameProblem('API_KEY_2')).toBeUndefined();
  for (const bad of ['', 'api_key', '2_KEY', 'A-B', 'A'.repeat(65)])
    expect(secretNameProblem(bad)).toBeTruthy();
});
