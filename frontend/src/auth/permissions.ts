import type { Role, SessionInfo } from '../api/types';

export type Permission = 'edit' | 'run' | 'decide' | 'admin';

/** What each role holds; the server decides, this only explains buttons. */
const BY_ROLE: Record<Role, readonly Permission[]> = {
  viewer: [],
  operator: ['edit', 'run'],
  reviewer: ['run', 'decide'],
  admin: ['edit', 'run', 'decide', 'admin'],
};

const NEEDED: Record<Permission, string> = {
  edit: 'Needs the role operator or admin',
  run: 'Needs the role operator, reviewer or admin',
  decide: 'Needs the role reviewer or admin',
  admin: 'Needs the role admin',
};

export function may(session: SessionInfo, permission: Permission): boolean {
  const { permissions, user } = session;
  const spoken = ['read', 'edit', 'run', 'decide', 'admin'].some((word) => permissions.includes(word));
  return spoken ? permissions.includes(permission) : BY_ROLE[user.role].includes(permission);
}

/** Why the person can't, for a button's `blocked`; undefined: they can. */
export function whyNot(session: SessionInfo, permission: Permission): string | undefined {
  if (may(session, permission)) return undefined;
  return `${NEEDED[permission]}; you are ${session.user.role}.`;
}
