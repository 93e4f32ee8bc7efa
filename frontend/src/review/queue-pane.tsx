import type { RefObject } from 'react';
import { count } from '../lib/format';
import { cx } from '../lib/cx';
import { FilterSelect } from '../ui/field';
import { Pager } from '../ui/pager';
import { SearchField } from '../ui/search-field';
import { Loaded, SkeletonRows, StaleBanner } from '../ui/states';
import { STATUSES } from './queue-codec';
import { QueueRow } from './queue-row';
import { RecentDecisions } from './recent-decisions';
import type { Queue } from './use-queue';

/** Loads the diff before it is asked for. */
function prefetchDiff(): void {
  void import('../code/diff');
}

/** What waits, with search, status and pages; a page of its own when narrow. */
export function QueuePane({
  queue,
  openId,
  alone,
  searchRef,
}: {
  queue: Queue;
  openId: string | undefined;
  alone: boolean;
  searchRef: RefObject<HTMLInputElement | null>;
}) {
  const { filter, setFilter, query } = queue;
  const Title = openId ? 'h2' : 'h1';
  return (
    <section
      aria-label="Queue"
      className={cx(
        'flex min-h-0 flex-col border-r border-line',
        alone ? 'min-w-0 flex-1' : 'w-[232px] shrink-0',
      )}
    >
      <div className="flex h-12 shrink-0 items-center justify-between gap-2 pr-3 pl-4">
        <Title className="text-base font-semibold tracking-tight">
          Review{' '}
          {query.data && (
            <span className="num font-normal text-ink-3">{count(query.data.total)}</span>
          )}
        </Title>
        <FilterSelect
          label="Status"
          value={filter.status}
          items={STATUSES}
          onChange={(status) => setFilter({ status, page: 1 })}
        />
      </div>
      <div className="flex shrink-0 px-3 pb-2.5">
        <SearchField
          label="Search the queue"
          shortcut="/"
          value={filter.search}
          inputRef={searchRef}
          onChange={(search) => setFilter({ search, page: 1 }, { replace: true })}
        />
      </div>
      <div
        className="scroll min-h-0 flex-1 overflow-y-auto border-t border-line"
        aria-busy={query.isFetching}
      >
        <StaleBanner query={query} what="The queue" />
        <Loaded
          query={query}
          what="The queue could not be read."
          skeleton={<SkeletonRows label="Loading the queue…" />}
        >
          {(data) =>
            data.items.length > 0 ? (
              <ol>
                {data.items.map((item) => (
                  <QueueRow
                    key={item.id}
                    item={item}
                    search={queue.search}
                    open={item.id === openId && !alone}
                    onNear={prefetchDiff}
                  />
                ))}
              </ol>
            ) : (
              <Nothing queue={queue} alone={alone} />
            )
          }
        </Loaded>
      </div>
      {query.data && (
        <Pager data={query.data} noun="the queue" onPage={(page) => setFilter({ page })} />
      )}
    </section>
  );
}

function Nothing({ queue, alone }: { queue: Queue; alone: boolean }) {
  const { filter } = queue;
  if (filter.search)
    return <p className="px-4 py-6 break-words text-ink-2">Nothing matches “{filter.search}”.</p>;
  if (filter.status !== 'pending_review')
    return <p className="px-4 py-6 text-ink-2">No tool has this status.</p>;
  return (
    <div className="px-4 py-6">
      {alone ? (
        <>
          <h2 className="font-medium">Nothing waits.</h2>
          <RecentDecisions />
        </>
      ) : (
        <p className="text-ink-2">Nothing waits.</p>
      )}
    </div>
  );
}
