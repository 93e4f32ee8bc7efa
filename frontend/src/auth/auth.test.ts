import { describe, expect, it } from 'vitest';
import type { SessionInfo } from '../api/types';
import { nextPath } from './next-path';
import { passwordProblem, strength, usernameProblem } from './password';
import { may, whyNot } from './permissions';

function session(role: SessionInfo['user']['role'], permissions: string[] = []): SessionInfo {
  return {
    user: { id: '1', username: 'anna', role },
    permissions,
    csrf: '',
    expires_at: '2026-01-01T00:00:00Z',
    idle_seconds: 1800,
    language_policy: 'enforce',
    must_enrol: false,
  };
}

describe('nextPath', () => {
  it.each([
    ['/review?status=all', '/review?status=all'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['https://evil.example', '/'],
    ['/login?next=/', '/'],
    ['/loginx', '/loginx'],
    ['', '/'],
  ])('%s', (next, path) => expect(nextPath(new URLSearchParams({ next }))).toBe(path));
});

describe('password', () => {
  it('has the rules of the server', () => {
    expect(passwordProblem('short', 'anna')).toContain('12 characters');
    expect(passwordProblem('x'.repeat(129), 'anna')).toContain('128 characters');
    expect(passwordProblem('my name is Anna!', 'anna')).toContain('username');
    expect(passwordProblem('correct horse battery', 'anna')).toBeUndefined();
  });

  it.each([
    ['aaaaaaaaaaaaaaaa', 1],
    ['123456789012', 1],
    ['Password123456!', 1],
    ['P@ssw0rdP@ssw0rd', 1],
    ['tiny', 0],
    ['correct horse battery staple', 4],
    ['g7#kQ2!vLp9$xR', 4],
  ])('%s', (password, score) => expect(strength(password).score).toBe(score));
});

it('usernames', () => {
  expect(usernameProblem('anna_2')).toBeUndefined();
  for (const bad of ['', 'ab', '2anna', 'an na', 'a'.repeat(51)])
    expect(usernameProblem(bad)).toBeTruthy();
});

describe('permissions', () => {
  it('believes the server when it lists them', () => {
    expect(may(session('viewer', ['read', 'decide']), 'decide')).toBe(true);
    expect(may(session('admin', ['read']), 'edit')).toBe(false);
  });

  it('falls back to the role', () => {
    expect(may(session('operator'), 'edit')).toBe(true);
    expect(may(session('operator'), 'decide')).toBe(false);
    expect(may(session('reviewer'), 'edit')).toBe(false);
  });

  it('says why not', () => {
    expect(whyNot(session('viewer'), 'decide')).toContain('you are viewer');
    expect(whyNot(session('admin'), 'decide')).toBeUndefined();
  });
});
