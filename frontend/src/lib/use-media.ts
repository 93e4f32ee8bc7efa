import { useCallback, useSyncExternalStore } from 'react';

/** Whether the media query matches now. */
export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const list = matchMedia(query);
      list.addEventListener('change', listener);
      return () => list.removeEventListener('change', listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}

/** The widths at which the layout changes; as --breakpoint-* in styles.css. */
export const WIDE = '(min-width: 1280px)';
export const MIDDLE = '(min-width: 1000px)';
