import { lazy, Suspense } from 'react';
import { Link } from 'react-router';
import { useQuery } from '@tanstack/react-query';
import { queueQuery, statsQuery } from '../api/review';
import { serversQuery } from '../api/servers';
import { count } from '../lib/format';
import { useTitle } from '../lib/use-title';
import { Bone, SkeletonRows } from '../ui/states';
import { HomeHealth } from './home-health';
import { HomeNetwork } from './home-network';
import { HomeServers } from './home-servers';
import { HomeWaiting } from './home-waiting';

const GettingStarted = lazy(() => import('./getting-started'));

const PENDING = { search: '', status: 'pending_review', page: 1 } as const;
const SERVERS = { search: '', status: 'all', page: 1 } as const;

/** Is anything waiting, is anything wrong, is the sandbox holding. */
export default function Home() {
  useTitle('Home');
  const stats = useQuery(statsQuery);
  const waiting = useQuery(queueQuery(PENDING));
  const servers = useQuery(serversQuery(SERVERS));
  const s = stats.data;
  const tools = s && s.pending_tools + s.approved_tools + s.rejected_tools + s.draft_tools;
  const empty = tools === 0;
  return (
    <div className="scroll flex h-full flex-col overflow-y-auto short:h-auto">
      <header className="px-4 pt-5 pb-4 md:px-7 md:pt-7">
        {s ? (
          <>
            <h1 className="text-xl font-semibold tracking-[-.02em] text-balance">
              {sentence(s.pending_tools, empty)}
            </h1>
            <p className="mt-1 max-w-[92ch] text-pretty text-ink-2">
              {empty ? (
                'Connect a client, let it write a tool, then approve it here.'
              ) : (
                <>
                  {count(s.approved_tools)} approved, {count(s.draft_tools)} in draft,{' '}
                  {count(s.rejected_tools)} rejected.{' '}
                  {s.pending_tools > 0 && (
                    <Link to="/review" className="font-medium text-accent hover:underline">
                      Start with the oldest
                    </Link>
                  )}
                </>
              )}
            </p>
          </>
        ) : stats.isError ? (
          <>
            <h1 className="text-xl font-semibold tracking-[-.02em]">Home</h1>
            <p className="mt-1 text-ink-2">What waits could not be counted.</p>
          </>
        ) : (
          <>
            <h1 className="sr-only">Home</h1>
            <Bone className="h-6 w-64 max-w-full" />
            <Bone className="mt-3 h-3.5 w-80 max-w-full" />
          </>
        )}
      </header>
      <div className="grid flex-1 border-t border-line lg:grid-cols-[minmax(0,1fr)_320px] xl:grid-cols-[minmax(0,1fr)_372px]">
        <div className="min-w-0 bg-surface lg:border-r lg:border-line">
          {empty ? (
            <Suspense fallback={<SkeletonRows rows={4} label="Loading the first steps…" />}>
              <GettingStarted />
            </Suspense>
          ) : (
            <>
              <HomeNetwork />
              <HomeWaiting query={waiting} />
            </>
          )}
          <HomeServers query={servers} />
        </div>
        <aside aria-label="Health" className="min-w-0 max-lg:border-t max-lg:border-line">
          <HomeHealth />
        </aside>
      </div>
    </div>
  );
}

function sentence(pending: number, empty: boolean): string {
  if (empty) return 'Nothing here yet.';
  if (pending === 0) return 'Nothing waits for you.';
  return pending === 1 ? '1 change waits for you.' : `${count(pending)} changes wait for you.`;
}
