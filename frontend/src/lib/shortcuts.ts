import { useEffect, useRef, useSyncExternalStore } from 'react';

/** Single keys can be switched off (WCAG 2.1.4). */
const KEY = 'mcpbox-single-keys';
const listeners = new Set<() => void>();

function stored(): boolean {
  try {
    return localStorage.getItem(KEY) !== 'off';
  } catch {
    return true;
  }
}

let on = stored();

export function setSingleKeys(next: boolean): void {
  on = next;
  try {
    if (next) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, 'off');
  } catch {
    // Storage can be refused; then the choice lasts until the page is closed.
  }
  for (const tell of listeners) tell();
}

export function useSingleKeys(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => on,
  );
}

const TYPING =
  'input:not([type=checkbox]):not([type=radio]),textarea,select,[contenteditable=true],[role=dialog],[role=alertdialog],[popover]';

function ignores(event: KeyboardEvent): boolean {
  if (!on || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return true;
  // An open dialog owns the keyboard, wherever the focus is.
  if (document.querySelector('[data-modal]')) return true;
  return event.target instanceof Element && event.target.closest(TYPING) !== null;
}

export type KeyMap = Readonly<Record<string, () => void>>;

const SECOND_KEY_MS = 1500;
/** The maps of all mounted components; the last one wins. */
const maps = new Set<{ current: KeyMap }>();
let first = '';
let since = 0;

function lookUp(keys: string): (() => void) | undefined {
  return [...maps].findLast((map) => map.current[keys])?.current[keys];
}

function onKeyDown(event: KeyboardEvent): void {
  if (ignores(event)) return;
  const pair = first && event.timeStamp - since < SECOND_KEY_MS ? `${first} ${event.key}` : '';
  const action = lookUp(pair) ?? (pair ? undefined : lookUp(event.key));
  const leads = [...maps].some((map) =>
    Object.keys(map.current).some((keys) => keys.startsWith(`${event.key} `)),
  );
  first = !action && !pair && leads ? event.key : '';
  since = event.timeStamp;
  if (!action) return;
  event.preventDefault();
  action();
}

/**
 * Single keys, or two in a row ("g r"), while the component is mounted.
 * Nothing happens inside inputs and dialogs.
 */
export function useShortcuts(map: KeyMap): void {
  const latest = useRef(map);
  useEffect(() => {
    latest.current = map;
  });
  useEffect(() => {
    if (maps.size === 0) addEventListener('keydown', onKeyDown);
    maps.add(latest);
    return () => {
      maps.delete(latest);
      if (maps.size === 0) removeEventListener('keydown', onKeyDown);
    };
  }, []);
}
