import { lazy, Suspense, useState } from 'react';
import { Link, Outlet, useParams } from 'react-router';
import { useQuery } from '@tanstack/react-query';
import { Send } from 'lucide-react';
import { ApiError } from '../api/error';
import { toolQuery } from '../api/tools';
import type { Tool } from '../api/types';
import { NotFound } from '../app/not-found';
import { useWhyNot } from '../auth/session-context';
import { useTitle } from '../lib/use-title';
import { Button, buttonClass } from '../ui/button';
import { Chip } from '../ui/chip';
import { CopyButton } from '../ui/copy-button';
import { PageHeader } from '../ui/page';
import { Loaded, SkeletonRows, StaleBanner } from '../ui/states';
import { Switch } from '../ui/switch';
import { PageTabs } from '../ui/tabs';
import { Visible } from '../ui/visible';
import { ApprovalChip } from './status';
import { useEnableTool } from './use-enable-tool';

const PublishDialog = lazy(() => import('./publish-dialog'));

/** Head and tabs of one tool; the tab is below. */
export default function ToolFrame() {
  const { toolId = '' } = useParams();
  const query = useQuery(toolQuery(toolId));
  useTitle(query.data?.name ?? 'Tool');
  if (query.error instanceof ApiError && [404, 422].includes(query.error.status))
    return <NotFound what="This tool does not exist, or was deleted." />;
  return (
    <div className="scroll flex h-full flex-col overflow-y-auto bg-surface short:h-auto">
      <Loaded
        query={query}
        what="The tool could not be read."
        skeleton={<SkeletonRows label="Loading the tool…" />}
      >
        {(tool) => (
          <>
            <Head tool={tool} />
            <StaleBanner query={query} what="This tool" />
            <Outlet context={tool} key={tool.id} />
          </>
        )}
      </Loaded>
    </div>
  );
}

/** Why a call is refused now, in a sentence. */
function refusal(tool: Tool): string {
  if (tool.callable) return 'Clients can call it.';
  if (tool.approval_status === 'draft') return 'A draft: clients can’t call it.';
  if (tool.approval_status === 'pending_review')
    return 'Calls are refused until a person has approved it.';
  if (tool.approval_status === 'rejected') return 'Rejected: calls are refused.';
  if (!tool.enabled) return 'Switched off: calls are refused.';
  return 'Approved, but its server is stopped: calls are refused.';
}

function Head({ tool }: { tool: Tool }) {
  const base = `/servers/${tool.server_id}/tools/${tool.id}`;
  return (
    <PageHeader
      before={
        <nav aria-label="Path" className="text-xs text-ink-3">
          <Link to="/servers" className="hover:underline">
            Servers
          </Link>{' '}
          /{' '}
          <Link to={`/servers/${tool.server_id}`} className="hover:underline">
            {tool.server_name}
          </Link>
        </nav>
      }
      title={
        <span className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
          {tool.name}
          <Chip>v{tool.current_version}</Chip>
          <ApprovalChip status={tool.approval_status} />
        </span>
      }
      under={
        <>
          <p className="mt-0.5 flex flex-wrap items-center gap-x-3 gap-y-1 text-ink-2">
            <span>{refusal(tool)}</span>
            <span className="inline-flex min-w-0 flex-wrap items-center gap-2 text-xs text-ink-3">
              <code className="break-all">{tool.full_name}</code>
              <CopyButton text={tool.full_name} label="Copy name" />
            </span>
          </p>
          {tool.approval_status === 'rejected' && tool.rejection_reason && (
            <p className="mt-2 max-w-[80ch] rounded-md bg-bad-soft px-3 py-2 break-words whitespace-pre-line text-bad">
              <span className="font-medium">Rejected:</span>{' '}
              <Visible text={tool.rejection_reason} />
            </p>
          )}
          <div className="mt-3 -mb-2">
            <PageTabs
              label={`Parts of ${tool.name}`}
              items={[
                { to: base, label: 'Code' },
                { to: `${base}/versions`, label: 'Versions' },
                { to: `${base}/run`, label: 'Run' },
                { to: `${base}/settings`, label: 'Settings' },
              ]}
            />
          </div>
        </>
      }
      actions={<Actions tool={tool} />}
    />
  );
}

function Actions({ tool }: { tool: Tool }) {
  const role = useWhyNot('edit');
  const enable = useEnableTool();
  const [asking, setAsking] = useState(false);
  const unapproved = tool.approval_status !== 'approved' && !tool.enabled;
  const canAsk = tool.approval_status === 'draft' || tool.approval_status === 'rejected';
  return (
    <>
      <span className="flex items-center gap-2 text-xs text-ink-2">
        <Switch
          label="On"
          checked={tool.enabled}
          busy={enable.isPending}
          blocked={role ?? (unapproved && 'Only an approved tool can be switched on.')}
          onChange={(enabled) => enable.mutate({ tool, enabled })}
        />
        <span aria-hidden>{tool.enabled ? 'On' : 'Off'}</span>
      </span>
      {canAsk ? (
        <Button tone="primary" blocked={role} onClick={() => setAsking(true)}>
          <Send size={14} aria-hidden />
          Ask for review
        </Button>
      ) : (
        <Link to={`/review/${tool.id}`} className={buttonClass('plain')}>
          {tool.approval_status === 'pending_review' ? 'Review it' : 'See its review'}
        </Link>
      )}
      <Suspense>
        {asking && <PublishDialog tool={tool} onClose={() => setAsking(false)} />}
      </Suspense>
    </>
  );
}
