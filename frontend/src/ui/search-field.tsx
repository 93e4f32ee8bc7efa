import { useEffect, useState, type RefObject } from 'react';
import { useDebounced } from '../lib/use-debounced';
import { Kbd } from './kbd';

const TYPING_MS = 300;

/** Searches after a pause in typing; the address holds the value. */
export function SearchField({
  label,
  value,
  onChange,
  inputRef,
  shortcut,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  inputRef?: RefObject<HTMLInputElement | null>;
  /** The key that comes here. */
  shortcut?: string;
}) {
  const [text, setText] = useState(value);
  const [shown, setShown] = useState(value);
  // Back and Forward change the address without typing.
  if (shown !== value) {
    setShown(value);
    setText(value);
  }
  const settled = useDebounced(text, TYPING_MS);
  useEffect(() => {
    if (settled === text && settled !== value) onChange(settled);
    // Only a pause in typing searches.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [settled]);
  return (
    <div className="relative min-w-0 flex-1">
      <input
        ref={inputRef}
        type="search"
        value={text}
        maxLength={100}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && !text) event.currentTarget.blur();
        }}
        aria-label={label}
        aria-keyshortcuts={shortcut}
        placeholder="Search"
        className="field"
      />
      {!text && shortcut && (
        <span
          className="pointer-events-none absolute top-[7px] right-2 text-ink-3 max-md:hidden"
          aria-hidden
        >
          <Kbd>{shortcut}</Kbd>
        </span>
      )}
    </div>
  );
}
