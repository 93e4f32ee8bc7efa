import { useState } from 'react';
import {
  ChevronDown,
  ChevronRight,
  Globe,
  KeyRound,
  MessageCircleQuestion,
  Package,
  Play,
  Share2,
} from 'lucide-react';
import type { Power } from '../api/types';
import { cx } from '../lib/cx';
import { plural } from '../lib/format';
import { toneClass, type Tone } from '../ui/chip';
import { Visible } from '../ui/visible';
import { PanelHead } from './panel-head';
import { powerText, powerWords } from './power-words';

const LOOK: Record<Power['kind'], [icon: typeof Play, tone: Tone, word: string]> = {
  run: [Play, 'mute', 'Run'],
  secret: [KeyRound, 'key', 'Secret'],
  host: [Globe, 'net', 'Host'],
  module: [Package, 'mod', 'Module'],
  serve: [Share2, 'mute', 'Serve'],
  client: [MessageCircleQuestion, 'warn', 'Client'],
};

export function PowerLine({ power }: { power: Power }) {
  const { verb, what } = powerWords(power);
  return (
    <>
      {verb && <span className="text-ink-2">{verb} </span>}
      <span className="font-semibold break-words">
        <Visible text={what} />
      </span>
    </>
  );
}

/** Powers before code: what the tool could do that it can't do today. */
export function PowersPanel({ powers, isNew }: { powers: readonly Power[]; isNew: boolean }) {
  const [open, setOpen] = useState(false);
  const fresh = powers.filter((power) => power.new);
  const kept = powers.filter((power) => !power.new);
  const Chevron = open ? ChevronDown : ChevronRight;
  return (
    <section aria-labelledby="powers">
      <PanelHead id="powers" aside={fresh.length > 0 ? `+${fresh.length}` : undefined}>
        {isNew ? 'What this tool would be able to do' : 'What this tool would newly be able to do'}
      </PanelHead>
      {fresh.length === 0 && (
        <p className="border-t border-line px-4 py-3 text-ink-2">
          Nothing new: it keeps the powers that were approved before.
        </p>
      )}
      <ul className="px-4 pb-1">
        {fresh.map((power) => {
          const [Icon, tone, word] = LOOK[power.kind];
          return (
            <li
              key={`${power.kind} ${power.text}`}
              className="flex gap-2.5 border-t border-line py-2"
            >
              <span
                className={cx(
                  'grid size-6 shrink-0 place-items-center rounded-md',
                  toneClass(tone),
                )}
              >
                <Icon size={14} strokeWidth={1.9} aria-label={word} />
              </span>
              <p className="min-w-0 pt-0.5">
                <PowerLine power={power} />
              </p>
            </li>
          );
        })}
      </ul>
      {kept.length > 0 && (
        <>
          <button
            type="button"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
            className="flex h-8 w-full items-center gap-1.5 border-t border-line px-4 text-xs text-ink-2 -outline-offset-2 hover:bg-hover"
          >
            <Chevron size={13} aria-hidden />
            {plural(kept.length, 'power')} it already has
          </button>
          {open && (
            <ul className="px-4 pb-2 pl-9 text-xs text-ink-2">
              {kept.map((power) => (
                <li key={`${power.kind} ${power.text}`} className="py-0.5 break-words">
                  <Visible text={powerText(power)} />
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </section>
  );
}
