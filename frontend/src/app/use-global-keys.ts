import { useMemo } from 'react';
import { useNavigate } from 'react-router';
import { useShortcuts } from '../lib/shortcuts';

/** Keys that work on every page. */
export function useGlobalKeys(showKeys: () => void): void {
  const navigate = useNavigate();
  useShortcuts(
    useMemo(
      () => ({
        '?': showKeys,
        'g h': () => void navigate('/'),
        'g r': () => void navigate('/review'),
        'g s': () => void navigate('/servers'),
        'g a': () => void navigate('/settings/account'),
      }),
      [navigate, showKeys],
    ),
  );
}
