import { useEffect, useRef } from 'react';
import { useParams } from 'react-router';
import { useShortcuts } from '../lib/shortcuts';
import { useMedia, WIDE } from '../lib/use-media';
import { useTitle } from '../lib/use-title';
import { useStoredFlag } from '../lib/use-stored-flag';
import { QueuePane } from './queue-pane';
import { RecentDecisions } from './recent-decisions';
import { Review } from './review';
import { useQueue, type Queue } from './use-queue';

/** The queue, and the review that is open; on narrow screens one of the two. */
export default function ReviewPage() {
  useTitle('Review');
  const { toolId } = useParams();
  const wide = useMedia(WIDE);
  const queue = useQueue(toolId);
  const search = useRef<HTMLInputElement>(null);
  const [showQueue, toggleQueue] = useStoredFlag('mcpbox-queue', true);
  const alone = !wide && !toolId;
  const beside = wide && (showQueue || !toolId);
  useOpenFirst(queue, wide && !toolId);
  useShortcuts({
    j: () => void queue.move(1),
    k: () => void queue.move(-1),
    '[': toggleQueue,
    '/': () => search.current?.focus(),
  });
  return (
    <div className="flex h-full min-h-0 short:h-auto">
      {(alone || beside) && (
        <QueuePane queue={queue} openId={toolId} alone={alone} searchRef={search} />
      )}
      {toolId ? (
        <Review key={toolId} toolId={toolId} queue={queue} />
      ) : (
        wide && <NothingOpen queue={queue} />
      )}
    </div>
  );
}

/** Beside the queue there is room: the first review opens by itself. */
function useOpenFirst(queue: Queue, wanted: boolean): void {
  const first = queue.query.isPlaceholderData ? undefined : queue.items[0]?.id;
  const { open } = queue;
  useEffect(() => {
    if (wanted && first) open(first, true);
  }, [wanted, first, open]);
}

function NothingOpen({ queue }: { queue: Queue }) {
  const nothing = queue.query.data?.total === 0 && !queue.filter.search;
  return (
    <div className="min-w-0 flex-1 bg-surface px-7 py-10">
      {nothing && queue.filter.status === 'pending_review' && (
        <>
          <h2 className="text-xl font-semibold tracking-[-.02em]">Nothing waits.</h2>
          <RecentDecisions />
        </>
      )}
    </div>
  );
}
