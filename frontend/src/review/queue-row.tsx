import { Link } from 'react-router';
import { CircleAlert, TriangleAlert } from 'lucide-react';
import type { ReviewItem } from '../api/types';
import { cx } from '../lib/cx';
import { statusWords } from '../tools/status';
import { Age } from '../ui/age';

/** "v7 → v8", or "new" when nothing was approved before. */
export function versionWords(
  item: Pick<ReviewItem, 'approved_version' | 'current_version' | 'approval_status'>,
): string {
  const { approved_version: from, current_version: to } = item;
  if (from === null) return to === 1 ? 'new' : `new, v${to}`;
  return from === to ? `v${to}` : `v${from} → v${to}`;
}

/** Counts of what a reviewer should look at, each with an icon and a word. */
export function FindingCounts({
  item,
}: {
  item: Pick<ReviewItem, 'findings_high' | 'findings_warning'>;
}) {
  return (
    <span className="num flex h-4 items-center gap-2.5 text-xs">
      {item.findings_high > 0 && (
        <span className="inline-flex items-center gap-0.5 font-medium text-bad">
          <CircleAlert size={12} aria-hidden />
          {item.findings_high}
          <span className="sr-only"> high findings</span>
        </span>
      )}
      {item.findings_warning > 0 && (
        <span className="inline-flex items-center gap-0.5 text-warn">
          <TriangleAlert size={12} aria-hidden />
          {item.findings_warning}
          <span className="sr-only"> warnings</span>
        </span>
      )}
      {item.findings_high + item.findings_warning === 0 && (
        <span className="text-2xs text-ink-3">nothing found</span>
      )}
    </span>
  );
}

export function QueueRow({
  item,
  search,
  open,
  onNear,
}: {
  item: ReviewItem;
  search: string;
  open: boolean;
  /** The pointer or the focus has come to it: time to load the diff. */
  onNear: () => void;
}) {
  return (
    <li className="border-b border-line">
      <Link
        to={{ pathname: `/review/${item.id}`, search }}
        aria-current={open ? 'true' : undefined}
        onPointerEnter={onNear}
        onFocus={onNear}
        className={cx(
          'relative block py-2.5 pr-3 pl-4 -outline-offset-2',
          open ? 'bg-surface' : 'hover:bg-hover',
        )}
      >
        {open && <span className="absolute inset-y-0 left-0 w-[3px] bg-ink" />}
        <span className="flex items-baseline justify-between gap-2">
          <span className={cx('truncate', open ? 'font-semibold' : 'font-medium')}>
            {item.name}
          </span>
          <span className="shrink-0 text-2xs text-ink-3">
            <Age time={item.approval_requested_at ?? item.updated_at} />
          </span>
        </span>
        <span className="num mt-0.5 flex items-center gap-1.5 text-xs text-ink-3">
          <span className="truncate">{item.server_name}</span>
          <span aria-hidden>·</span>
          <span className="shrink-0">{versionWords(item)}</span>
          {item.approval_status !== 'pending_review' && (
            <span className="ml-auto shrink-0 text-2xs">{statusWords(item.approval_status)}</span>
          )}
        </span>
        <span className="mt-1 block">
          <FindingCounts item={item} />
        </span>
      </Link>
    </li>
  );
}
