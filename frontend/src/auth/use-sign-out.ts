import { useMutation, useQueryClient } from '@tanstack/react-query';
import { signOut } from '../api/session';
import { tellSignedOut } from './tabs-channel';

/** Ends the session, forgets everything that was read, goes to sign-in. */
export function useSignOut() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: signOut,
    onSuccess: () => {
      tellSignedOut();
      queries.clear();
      // A fresh document: nothing of this person stays in memory.
      location.assign('/login');
    },
  });
}
