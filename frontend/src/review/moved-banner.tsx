import { RefreshCw } from 'lucide-react';
import type { ReviewDetail } from '../api/types';
import { Button } from '../ui/button';

function sentence(review: ReviewDetail, fresh: ReviewDetail): string {
  if (fresh.digest !== review.digest)
    return `v${review.current_version} was replaced by v${fresh.current_version} while you were reading.`;
  if (fresh.powers_digest !== review.powers_digest)
    return 'What this tool may do has changed while you were reading.';
  const last = fresh.history.toSorted((a, b) => b.decided_at.localeCompare(a.decided_at))[0];
  return last
    ? `${last.decided_by} has decided on this tool while you were reading.`
    : 'The state of this tool has changed while you were reading.';
}

/** What is on screen isn't what the server has any more: no decision until it is. */
export function MovedBanner({
  review,
  fresh,
  onShow,
}: {
  review: ReviewDetail;
  fresh: ReviewDetail;
  onShow: () => void;
}) {
  return (
    <div
      role="status"
      className="flex shrink-0 items-center gap-2.5 border-b border-line bg-warn-soft px-4 py-1.5 text-xs font-medium text-warn"
    >
      <RefreshCw size={14} className="shrink-0" aria-hidden />
      <span className="min-w-0 flex-1">{sentence(review, fresh)}</span>
      <Button size="sm" onClick={onShow}>
        Show it
      </Button>
    </div>
  );
}
