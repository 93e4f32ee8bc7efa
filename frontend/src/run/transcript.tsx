import type { ReactNode } from 'react';
import { Check, X } from 'lucide-react';
import type { TrialRun } from '../api/types';
import { duration, kib } from '../lib/format';
import { Chip } from '../ui/chip';
import { Visible } from '../ui/visible';
import { asText, errorOfRun, outcomeWords } from './outcome';

/** Shown at first; the rest on request. */
const SHOWN_MAX = 4000;

export function OutcomeChip({ run }: { run: TrialRun }) {
  const Icon = run.success ? Check : X;
  return (
    <Chip tone={run.success ? 'ok' : 'bad'}>
      <Icon size={11} aria-hidden />
      {outcomeWords(run.outcome)} · {duration(run.duration_ms)}
    </Chip>
  );
}

function Block({ title, text, tone }: { title: string; text: string; tone?: 'bad' }) {
  const cut = text.length > SHOWN_MAX;
  const body = (shown: string): ReactNode => (
    <pre
      translate="no"
      className={`font-mono text-[11px] leading-[17px] break-words whitespace-pre-wrap ${tone === 'bad' ? 'text-bad' : ''}`}
    >
      <Visible text={shown} />
    </pre>
  );
  return (
    <div className="border-t border-line px-2.5 py-1.5 first:border-0">
      <p className="text-2xs text-ink-3">{title}</p>
      {body(cut ? `${text.slice(0, SHOWN_MAX)}…` : text)}
      {cut && (
        <details>
          <summary className="text-2xs font-medium text-accent">
            All {text.length.toLocaleString('en')} characters
          </summary>
          {body(text)}
        </details>
      )}
    </div>
  );
}

/** What a run printed, returned or failed with. */
export function Transcript({ run }: { run: TrialRun }) {
  return (
    <div className="overflow-hidden rounded-md border border-line bg-sunken">
      <Block
        title="Run"
        text={
          run.kind === 'test'
            ? `v${run.version}, with the secrets and the network that it asks for`
            : `v${run.version}, no secrets, no network`
        }
      />
      {run.stdout && <Block title="Printed" text={run.stdout} />}
      {run.success ? (
        <Block title="Returned" text={asText(run.result)} />
      ) : (
        <Block title={outcomeWords(run.outcome)} text={errorOfRun(run.error)} tone="bad" />
      )}
      {run.note && <Block title="Note" text={run.note} />}
      <p className="num border-t border-line px-2.5 py-1.5 text-2xs text-ink-3">
        {duration(run.duration_ms)} in all, {duration(run.cpu_ms)} processor, peak{' '}
        {kib(run.peak_kib)}
      </p>
    </div>
  );
}
