import { useRef } from 'react';
import { useQuery } from '@tanstack/react-query';
import { networkQuery, type NetworkStatus } from '../api/network';
import { count } from '../lib/format';
import { choice, pageNumber, text, useQueryString } from '../lib/query-string';
import { useShortcuts } from '../lib/shortcuts';
import { useTitle } from '../lib/use-title';
import { Button } from '../ui/button';
import { FilterSelect } from '../ui/field';
import { PageHeader } from '../ui/page';
import { Pager } from '../ui/pager';
import { SearchField } from '../ui/search-field';
import { EmptyState, Loaded, SkeletonRows, StaleBanner } from '../ui/states';
import { AccessList } from './access-list';

const STATUSES = [
  ['pending', 'Waiting'],
  ['approved', 'Granted'],
  ['rejected', 'Rejected'],
  ['revoked', 'Revoked'],
  ['all', 'All'],
] as const;

const codec = {
  search: text(),
  status: choice<NetworkStatus>(['pending', 'approved', 'rejected', 'revoked', 'all'], 'pending'),
  page: pageNumber(),
};

/** Requests for network access of all servers. */
export default function NetworkPage() {
  useTitle('Network access');
  const [filter, setFilter] = useQueryString(codec);
  const query = useQuery(networkQuery(filter));
  const search = useRef<HTMLInputElement>(null);
  useShortcuts({ '/': () => search.current?.focus() });
  const plain = filter.search === '' && filter.status === 'pending';
  return (
    <div className="scroll h-full overflow-y-auto bg-surface short:h-auto">
      <PageHeader
        title={
          <>
            Network access{' '}
            {query.data && (
              <span className="num font-normal text-ink-3">{count(query.data.total)}</span>
            )}
          </>
        }
      />
      <div className="flex items-center gap-2 border-b border-line px-4 py-2.5 md:px-7">
        <div className="flex min-w-0 flex-1 md:max-w-[320px]">
          <SearchField
            label="Search network access"
            shortcut="/"
            inputRef={search}
            value={filter.search}
            onChange={(value) => setFilter({ search: value, page: 1 }, { replace: true })}
          />
        </div>
        <FilterSelect
          label="State"
          value={filter.status}
          items={STATUSES}
          onChange={(status) => setFilter({ status, page: 1 })}
        />
      </div>
      <StaleBanner query={query} what="Network access" />
      <Loaded
        query={query}
        what="The requests could not be read."
        skeleton={<SkeletonRows label="Loading requests…" />}
      >
        {(data) =>
          data.items.length > 0 ? (
            <>
              <AccessList
                items={data.items}
                label="Requests for network access"
                withServer
                busy={query.isFetching}
              />
              <Pager data={data} noun="requests" onPage={(page) => setFilter({ page })} />
            </>
          ) : plain ? (
            <EmptyState title="No request for network access waits." />
          ) : (
            <EmptyState title="Nothing matches.">
              <Button onClick={() => setFilter({ search: '', status: 'pending', page: 1 })}>
                Show what waits
              </Button>
            </EmptyState>
          )
        }
      </Loaded>
    </div>
  );
}
