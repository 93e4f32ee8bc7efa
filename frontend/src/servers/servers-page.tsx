import { lazy, Suspense, useRef, useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { serversQuery, type ServerStatus } from '../api/servers';
import type { Server } from '../api/types';
import { useWhyNot } from '../auth/session-context';
import { count } from '../lib/format';
import { choice, pageNumber, text, useQueryString } from '../lib/query-string';
import { useShortcuts } from '../lib/shortcuts';
import { useTitle } from '../lib/use-title';
import { Age } from '../ui/age';
import { Button } from '../ui/button';
import { FilterSelect } from '../ui/field';
import { PageHeader } from '../ui/page';
import { Pager } from '../ui/pager';
import { SearchField } from '../ui/search-field';
import { EmptyState, Loaded, SkeletonRows, StaleBanner } from '../ui/states';
import { Visible } from '../ui/visible';
import { RunState } from './status';
import { useSwitchServer } from './use-switch-server';

const CreateServerDialog = lazy(() => import('./create-server-dialog'));

const STATUSES = [
  ['all', 'All'],
  ['running', 'Running'],
  ['stopped', 'Stopped'],
] as const;

const codec = {
  search: text(),
  status: choice<ServerStatus | 'all'>(['all', 'running', 'stopped'], 'all'),
  page: pageNumber(),
};

export default function ServersPage() {
  useTitle('Servers');
  const [filter, setFilter] = useQueryString(codec);
  const query = useQuery(serversQuery(filter));
  const blocked = useWhyNot('edit');
  const navigate = useNavigate();
  const [creating, setCreating] = useState(false);
  const search = useRef<HTMLInputElement>(null);
  useShortcuts({ '/': () => search.current?.focus() });
  const filtered = filter.search !== '' || filter.status !== 'all';
  const create = (
    <Button tone="primary" blocked={blocked} onClick={() => setCreating(true)}>
      <Plus size={15} aria-hidden />
      New server
    </Button>
  );
  return (
    <div className="scroll h-full overflow-y-auto bg-surface short:h-auto">
      <PageHeader
        title={
          <>
            Servers{' '}
            {query.data && (
              <span className="num font-normal text-ink-3">{count(query.data.total)}</span>
            )}
          </>
        }
        actions={create}
      />
      <div className="flex items-center gap-2 border-b border-line px-4 py-2.5 md:px-7">
        <div className="flex min-w-0 flex-1 md:max-w-[320px]">
          <SearchField
            label="Search servers"
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
      <StaleBanner query={query} what="Servers" />
      <Loaded
        query={query}
        what="The servers could not be read."
        skeleton={<SkeletonRows label="Loading servers…" />}
      >
        {(data) =>
          data.items.length > 0 ? (
            <>
              <ServerTable servers={data.items} busy={query.isFetching} />
              <Pager data={data} noun="servers" onPage={(page) => setFilter({ page })} />
            </>
          ) : filtered ? (
            <EmptyState title="No server matches.">
              <Button onClick={() => setFilter({ search: '', status: 'all', page: 1 })}>
                Show all
              </Button>
            </EmptyState>
          ) : (
            <EmptyState title="No servers yet. A server is a group of tools that start and stop together.">
              {create}
            </EmptyState>
          )
        }
      </Loaded>
      <Suspense>
        {creating && (
          <CreateServerDialog
            onClose={() => setCreating(false)}
            onCreated={(server) => void navigate(`/servers/${server.id}`)}
          />
        )}
      </Suspense>
    </div>
  );
}

function ServerTable({ servers, busy }: { servers: readonly Server[]; busy: boolean }) {
  return (
    <table className="w-full text-left" aria-busy={busy}>
      <caption className="sr-only">Servers</caption>
      <thead>
        <tr className="table-head border-b border-line">
          <th scope="col" className="pl-4 md:pl-7">
            Name
          </th>
          <th scope="col" className="pl-3">
            State
          </th>
          <th scope="col" className="pl-3 text-right! max-sm:hidden">
            Tools
          </th>
          <th scope="col" className="pl-3 text-right! max-sm:hidden">
            Waiting
          </th>
          <th scope="col" className="pl-6 max-md:hidden">
            Changed
          </th>
          <th scope="col" className="pr-4 pl-3 md:pr-7">
            <span className="sr-only">Start or stop</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {servers.map((server) => (
          <ServerRow key={server.id} server={server} />
        ))}
      </tbody>
    </table>
  );
}

function ServerRow({ server }: { server: Server }) {
  const blocked = useWhyNot('run');
  const change = useSwitchServer();
  const action = server.status === 'running' ? 'stop' : 'start';
  return (
    <tr className="h-10 border-b border-line hover:bg-hover">
      <th scope="row" className="w-[40%] max-w-0 py-1.5 pl-4 font-normal md:pl-7">
        <Link to={`/servers/${server.id}`} className="block truncate font-medium hover:underline">
          {server.name}
        </Link>
        {server.description && (
          <span className="block truncate text-xs text-ink-3">
            <Visible text={server.description} />
          </span>
        )}
      </th>
      <td className="pl-3">
        <RunState status={server.status} />
      </td>
      <td className="num pl-3 text-right max-sm:hidden">{count(server.tool_count)}</td>
      <td className="num pl-3 text-right max-sm:hidden">
        {server.pending_count > 0 ? (
          <Link
            to={`/review?search=${encodeURIComponent(server.name)}`}
            className="font-semibold text-warn hover:underline"
          >
            {count(server.pending_count)}
            <span className="sr-only"> waiting for review</span>
          </Link>
        ) : (
          <span className="text-ink-3">0</span>
        )}
      </td>
      <td className="pl-6 text-ink-2 max-md:hidden">
        <Age time={server.updated_at} suffix=" ago" />
      </td>
      <td className="pr-4 pl-3 text-right md:pr-7">
        <Button
          size="sm"
          blocked={blocked}
          busy={change.isPending}
          onClick={() => change.mutate({ server, action })}
        >
          {action === 'start' ? 'Start' : 'Stop'}
          <span className="sr-only"> {server.name}</span>
        </Button>
      </td>
    </tr>
  );
}
