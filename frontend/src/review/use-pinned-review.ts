import { useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import { reviewQuery } from '../api/review';
import type { ReviewDetail } from '../api/types';

const LOOK_AGAIN_MS = 30_000;

/** What a decision is bound to, and whether one was taken. */
function seal(review: ReviewDetail): string {
  return [review.current_version, review.digest, review.powers_digest, review.approval_status].join(
    ' ',
  );
}

/**
 * The review as it was when it was opened.  A newer state never replaces it
 * under the reader's eyes: `fresh` is then set, and `adopt` shows it.
 */
export function usePinnedReview(toolId: string) {
  const query = useQuery({
    ...reviewQuery(toolId),
    refetchInterval: LOOK_AGAIN_MS,
    refetchIntervalInBackground: false,
  });
  const [pinned, setPinned] = useState<ReviewDetail | undefined>(query.data);
  // What the cache had may be old; until the first answer it may be replaced.
  const [settled, setSettled] = useState(false);
  if (!settled && query.data && pinned !== query.data) setPinned(query.data);
  if (!settled && query.data && !query.isFetching) setSettled(true);

  const latest = query.data;
  const moved = settled && pinned && latest && seal(pinned) !== seal(latest);
  return {
    query,
    review: pinned,
    fresh: moved ? latest : undefined,
    adopt: (next: ReviewDetail) => setPinned(next),
  };
}
