import { cx } from '../lib/cx';

/** On or off at once; not a part of a form. */
export function Switch({
  label,
  checked,
  onChange,
  blocked,
  busy = false,
}: {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  /** Why it can't be used now. */
  blocked?: string | false | undefined;
  busy?: boolean;
}) {
  const off = Boolean(blocked) || busy;
  return (
    <button
      type="button"
      role="switch"
      aria-checked={checked}
      aria-label={label}
      aria-disabled={off || undefined}
      title={blocked || undefined}
      onClick={() => {
        if (!off) onChange(!checked);
      }}
      className="inline-flex h-6 min-w-9 items-center rounded-full aria-disabled:opacity-55"
    >
      <span
        className={cx(
          'flex h-5 w-9 items-center rounded-full p-0.5 transition-colors',
          checked ? 'bg-ink' : 'bg-control',
        )}
      >
        <span
          className={cx(
            'size-4 rounded-full bg-canvas transition-transform',
            checked && 'translate-x-4',
          )}
        />
      </span>
    </button>
  );
}
