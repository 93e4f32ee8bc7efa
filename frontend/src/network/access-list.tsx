import { lazy, Suspense, useState } from 'react';
import { Link } from 'react-router';
import { Globe, House } from 'lucide-react';
import type { NetworkAccess } from '../api/types';
import { useWhyNot } from '../auth/session-context';
import { Age } from '../ui/age';
import { Button } from '../ui/button';
import { Chip, type Tone } from '../ui/chip';
import { Visible } from '../ui/visible';
import { holder, target } from './words';

const ApproveAccessDialog = lazy(() => import('./approve-access-dialog'));
const ReasonDialog = lazy(() => import('./reason-dialog'));

const STATE: Record<NetworkAccess['status'], [tone: Tone, word: string]> = {
  pending: ['warn', 'waits'],
  approved: ['ok', 'granted'],
  rejected: ['bad', 'rejected'],
  revoked: ['mute', 'revoked'],
};

type Open = { what: 'approve' | 'reject' | 'revoke'; access: NetworkAccess } | null;

/** Requests and grants, each with what can be decided about it. */
export function AccessList({
  items,
  label,
  withServer,
  busy,
}: {
  items: readonly NetworkAccess[];
  label: string;
  /** Also says which server it is. */
  withServer: boolean;
  busy: boolean;
}) {
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  return (
    <>
      <ul aria-label={label} aria-busy={busy}>
        {items.map((access) => (
          <Row key={access.id} access={access} withServer={withServer} onOpen={setOpen} />
        ))}
      </ul>
      <Suspense>
        {open?.what === 'approve' && <ApproveAccessDialog access={open.access} onClose={close} />}
        {(open?.what === 'reject' || open?.what === 'revoke') && (
          <ReasonDialog what={open.what} access={open.access} onClose={close} />
        )}
      </Suspense>
    </>
  );
}

function Row({
  access,
  withServer,
  onOpen,
}: {
  access: NetworkAccess;
  withServer: boolean;
  onOpen: (open: Open) => void;
}) {
  const blocked = useWhyNot('decide');
  const [tone, word] = STATE[access.status];
  const inside = access.private || access.needs_private;
  const Icon = inside ? House : Globe;
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-2 border-b border-line px-4 py-2.5 md:px-7">
      <div className="min-w-0 flex-1 basis-64">
        <p className="flex flex-wrap items-center gap-2">
          <Icon size={15} className="shrink-0 text-ink-3" aria-hidden />
          <span className="font-semibold break-all">
            <Visible text={target(access)} />
          </span>
          <Chip tone={tone}>{word}</Chip>
          {inside && <Chip tone="warn">private network</Chip>}
        </p>
        <p className="text-ink-2">
          <Holder access={access} withServer={withServer} />
          : <Visible text={access.justification} />
        </p>
        <p className="text-xs break-words text-ink-3">
          Asked by {access.requested_by} <Age time={access.created_at} suffix=" ago" />
          {access.decided_at && (
            <>
              , {word === 'granted' ? 'granted' : word} by {access.decided_by}{' '}
              <Age time={access.decided_at} suffix=" ago" />
            </>
          )}
          {access.reason && (
            <>
              : <Visible text={access.reason} />
            </>
          )}
        </p>
      </div>
      {access.status === 'pending' && (
        <div className="flex gap-2">
          <Button size="sm" blocked={blocked} onClick={() => onOpen({ what: 'reject', access })}>
            Reject…<span className="sr-only"> {target(access)}</span>
          </Button>
          <Button
            size="sm"
            tone="ok"
            blocked={blocked}
            onClick={() => onOpen({ what: 'approve', access })}
          >
            Grant…<span className="sr-only"> {target(access)}</span>
          </Button>
        </div>
      )}
      {access.status === 'approved' && (
        <Button
          size="sm"
          tone="bad"
          blocked={blocked}
          onClick={() => onOpen({ what: 'revoke', access })}
        >
          Revoke…<span className="sr-only"> {target(access)}</span>
        </Button>
      )}
    </li>
  );
}

/** Whom it is for; in a list of all servers with a link to its server. */
function Holder({ access, withServer }: { access: NetworkAccess; withServer: boolean }) {
  const tool = access.tool_id && <code>{holder(access)}</code>;
  if (!withServer) return <>For {tool || holder(access)}</>;
  return (
    <>
      For {tool || 'every tool'} of{' '}
      <Link to={`/servers/${access.server_id}/network`} className="text-accent underline">
        {access.server_name}
      </Link>
    </>
  );
}
