import { lazy, Suspense, useState } from 'react';
import { Link } from 'react-router';
import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { secretsQuery } from '../api/secrets';
import type { Secret } from '../api/types';
import { useWhyNot } from '../auth/session-context';
import { Age } from '../ui/age';
import { Button } from '../ui/button';
import { Chip } from '../ui/chip';
import { EmptyState, Loaded, SkeletonRows, StaleBanner } from '../ui/states';
import { Visible } from '../ui/visible';
import { useServer } from './use-server';

const CreateSecretDialog = lazy(() => import('./create-secret-dialog'));
const SetSecretDialog = lazy(() => import('./set-secret-dialog'));
const DeleteSecretDialog = lazy(() => import('./delete-secret-dialog'));

type Open = { what: 'create' } | { what: 'set' | 'delete'; secret: Secret } | null;

/** Names and whether they are set; a value can be written, never read. */
export default function ServerSecretsPage() {
  const server = useServer();
  const query = useQuery(secretsQuery(server.id));
  const blocked = useWhyNot('edit');
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const create = (
    <Button tone="primary" blocked={blocked} onClick={() => setOpen({ what: 'create' })}>
      <Plus size={15} aria-hidden />
      New secret
    </Button>
  );
  return (
    <>
      <StaleBanner query={query} what="The secrets" />
      <Loaded
        query={query}
        what="The secrets could not be read."
        skeleton={<SkeletonRows label="Loading secrets…" />}
      >
        {(data) =>
          data.items.length > 0 ? (
            <>
              <div className="flex flex-wrap items-center justify-between gap-3 border-b border-line px-4 py-2.5 md:px-7">
                <p className="text-ink-2">
                  A tool reads those that its approved version declares. Values are stored
                  encrypted and never shown.
                </p>
                {create}
              </div>
              <ul aria-label={`Secrets of ${server.name}`}>
                {data.items.map((secret) => (
                  <SecretRow key={secret.id} secret={secret} onOpen={setOpen} />
                ))}
              </ul>
            </>
          ) : (
            <EmptyState title="No secrets. A tool that needs a key declares its name; you set the value here.">
              {create}
            </EmptyState>
          )
        }
      </Loaded>
      <Suspense>
        {open?.what === 'create' && <CreateSecretDialog serverId={server.id} onClose={close} />}
        {open?.what === 'set' && <SetSecretDialog secret={open.secret} onClose={close} />}
        {open?.what === 'delete' && <DeleteSecretDialog secret={open.secret} onClose={close} />}
      </Suspense>
    </>
  );
}

function SecretRow({ secret, onOpen }: { secret: Secret; onOpen: (open: Open) => void }) {
  const blocked = useWhyNot('admin');
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-2.5 md:px-7">
      <div className="min-w-0 flex-1 basis-60">
        <p className="flex flex-wrap items-center gap-2">
          <code className="font-semibold break-all">{secret.key_name}</code>
          {secret.has_value ? <Chip tone="ok">set</Chip> : <Chip tone="warn">no value yet</Chip>}
        </p>
        {secret.description && (
          <p className="text-ink-2">
            <Visible text={secret.description} />
          </p>
        )}
        <p className="text-xs text-ink-3">
          {secret.set_at ? (
            <>
              Set by {secret.set_by} <Age time={secret.set_at} suffix=" ago" />
            </>
          ) : (
            <>
              Asked for by {secret.created_by} <Age time={secret.created_at} suffix=" ago" />
            </>
          )}
          {'. '}
          <Uses secret={secret} />
        </p>
      </div>
      <Button size="sm" blocked={blocked} onClick={() => onOpen({ what: 'set', secret })}>
        {secret.has_value ? 'Replace…' : 'Set value…'}
        <span className="sr-only"> {secret.key_name}</span>
      </Button>
      <Button
        size="sm"
        tone="bad"
        blocked={blocked}
        onClick={() => onOpen({ what: 'delete', secret })}
      >
        Delete…<span className="sr-only"> {secret.key_name}</span>
      </Button>
    </li>
  );
}

function Uses({ secret }: { secret: Secret }) {
  if (secret.used_by.length === 0) return <>No tool declares it.</>;
  return (
    <>
      Declared by{' '}
      {secret.used_by.map((use, i) => (
        <span key={use.tool_id}>
          {i > 0 && ', '}
          <Link
            to={`/servers/${secret.server_id}/tools/${use.tool_id}`}
            className="text-accent underline"
          >
            {use.full_name}
          </Link>
        </span>
      ))}
    </>
  );
}
