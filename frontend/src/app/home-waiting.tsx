import { Link } from 'react-router';
import type { UseQueryResult } from '@tanstack/react-query';
import { ArrowRight } from 'lucide-react';
import type { Page, ReviewItem } from '../api/types';
import { cx } from '../lib/cx';
import { FindingCounts, versionWords } from '../review/queue-row';
import { Age } from '../ui/age';
import { Loaded, SkeletonRows, StaleBanner } from '../ui/states';

const SHOWN = 5;

/** The oldest five of what waits. */
export function HomeWaiting({ query }: { query: UseQueryResult<Page<ReviewItem>> }) {
  return (
    <section aria-labelledby="waiting">
      <div className="flex h-11 items-center justify-between gap-3 px-4 md:px-7">
        <h2 id="waiting" className="font-semibold">
          Waiting for you
        </h2>
        <Link
          to="/review"
          className="flex min-h-6 items-center gap-1 text-xs font-medium text-accent hover:underline"
        >
          Review all <ArrowRight size={13} aria-hidden />
        </Link>
      </div>
      <div className="border-t border-line">
        <StaleBanner query={query} what="What waits" />
        <Loaded
          query={query}
          what="What waits could not be read."
          skeleton={<SkeletonRows rows={3} label="Loading what waits…" />}
        >
          {(data) =>
            data.items.length > 0 ? (
              <ul>
                {data.items.slice(0, SHOWN).map((item) => (
                  <Row key={item.id} item={item} />
                ))}
              </ul>
            ) : (
              <p className="border-b border-line px-4 py-4 text-ink-2 md:px-7">
                Nothing waits. New and changed tools appear here.
              </p>
            )
          }
        </Loaded>
      </div>
    </section>
  );
}

function Row({ item }: { item: ReviewItem }) {
  const stripe =
    item.findings_high > 0 ? 'bg-bad' : item.findings_warning > 0 ? 'bg-mark' : 'bg-line-2';
  return (
    <li className="border-b border-line">
      <Link
        to={`/review/${item.id}`}
        className="flex items-center gap-3 px-4 py-2 -outline-offset-2 hover:bg-hover md:px-7"
      >
        <span className={cx('h-9 w-[3px] shrink-0 rounded-full', stripe)} />
        <span className="min-w-0 flex-1">
          <span className="block truncate font-medium">
            {item.name} <span className="num font-normal text-ink-3">{versionWords(item)}</span>
          </span>
          <span className="num flex items-center gap-2.5 text-xs text-ink-3">
            <span className="truncate">{item.server_name}</span>
            <FindingCounts item={item} />
          </span>
        </span>
        <span className="text-xs text-ink-3">
          <Age time={item.approval_requested_at ?? item.updated_at} />
        </span>
      </Link>
    </li>
  );
}
