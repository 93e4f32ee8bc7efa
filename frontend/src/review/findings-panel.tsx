import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import type { Severity } from '../api/types';
import type { Remark } from '../code/findings';
import { cx } from '../lib/cx';
import { Visible } from '../ui/visible';
import { PanelHead } from './panel-head';

const LOOK: Record<Severity, [icon: typeof Info, tone: string, one: string, many: string]> = {
  high: [CircleAlert, 'text-bad', 'high', 'high'],
  warning: [TriangleAlert, 'text-warn', 'warning', 'warnings'],
  note: [Info, 'text-ink-3', 'note', 'notes'],
};

function summary(list: readonly Remark[]): string {
  return (Object.keys(LOOK) as Severity[])
    .map((severity): string => {
      const n = list.filter((remark) => remark.severity === severity).length;
      const [, , one, many] = LOOK[severity];
      return n === 0 ? '' : `${n} ${n === 1 ? one : many}`;
    })
    .filter(Boolean)
    .join(' · ');
}

function whereWords(remark: Remark): string {
  if (remark.where === 'code') return `Line ${remark.line}`;
  return remark.where === 'description' ? 'Description' : '';
}

/** Findings, worst first.  Each high one has to be ticked before approving. */
export function FindingsPanel({
  list,
  seen,
  current,
  onSeen,
  onShow,
}: {
  list: readonly Remark[];
  seen: ReadonlySet<string>;
  /** The one that was shown last. */
  current: string | null;
  onSeen: (remark: Remark) => void;
  onShow: (remark: Remark) => void;
}) {
  return (
    <section aria-labelledby="findings" className="border-t border-line">
      <PanelHead id="findings" aside={summary(list) || undefined}>
        Findings
      </PanelHead>
      {list.length === 0 && (
        <p className="border-t border-line px-4 py-3 text-ink-2">
          The checks found nothing. That isn’t proof: read the code.
        </p>
      )}
      <ul>
        {list.map((remark) => {
          const [Icon, tone, word] = LOOK[remark.severity];
          const where = whereWords(remark);
          return (
            <li
              key={remark.key}
              className={cx(
                'border-t border-line px-4 py-2',
                remark.key === current && 'bg-surface shadow-[inset_3px_0_0_var(--ink)]',
              )}
            >
              <div className="flex gap-2.5">
                <Icon size={15} className={cx('mt-[2.5px] shrink-0', tone)} aria-label={word} />
                <div className="min-w-0 flex-1">
                  <p className="font-medium break-words">{remark.title}</p>
                  <p className="text-xs break-words text-ink-2">
                    <Visible text={remark.text} />
                  </p>
                  <div className="mt-1 flex items-center gap-3">
                    {where && (
                      <button
                        type="button"
                        data-finding={remark.key}
                        onClick={() => onShow(remark)}
                        className="num -mx-1 h-6 rounded-sm px-1 text-xs font-medium text-accent hover:underline"
                      >
                        {where}
                      </button>
                    )}
                    {remark.severity === 'high' && (
                      <label className="ml-auto flex min-h-6 items-center gap-1.5 text-xs text-ink-2">
                        <input
                          type="checkbox"
                          className="tick"
                          data-seen={remark.key}
                          checked={seen.has(remark.key)}
                          onChange={() => onSeen(remark)}
                        />
                        Seen<span className="sr-only">: {remark.title}</span>
                      </label>
                    )}
                  </div>
                </div>
              </div>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
