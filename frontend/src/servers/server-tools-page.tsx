import { Link } from 'react-router';
import { Plus } from 'lucide-react';
import type { ServerDetail, ServerTool } from '../api/types';
import { useWhyNot } from '../auth/session-context';
import { count, plural } from '../lib/format';
import { ApprovalChip } from '../tools/status';
import { useEnableTool } from '../tools/use-enable-tool';
import { buttonClass } from '../ui/button';
import { EmptyState } from '../ui/states';
import { Switch } from '../ui/switch';
import { Visible } from '../ui/visible';
import { useServer } from './use-server';

export default function ServerToolsPage() {
  const server = useServer();
  const blocked = useWhyNot('edit');
  const create = (
    <Link
      to={`/servers/${server.id}/tools/new`}
      aria-disabled={blocked ? true : undefined}
      title={blocked}
      onClick={(event) => blocked && event.preventDefault()}
      className={buttonClass('plain')}
    >
      <Plus size={15} aria-hidden />
      New tool
    </Link>
  );
  if (server.tools.length === 0)
    return (
      <EmptyState title="No tools yet. A model writes them over MCP, or you do.">
        {create}
      </EmptyState>
    );
  return (
    <>
      <div className="flex items-center justify-between gap-3 px-4 py-2.5 md:px-7">
        <h2 className="text-xs text-ink-3">{plural(server.tools.length, 'tool')}</h2>
        {create}
      </div>
      <table className="w-full text-left">
        <caption className="sr-only">Tools of {server.name}</caption>
        <thead>
          <tr className="table-head border-y border-line">
            <th scope="col" className="pl-4 md:pl-7">
              Name
            </th>
            <th scope="col" className="pl-3">
              Status
            </th>
            <th scope="col" className="pl-3 text-right! max-sm:hidden">
              Version
            </th>
            <th scope="col" className="pr-4 pl-4 text-right! md:pr-7">
              On
            </th>
          </tr>
        </thead>
        <tbody>
          {server.tools.map((tool) => (
            <ToolRow key={tool.id} server={server} tool={tool} />
          ))}
        </tbody>
      </table>
    </>
  );
}

function ToolRow({ server, tool }: { server: ServerDetail; tool: ServerTool }) {
  const role = useWhyNot('edit');
  const enable = useEnableTool();
  const unapproved = tool.approval_status !== 'approved' && !tool.enabled;
  return (
    <tr className="h-10 border-b border-line hover:bg-hover">
      <th scope="row" className="w-[60%] max-w-0 py-1.5 pl-4 font-normal md:pl-7">
        <Link
          to={`/servers/${server.id}/tools/${tool.id}`}
          className="block truncate font-medium hover:underline"
        >
          {tool.name}
        </Link>
        {tool.description && (
          <span className="block truncate text-xs text-ink-3">
            <Visible text={tool.description} />
          </span>
        )}
      </th>
      <td className="pl-3">
        {tool.approval_status === 'pending_review' ? (
          <Link to={`/review/${tool.id}`} className="hover:underline">
            <ApprovalChip status={tool.approval_status} />
          </Link>
        ) : (
          <ApprovalChip status={tool.approval_status} />
        )}
      </td>
      <td className="num pl-3 text-right text-ink-2 max-sm:hidden">
        v{count(tool.current_version)}
      </td>
      <td className="pr-4 pl-4 text-right md:pr-7">
        <Switch
          label={`${tool.name} is on`}
          checked={tool.enabled}
          busy={enable.isPending}
          blocked={role ?? (unapproved && 'Only an approved tool can be switched on.')}
          onChange={(enabled) => enable.mutate({ tool, enabled })}
        />
      </td>
    </tr>
  );
}
