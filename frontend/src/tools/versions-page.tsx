import { lazy, Suspense, useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import { versionsQuery } from '../api/tools';
import type { Tool, ToolVersionSummary } from '../api/types';
import { useWhyNot } from '../auth/session-context';
import { shortDigest } from '../lib/format';
import { pageNumber, useQueryString } from '../lib/query-string';
import { Age } from '../ui/age';
import { Button } from '../ui/button';
import { Chip } from '../ui/chip';
import { Pager } from '../ui/pager';
import { Loaded, SkeletonRows, StaleBanner } from '../ui/states';
import { Visible } from '../ui/visible';
import { Comparison } from './comparison';
import { useTool } from './use-tool';

const RollbackDialog = lazy(() => import('./rollback-dialog'));

const version = { ...pageNumber(), fallback: 0 };
const codec = { page: pageNumber(), from: version, to: version };

const SOURCES: Record<ToolVersionSummary['change_source'], string> = {
  manual: 'on this page or the API',
  llm: 'by a model',
  rollback: 'restored',
  import: 'imported',
};

export default function VersionsPage() {
  const tool = useTool();
  const [{ page, from, to }, change] = useQueryString(codec);
  const query = useQuery(versionsQuery(tool.id, page));
  const [restoring, setRestoring] = useState<number | null>(null);
  // Without a choice: the approved version against the newest, or the two newest.
  const older = from || tool.approved_version || Math.max(1, tool.current_version - 1);
  const newer = to || tool.current_version;
  return (
    <div className="grid lg:grid-cols-[minmax(0,1fr)_minmax(0,1.1fr)]">
      <section aria-label="Versions" className="min-w-0 lg:border-r lg:border-line">
        <StaleBanner query={query} what="Versions" />
        <Loaded
          query={query}
          what="The versions could not be read."
          skeleton={<SkeletonRows label="Loading versions…" />}
        >
          {(data) => (
            <>
              <ol>
                {data.items.map((item) => (
                  <VersionRow
                    key={item.version}
                    tool={tool}
                    item={item}
                    older={older}
                    newer={newer}
                    onOlder={() => change({ from: item.version, to: newer })}
                    onNewer={() => change({ from: older, to: item.version })}
                    onRestore={() => setRestoring(item.version)}
                  />
                ))}
              </ol>
              <Pager data={data} noun="versions" onPage={(next) => change({ page: next })} />
            </>
          )}
        </Loaded>
      </section>
      <section aria-labelledby="compare" className="min-w-0 px-4 py-4 max-lg:border-t md:px-5">
        <h2 id="compare" className="mb-3 font-semibold">
          {older === newer ? 'Compare' : `From v${older} to v${newer}`}
        </h2>
        {older === newer ? (
          <p className="text-ink-2">
            {tool.current_version === 1
              ? 'There is one version: nothing to compare yet.'
              : 'Choose two different versions.'}
          </p>
        ) : (
          <Comparison toolId={tool.id} from={older} to={newer} />
        )}
      </section>
      <Suspense>
        {restoring !== null && (
          <RollbackDialog tool={tool} version={restoring} onClose={() => setRestoring(null)} />
        )}
      </Suspense>
    </div>
  );
}

function VersionRow({
  tool,
  item,
  older,
  newer,
  onOlder,
  onNewer,
  onRestore,
}: {
  tool: Tool;
  item: ToolVersionSummary;
  older: number;
  newer: number;
  onOlder: () => void;
  onNewer: () => void;
  onRestore: () => void;
}) {
  const blocked = useWhyNot('edit');
  const newest = item.version === tool.current_version;
  return (
    <li className="border-b border-line px-4 py-2.5 md:px-7">
      <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
        <span className="num font-semibold">v{item.version}</span>
        {item.approved && <Chip tone="ok">Approved</Chip>}
        {newest && <Chip>Newest</Chip>}
        <code className="text-2xs text-ink-3" title={item.digest}>
          {shortDigest(item.digest)}
        </code>
      </div>
      {item.change_summary && (
        <p className="mt-0.5 break-words">
          <Visible text={item.change_summary} />
        </p>
      )}
      <p className="text-xs text-ink-3">
        {item.created_by}, {SOURCES[item.change_source] ?? item.change_source},{' '}
        <Age time={item.created_at} suffix=" ago" />
      </p>
      <div className="mt-1.5 flex flex-wrap items-center gap-x-4 gap-y-1.5 text-xs text-ink-2">
        <label className="flex min-h-6 items-center gap-1.5">
          <input
            type="radio"
            name="from"
            className="tick"
            checked={item.version === older}
            onChange={onOlder}
          />
          From<span className="sr-only"> version {item.version}</span>
        </label>
        <label className="flex min-h-6 items-center gap-1.5">
          <input
            type="radio"
            name="to"
            className="tick"
            checked={item.version === newer}
            onChange={onNewer}
          />
          To<span className="sr-only"> version {item.version}</span>
        </label>
        {!newest && (
          <Button size="sm" blocked={blocked} onClick={onRestore}>
            Restore
            <span className="sr-only"> version {item.version}</span>
          </Button>
        )}
      </div>
    </li>
  );
}
