import { createContext, use } from 'react';
import type { SessionInfo } from '../api/types';
import { whyNot, type Permission } from './permissions';

export const SessionContext = createContext<SessionInfo | null>(null);

/** Who is signed in; only inside the frame. */
export function useSession(): SessionInfo {
  const session = use(SessionContext);
  if (!session) throw new Error('no session here');
  return session;
}

/** Why the person can't do it, or undefined. */
export function useWhyNot(permission: Permission): string | undefined {
  return whyNot(useSession(), permission);
}
