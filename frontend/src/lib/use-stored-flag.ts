import { useState } from 'react';

/** A yes or no about the layout that this browser remembers. */
export function useStoredFlag(
  key: string,
  fallback: boolean,
): [value: boolean, toggle: () => void] {
  const [value, setValue] = useState(() => {
    try {
      const stored = localStorage.getItem(key);
      return stored === null ? fallback : stored === 'yes';
    } catch {
      return fallback;
    }
  });
  const toggle = () => {
    setValue(!value);
    try {
      localStorage.setItem(key, value ? 'no' : 'yes');
    } catch {
      // Storage can be refused; then it lasts until the page is closed.
    }
  };
  return [value, toggle];
}
