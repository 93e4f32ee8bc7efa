import { queryOptions } from '@tanstack/react-query';
import { api, setCsrf, unwrap } from './client';
import { ApiError } from './error';
import { KEY } from './keys';
import type { Account, AuthStatus, SessionInfo } from './types';

function remember(session: SessionInfo): SessionInfo {
  setCsrf(session.csrf);
  return session;
}

/** Who is signed in; null: nobody. */
export const sessionQuery = queryOptions({
  queryKey: [KEY.session],
  queryFn: async (): Promise<SessionInfo | null> => {
    try {
      return remember(await unwrap<SessionInfo>(api.GET('/auth/session')));
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: 5 * 60_000,
});

export function authStatus(): Promise<AuthStatus> {
  return unwrap(api.GET('/auth/status'));
}

export function setUp(body: { token: string; username: string; password: string }) {
  return unwrap(api.POST('/auth/setup', { body }));
}

export async function signIn(body: { username: string; password: string }): Promise<SessionInfo> {
  return remember(await unwrap<SessionInfo>(api.POST('/auth/session', { body })));
}

export async function signOut(): Promise<void> {
  await unwrap(api.DELETE('/auth/session'));
  setCsrf('');
}

export const accountQuery = queryOptions({
  queryKey: [KEY.account],
  queryFn: () => unwrap<Account>(api.GET('/auth/me')),
});

export function changePassword(body: { current_password: string; new_password: string }) {
  return unwrap(api.POST('/auth/change-password', { body }));
}
