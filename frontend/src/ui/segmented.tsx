import type { KeyboardEvent, ReactNode } from 'react';
import { cx } from '../lib/cx';

const STEP: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** Few choices in a row: a radio group. */
export function Segmented<T extends string>({
  value,
  onChange,
  items,
  label,
}: {
  value: T;
  onChange: (value: T) => void;
  items: readonly (readonly [value: T, content: ReactNode])[];
  label: string;
}) {
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = STEP[event.key];
    if (!step) return;
    event.preventDefault();
    const now = items.findIndex(([candidate]) => candidate === value);
    const next = (now + step + items.length) % items.length;
    const item = items[next];
    if (!item) return;
    onChange(item[0]);
    event.currentTarget.querySelectorAll<HTMLElement>('[role=radio]')[next]?.focus();
  };
  return (
    <div
      role="radiogroup"
      aria-label={label}
      className="flex w-fit max-w-full rounded-md bg-sunken p-0.5"
      onKeyDown={onKeyDown}
    >
      {items.map(([candidate, content]) => (
        <button
          key={candidate}
          type="button"
          role="radio"
          aria-checked={candidate === value}
          tabIndex={candidate === value ? 0 : -1}
          onClick={() => onChange(candidate)}
          className={cx(
            'num grid h-6 min-w-6 place-items-center rounded-sm px-2 text-xs font-medium whitespace-nowrap',
            candidate === value
              ? 'bg-raised text-ink shadow-[0_0_0_1px_var(--line-2)]'
              : 'text-ink-2 hover:text-ink',
          )}
        >
          {content}
        </button>
      ))}
    </div>
  );
}
