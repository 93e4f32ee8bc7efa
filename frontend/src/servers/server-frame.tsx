import { Link, Outlet, useParams } from 'react-router';
import { useQuery } from '@tanstack/react-query';
import { Play, RotateCw, Square } from 'lucide-react';
import { ApiError } from '../api/error';
import { serverQuery } from '../api/servers';
import type { ServerDetail } from '../api/types';
import { NotFound } from '../app/not-found';
import { useWhyNot } from '../auth/session-context';
import { useTitle } from '../lib/use-title';
import { Button } from '../ui/button';
import { PageHeader } from '../ui/page';
import { Loaded, SkeletonRows, StaleBanner } from '../ui/states';
import { PageTabs } from '../ui/tabs';
import { Visible } from '../ui/visible';
import { RunState } from './status';
import { useSwitchServer } from './use-switch-server';

/** Head and tabs of one server; the tab is below. */
export default function ServerFrame() {
  const { serverId = '' } = useParams();
  const query = useQuery(serverQuery(serverId));
  useTitle(query.data?.name ?? 'Server');
  if (query.error instanceof ApiError && [404, 422].includes(query.error.status))
    return <NotFound what="This server does not exist, or was deleted." />;
  return (
    <div className="scroll h-full overflow-y-auto bg-surface short:h-auto">
      <Loaded
        query={query}
        what="The server could not be read."
        skeleton={<SkeletonRows label="Loading the server…" />}
      >
        {(server) => (
          <>
            <Head server={server} />
            <StaleBanner query={query} what="This server" />
            <Outlet context={server} />
          </>
        )}
      </Loaded>
    </div>
  );
}

function Head({ server }: { server: ServerDetail }) {
  return (
    <PageHeader
      before={
        <Link to="/servers" className="text-xs text-ink-3 hover:underline">
          Servers
        </Link>
      }
      title={server.name}
      under={
        <>
          <p className="mt-0.5 flex flex-wrap items-center gap-x-3 gap-y-0.5 text-ink-2">
            <RunState status={server.status} />
            {server.description && (
              <span className="line-clamp-2 max-w-[80ch] min-w-0 break-words">
                <Visible text={server.description} />
              </span>
            )}
          </p>
          <div className="mt-3 -mb-2">
            <PageTabs
              label={`Parts of ${server.name}`}
              items={[
                { to: `/servers/${server.id}`, label: 'Tools' },
                { to: `/servers/${server.id}/secrets`, label: 'Secrets' },
                { to: `/servers/${server.id}/network`, label: 'Network' },
                { to: `/servers/${server.id}/settings`, label: 'Settings' },
              ]}
            />
          </div>
        </>
      }
      actions={<RunButtons server={server} />}
    />
  );
}

function RunButtons({ server }: { server: ServerDetail }) {
  const blocked = useWhyNot('run');
  const change = useSwitchServer();
  const busy = change.isPending;
  if (server.status === 'stopped')
    return (
      <Button
        tone="primary"
        blocked={blocked}
        busy={busy}
        onClick={() => change.mutate({ server, action: 'start' })}
      >
        <Play size={14} aria-hidden />
        Start
      </Button>
    );
  return (
    <>
      <Button
        blocked={blocked}
        busy={busy}
        onClick={() => change.mutate({ server, action: 'restart' })}
      >
        <RotateCw size={14} aria-hidden />
        Restart
      </Button>
      <Button
        blocked={blocked}
        busy={busy}
        onClick={() => change.mutate({ server, action: 'stop' })}
      >
        <Square size={12} aria-hidden />
        Stop
      </Button>
    </>
  );
}
