import { lazy, Suspense, useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { networkQuery } from '../api/network';
import { useWhyNot } from '../auth/session-context';
import { pageNumber, useQueryString } from '../lib/query-string';
import { AccessList } from '../network/access-list';
import { Button } from '../ui/button';
import { Pager } from '../ui/pager';
import { EmptyState, Loaded, SkeletonRows, StaleBanner } from '../ui/states';
import { useServer } from './use-server';

const AddAccessDialog = lazy(() => import('../network/add-access-dialog'));
const codec = { page: pageNumber() };

/** What the tools of one server may reach, and what was asked for. */
export default function ServerNetworkPage() {
  const server = useServer();
  const [{ page }, setFilter] = useQueryString(codec);
  const query = useQuery(networkQuery({ search: '', status: 'all', page, serverId: server.id }));
  const blocked = useWhyNot('edit');
  const [adding, setAdding] = useState(false);
  const add = (
    <Button tone="primary" blocked={blocked} onClick={() => setAdding(true)}>
      <Plus size={15} aria-hidden />
      Ask for a host
    </Button>
  );
  return (
    <>
      <StaleBanner query={query} what="The network access" />
      <Loaded
        query={query}
        what="The network access could not be read."
        skeleton={<SkeletonRows label="Loading network access…" />}
      >
        {(data) =>
          data.items.length > 0 ? (
            <>
              <div className="flex flex-wrap items-center justify-between gap-3 border-b border-line px-4 py-2.5 md:px-7">
                <p className="text-ink-2">
                  Tools reach these hosts and no others. A grant works at once, and can be
                  revoked at once.
                </p>
                {add}
              </div>
              <AccessList
                items={data.items}
                label={`Network access of ${server.name}`}
                withServer={false}
                busy={query.isFetching}
              />
              <Pager data={data} noun="hosts" onPage={(next) => setFilter({ page: next })} />
            </>
          ) : (
            <EmptyState title="No tool of this server may reach the network.">{add}</EmptyState>
          )
        }
      </Loaded>
      <Suspense>
        {adding && <AddAccessDialog serverId={server.id} onClose={() => setAdding(false)} />}
      </Suspense>
    </>
  );
}
