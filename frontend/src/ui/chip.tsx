import type { ReactNode } from 'react';
import { cx } from '../lib/cx';

const TONES = {
  mute: 'bg-sunken text-ink-2',
  ok: 'bg-ok-soft text-ok',
  bad: 'bg-bad-soft text-bad',
  warn: 'bg-warn-soft text-warn',
  net: 'bg-net-soft text-net',
  mod: 'bg-mod-soft text-mod',
  key: 'bg-key-soft text-key',
  accent: 'bg-accent-soft text-accent',
};

export type Tone = keyof typeof TONES;

/** The soft fill and text colour of a tone. */
export function toneClass(tone: Tone): string {
  return TONES[tone];
}

export function Chip({ tone = 'mute', children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span
      className={cx(
        'chip num inline-flex h-[18px] shrink-0 items-center gap-1 rounded-sm px-1.5 text-2xs font-medium whitespace-nowrap',
        TONES[tone],
      )}
    >
      {children}
    </span>
  );
}
