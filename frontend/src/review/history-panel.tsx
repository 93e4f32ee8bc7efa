import type { Decision } from '../api/types';
import { Age } from '../ui/age';
import { Visible } from '../ui/visible';
import { PanelHead } from './panel-head';

const WORDS: Record<string, string> = {
  approve: 'approved',
  approved: 'approved',
  reject: 'rejected',
  rejected: 'rejected',
  revoke: 'revoked the approval of',
  revoked: 'revoked the approval of',
};

/** Earlier decisions on this tool, newest first. */
export function HistoryPanel({ history }: { history: readonly Decision[] }) {
  if (history.length === 0) return null;
  const newest = history.toSorted((a, b) => b.decided_at.localeCompare(a.decided_at));
  return (
    <section aria-labelledby="history" className="border-t border-line">
      <PanelHead id="history">Earlier decisions</PanelHead>
      <ol>
        {newest.map((decision) => (
          <li
            key={`${decision.decided_at} ${decision.verdict}`}
            className="border-t border-line px-4 py-2 text-xs"
          >
            <p className="flex justify-between gap-3">
              <span className="min-w-0">
                <span className="font-medium">{decision.decided_by}</span>{' '}
                {WORDS[decision.verdict] ?? decision.verdict} v{decision.version}
              </span>
              <span className="shrink-0 text-ink-3">
                <Age time={decision.decided_at} />
              </span>
            </p>
            {decision.reason && (
              <p className="mt-0.5 break-words whitespace-pre-line text-ink-2">
                <Visible text={decision.reason} />
              </p>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
