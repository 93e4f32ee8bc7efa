import { lazy, Suspense, useMemo } from 'react';
import { Columns2, List, Rows2 } from 'lucide-react';
import type { ReviewDetail } from '../api/types';
import { notesOf, type Remark } from '../code/findings';
import { CodeSkeleton } from '../code/skeleton';
import { ChunkBoundary } from '../ui/chunk-boundary';
import { CopyButton } from '../ui/copy-button';
import { Segmented } from '../ui/segmented';
import { Tabs, tabPanelProps } from '../ui/tabs';
import { ArgumentsDiff, argumentRows } from './arguments-diff';
import { DescriptionDiff } from './description-diff';

const CodeDiff = lazy(() => import('../code/diff'));
const ChangesList = lazy(() => import('../code/changes-list'));

export type Tab = 'code' | 'description' | 'arguments';
export type Layout = 'split' | 'unified' | 'list';

/** Whether there is an approved version to compare with, other than this one. */
export function baseOf(review: ReviewDetail) {
  return review.base && review.base.digest !== review.digest ? review.base : null;
}

function lineDelta(before: string, after: string): string {
  const count = (code: string) => {
    const lines = new Map<string, number>();
    for (const line of code.split('\n')) lines.set(line, (lines.get(line) ?? 0) + 1);
    return lines;
  };
  const old = count(before);
  const now = count(after);
  let added = 0;
  let removed = 0;
  for (const [line, n] of now) added += Math.max(0, n - (old.get(line) ?? 0));
  for (const [line, n] of old) removed += Math.max(0, n - (now.get(line) ?? 0));
  return added + removed === 0 ? 'same' : `+${added} −${removed}`;
}

/** The evidence: code, description and arguments against the approved version. */
export function Changes({
  review,
  list,
  tab,
  onTab,
  layout,
  onLayout,
  canSplit,
  focus,
}: {
  review: ReviewDetail;
  list: readonly Remark[];
  tab: Tab;
  onTab: (tab: Tab) => void;
  layout: Layout;
  onLayout: (layout: Layout) => void;
  canSplit: boolean;
  focus: { line: number } | null;
}) {
  const base = baseOf(review);
  const notes = useMemo(() => notesOf(list), [list]);
  const before = useMemo(
    () => base && { code: base.python_code, name: `Approved version ${base.version}` },
    [base],
  );
  const after = useMemo(
    () => ({ code: review.python_code, name: `Version ${review.current_version}` }),
    [review.python_code, review.current_version],
  );
  const changedArguments = useMemo(
    () =>
      base
        ? argumentRows(base.input_schema, review.input_schema).filter((row) => row.state !== 'same')
            .length
        : 0,
    [base, review.input_schema],
  );
  const changedText =
    base !== null && (base.description !== review.description || base.title !== review.title);
  const layouts: [Layout, React.ReactNode][] = [
    ['unified', <Rows2 key="unified" size={13} aria-label="Unified" />],
    ['list', <List key="list" size={13} aria-label="As a list" />],
  ];
  if (canSplit)
    layouts.unshift(['split', <Columns2 key="split" size={13} aria-label="Side by side" />]);

  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col bg-surface">
      <div className="flex min-h-10 shrink-0 flex-wrap items-center gap-x-2 gap-y-1 border-b border-line px-2 py-1 md:px-3">
        <Tabs
          id="changes"
          label="What changed"
          value={tab}
          onChange={onTab}
          items={[
            {
              key: 'code',
              label: 'Code',
              note: base ? lineDelta(base.python_code, review.python_code) : undefined,
            },
            { key: 'description', label: 'Description', note: changedText ? 'changed' : undefined },
            {
              key: 'arguments',
              label: 'Arguments',
              note: changedArguments ? `${changedArguments} changed` : undefined,
            },
          ]}
        />
        <div className="ml-auto flex items-center gap-2">
          {base && (
            <span className="num text-xs text-ink-3 max-xl:hidden">against v{base.version}</span>
          )}
          {tab === 'code' && <CopyButton text={review.python_code} />}
          {tab === 'code' && base && (
            <Segmented label="Layout" value={layout} onChange={onLayout} items={layouts} />
          )}
        </div>
      </div>
      <div {...tabPanelProps('changes', tab)} className="relative min-h-0 flex-1">
        {/* Stays mounted behind the other tabs: building it again is slow. */}
        <div className={tab === 'code' ? 'h-full short:h-auto' : 'hidden'}>
          <ChunkBoundary>
            <Suspense fallback={<CodeSkeleton />}>
              {layout === 'list' && base ? (
                <ChangesList before={base.python_code} after={review.python_code} />
              ) : (
                <CodeDiff
                  before={before}
                  after={after}
                  mode={layout === 'split' ? 'split' : 'unified'}
                  notes={notes}
                  focus={focus}
                />
              )}
            </Suspense>
          </ChunkBoundary>
        </div>
        {tab === 'description' && <DescriptionDiff before={base} after={review} />}
        {tab === 'arguments' && (
          <ArgumentsDiff before={base && base.input_schema} after={review.input_schema} />
        )}
      </div>
    </div>
  );
}
