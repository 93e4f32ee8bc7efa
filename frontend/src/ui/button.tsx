import type { ComponentProps, ReactNode } from 'react';
import { cx } from '../lib/cx';

export type ButtonTone = 'plain' | 'ghost' | 'primary' | 'ok' | 'bad';

const TONES: Record<ButtonTone, string> = {
  plain: 'border border-line-2 bg-raised text-ink not-aria-disabled:hover:bg-hover',
  ghost: 'text-ink-2 not-aria-disabled:hover:bg-hover not-aria-disabled:hover:text-ink',
  primary: 'bg-ink text-canvas not-aria-disabled:hover:bg-ink-2',
  ok: 'bg-ok text-on-ok not-aria-disabled:hover:opacity-90',
  bad: 'border border-bad bg-raised text-bad not-aria-disabled:hover:bg-bad-soft',
};

/** The look of a button, for links that look like one. */
export function buttonClass(tone: ButtonTone = 'plain', size: 'sm' | 'md' = 'md'): string {
  return cx(
    'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap transition-colors select-none aria-disabled:opacity-55',
    size === 'md' ? 'h-8 px-3 text-sm' : 'h-7 px-2 text-xs',
    TONES[tone],
  );
}

type ButtonProps = Omit<ComponentProps<'button'>, 'disabled'> & {
  tone?: ButtonTone;
  size?: 'sm' | 'md';
  /** Why it can't be used now; keeps it focusable, so that everyone can learn why. */
  blocked?: string | false | null | undefined;
  /** It is at work: pressing again does nothing. */
  busy?: boolean;
};

export function Button({
  tone = 'plain',
  size = 'md',
  blocked,
  busy = false,
  className,
  onClick,
  title,
  ...rest
}: ButtonProps) {
  const off = Boolean(blocked) || busy;
  return (
    <button
      type="button"
      {...rest}
      title={blocked || title}
      aria-disabled={off || undefined}
      aria-busy={busy || undefined}
      className={cx(buttonClass(tone, size), className)}
      onClick={(event) => {
        if (off) event.preventDefault();
        else onClick?.(event);
      }}
    />
  );
}

/** A button that shows only an icon. */
export function IconButton({
  label,
  className,
  children,
  ...rest
}: Omit<ComponentProps<'button'>, 'aria-label'> & { label: string; children: ReactNode }) {
  return (
    <button
      type="button"
      title={label}
      {...rest}
      aria-label={label}
      className={cx(
        'grid size-8 shrink-0 place-items-center rounded-md text-ink-3 transition-colors hover:bg-hover hover:text-ink',
        className,
      )}
    >
      {children}
    </button>
  );
}
