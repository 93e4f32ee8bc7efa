import { Link } from 'react-router';
import { ArrowLeft } from 'lucide-react';
import type { ReviewDetail } from '../api/types';
import { count } from '../lib/format';
import { ApprovalChip } from '../tools/status';
import { Age } from '../ui/age';
import { Button } from '../ui/button';
import { Chip } from '../ui/chip';
import { Kbd } from '../ui/kbd';
import { Visible } from '../ui/visible';
import { versionWords } from './queue-row';
import type { Queue } from './use-queue';

export function ReviewHead({
  review,
  queue,
  unseen,
}: {
  review: ReviewDetail;
  queue: Queue;
  unseen: number;
}) {
  const author = review.requested_by ?? review.created_by;
  const asked = review.approval_requested_at ?? review.updated_at;
  return (
    <header className="flex shrink-0 items-start gap-3 border-b border-line px-3 py-2.5 md:px-4">
      <Link
        to={{ pathname: '/review', search: queue.search }}
        aria-label="Back to the queue"
        className="-ml-1 grid size-8 shrink-0 place-items-center rounded-md text-ink-2 hover:bg-hover xl:hidden"
      >
        <ArrowLeft size={17} aria-hidden />
      </Link>
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
          <h1 className="min-w-0 text-lg font-semibold tracking-tight break-words">
            <Link
              to={`/servers/${review.server_id}`}
              className="font-normal text-ink-3 hover:underline"
            >
              {review.server_name}
            </Link>{' '}
            <span className="font-normal text-ink-3">/</span>{' '}
            <Link
              to={`/servers/${review.server_id}/tools/${review.id}`}
              className="hover:underline"
            >
              {review.name}
            </Link>
          </h1>
          <Chip>{versionWords(review)}</Chip>
          {review.approval_status !== 'pending_review' && (
            <ApprovalChip status={review.approval_status} />
          )}
          {unseen > 0 && <Chip tone="bad">{unseen} high</Chip>}
        </div>
        <p className="mt-0.5 line-clamp-2 text-xs break-words text-ink-2">
          <span className="font-medium">{author}</span>{' '}
          <span className="text-ink-3">
            <Age time={asked} suffix=" ago" />
            {review.publish_notes ? ':' : ', without a note'}
          </span>{' '}
          {review.publish_notes && (
            <>
              “<Visible text={review.publish_notes} />”
            </>
          )}
        </p>
      </div>
      <div className="flex shrink-0 items-center gap-1 max-md:hidden">
        {queue.position > 0 && (
          <span className="num mr-1 text-xs text-ink-3">
            {count(queue.position)} of {count(queue.query.data?.total ?? 0)}
          </span>
        )}
        <Button
          tone="ghost"
          size="sm"
          aria-label="Previous in the queue"
          aria-keyshortcuts="k"
          onClick={() => void queue.move(-1)}
        >
          <Kbd>k</Kbd>
        </Button>
        <Button
          tone="ghost"
          size="sm"
          aria-label="Next in the queue"
          aria-keyshortcuts="j"
          onClick={() => void queue.move(1)}
        >
          <Kbd>j</Kbd>
        </Button>
      </div>
    </header>
  );
}
