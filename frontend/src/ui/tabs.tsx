import type { KeyboardEvent, ReactNode } from 'react';
import { NavLink } from 'react-router';
import { cx } from '../lib/cx';

const LOOK =
  'flex h-7 items-center gap-1.5 rounded-md px-2.5 text-sm font-medium whitespace-nowrap';

export type TabItem<T extends string> = { key: T; label: string; note?: string | undefined };

/** Tabs over one panel; give the panel `tabPanelProps(id, value)`. */
export function Tabs<T extends string>({
  id,
  value,
  onChange,
  items,
  label,
}: {
  id: string;
  value: T;
  onChange: (value: T) => void;
  items: readonly TabItem<T>[];
  label: string;
}) {
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const now = items.findIndex((item) => item.key === value);
    const last = items.length - 1;
    const target: Record<string, number> = {
      ArrowRight: now === last ? 0 : now + 1,
      ArrowLeft: now === 0 ? last : now - 1,
      Home: 0,
      End: last,
    };
    const next = items[target[event.key] ?? -1];
    if (!next) return;
    event.preventDefault();
    onChange(next.key);
    document.getElementById(`${id}-${next.key}`)?.focus();
  };
  return (
    <div role="tablist" aria-label={label} className="flex gap-1" onKeyDown={onKeyDown}>
      {items.map((item) => (
        <button
          key={item.key}
          id={`${id}-${item.key}`}
          type="button"
          role="tab"
          aria-selected={item.key === value}
          aria-controls={`${id}-panel`}
          tabIndex={item.key === value ? 0 : -1}
          onClick={() => onChange(item.key)}
          className={cx(
            LOOK,
            item.key === value ? 'bg-sunken text-ink' : 'text-ink-2 hover:text-ink',
          )}
        >
          {item.label}
          {item.note && (
            <span className="num text-2xs font-normal text-ink-3 max-sm:hidden">{item.note}</span>
          )}
        </button>
      ))}
    </div>
  );
}

export function tabPanelProps(id: string, value: string) {
  return { id: `${id}-panel`, role: 'tabpanel', 'aria-labelledby': `${id}-${value}` } as const;
}

/** Pages of one thing: links, so that the address and Back work. */
export function PageTabs({
  label,
  items,
}: {
  label: string;
  items: readonly { to: string; label: ReactNode; end?: boolean }[];
}) {
  return (
    <nav aria-label={label} className="scroll -mx-1 flex gap-1 overflow-x-auto px-1 py-1">
      {items.map((item) => (
        <NavLink
          key={item.to}
          to={item.to}
          end={item.end ?? true}
          className={({ isActive }) =>
            cx(LOOK, 'touch', isActive ? 'bg-sunken text-ink' : 'text-ink-2 hover:text-ink')
          }
        >
          {item.label}
        </NavLink>
      ))}
    </nav>
  );
}
