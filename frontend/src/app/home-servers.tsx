import { Link } from 'react-router';
import type { UseQueryResult } from '@tanstack/react-query';
import type { Page, Server } from '../api/types';
import { plural } from '../lib/format';
import { RunState } from '../servers/status';
import { Loaded, SkeletonRows, StaleBanner } from '../ui/states';

const SHOWN = 8;

export function HomeServers({ query }: { query: UseQueryResult<Page<Server>> }) {
  return (
    <section aria-labelledby="servers">
      <div className="flex h-11 items-center justify-between gap-3 px-4 md:px-7">
        <h2 id="servers" className="font-semibold">
          Servers
        </h2>
        <Link
          to="/servers"
          className="flex min-h-6 items-center text-xs font-medium text-accent hover:underline"
        >
          All servers
        </Link>
      </div>
      <div className="border-t border-line">
        <StaleBanner query={query} what="Servers" />
        <Loaded
          query={query}
          what="The servers could not be read."
          skeleton={<SkeletonRows rows={3} label="Loading servers…" />}
        >
          {(data) =>
            data.items.length > 0 ? (
              <ul>
                {data.items.slice(0, SHOWN).map((server) => (
                  <li key={server.id} className="border-b border-line">
                    <Link
                      to={`/servers/${server.id}`}
                      className="flex min-h-10 items-center gap-3 px-4 py-1.5 -outline-offset-2 hover:bg-hover md:px-7"
                    >
                      <span className="min-w-0 flex-1 truncate font-medium">{server.name}</span>
                      <span className="num text-xs text-ink-3">
                        {plural(server.tool_count, 'tool')}
                        {server.pending_count > 0 && `, ${server.pending_count} waiting`}
                      </span>
                      <span className="w-20 shrink-0">
                        <RunState status={server.status} />
                      </span>
                    </Link>
                  </li>
                ))}
              </ul>
            ) : (
              <p className="px-4 py-4 text-ink-2 md:px-7">
                No servers yet.{' '}
                <Link to="/servers" className="font-medium text-accent hover:underline">
                  Create one
                </Link>
                , or let a model do it.
              </p>
            )
          }
        </Loaded>
      </div>
    </section>
  );
}
