import { expect, it } from 'vitest';
import { holder, portProblem, target } from './words';

it('targets', () => {
  expect(target({ host: 'api.example.com', port: 443 })).toBe('api.example.com:443');
  expect(target({ host: 'fd00::7', port: 80 })).toBe('[fd00::7]:80');
  expect(target({ host: 'nas.lan', port: null })).toBe('nas.lan, any port');
});

it('holders', () => {
  expect(holder({ tool_name: 'ops__ping', server_name: 'ops' })).toBe('ops__ping');
  expect(holder({ tool_name: null, server_name: 'ops' })).toBe('every tool of ops');
});

it('ports', () => {
  for (const good of ['', ' ', '1', '443', '65535']) expect(portProblem(good)).toBeUndefined();
  for (const bad of ['0', '65536', '80.5', '-1', 'http']) expect(portProblem(bad)).toBeTruthy();
});
