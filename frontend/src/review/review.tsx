import { useMemo, useState } from 'react';
import { ApiError } from '../api/error';
import type { ReviewDetail } from '../api/types';
import { NotFound } from '../app/not-found';
import { remarks, type Remark } from '../code/findings';
import { useShortcuts } from '../lib/shortcuts';
import { MIDDLE, useMedia, WIDE } from '../lib/use-media';
import { useStoredFlag } from '../lib/use-stored-flag';
import { useTitle } from '../lib/use-title';
import { RunPanel } from '../run/run-panel';
import { Segmented } from '../ui/segmented';
import { ErrorState, StaleBanner } from '../ui/states';
import { baseOf, Changes, type Layout, type Tab } from './changes';
import { Dialogs, type DialogName } from './dialogs';
import { FindingsPanel } from './findings-panel';
import { HistoryPanel } from './history-panel';
import { MovedBanner } from './moved-banner';
import { NotesPanel } from './notes-panel';
import { PanelHead } from './panel-head';
import { PowersPanel } from './powers-panel';
import { ReviewHead } from './review-head';
import { ReviewSkeleton } from './review-skeleton';
import { SignOffBar } from './sign-off-bar';
import { usePinnedReview } from './use-pinned-review';
import type { Queue } from './use-queue';

/** One tool to decide on.  Mount it anew for each tool. */
export function Review({ toolId, queue }: { toolId: string; queue: Queue }) {
  const { query, review, fresh, adopt } = usePinnedReview(toolId);
  if (review)
    return (
      <div className="flex min-w-0 flex-1 flex-col">
        <StaleBanner query={query} what="This review" />
        <OpenReview
          // Ticks and arguments belong to a digest and never carry over.
          key={`${review.digest} ${review.powers_digest}`}
          review={review}
          fresh={fresh}
          adopt={adopt}
          queue={queue}
        />
      </div>
    );
  if (query.error instanceof ApiError && query.error.status === 404)
    return (
      <div className="min-w-0 flex-1 bg-surface">
        <NotFound what="This tool does not exist, or was deleted." />
      </div>
    );
  return (
    <div className="min-w-0 flex-1 bg-surface">
      {query.isError ? (
        <ErrorState
          error={query.error}
          what="This review could not be read."
          onRetry={() => void query.refetch()}
        />
      ) : (
        <ReviewSkeleton />
      )}
    </div>
  );
}

type Pane = 'powers' | 'changes' | 'run' | 'history';

const PANES: readonly (readonly [Pane, string])[] = [
  ['powers', 'Powers'],
  ['changes', 'Changes'],
  ['run', 'Run'],
  ['history', 'History'],
];

/** Which finding is shown, and where in the page. */
function useFindings(list: readonly Remark[], show: (remark: Remark) => void) {
  const [current, setCurrent] = useState<string | null>(null);
  const [seen, setSeen] = useState<ReadonlySet<string>>(new Set());
  const toggle = (remark: Remark) =>
    setSeen((old) => {
      const next = new Set(old);
      if (!next.delete(remark.key)) next.add(remark.key);
      return next;
    });
  const go = (remark: Remark) => {
    setCurrent(remark.key);
    show(remark);
  };
  const step = (by: 1 | -1) => {
    const at = list.findIndex((remark) => remark.key === current);
    const next = at < 0 ? (by > 0 ? 0 : list.length - 1) : (at + by + list.length) % list.length;
    const remark = list[next];
    if (remark) go(remark);
  };
  const tick = () => {
    const remark = list.find((candidate) => candidate.key === current);
    if (remark?.severity === 'high') toggle(remark);
  };
  const unseen = list.filter((remark) => remark.severity === 'high' && !seen.has(remark.key));
  return { current, seen, toggle, go, step, tick, unseen };
}

function OpenReview({
  review,
  fresh,
  adopt,
  queue,
}: {
  review: ReviewDetail;
  fresh: ReviewDetail | undefined;
  adopt: (next: ReviewDetail) => void;
  queue: Queue;
}) {
  useTitle(`${review.name}, review`);
  const wide = useMedia(WIDE);
  const middle = useMedia(MIDDLE);
  const [pane, setPane] = useState<Pane>('powers');
  const [tab, setTab] = useState<Tab>('code');
  const [chosen, setLayout] = useState<Layout | null>(null);
  const [focus, setFocus] = useState<{ line: number } | null>(null);
  const [dialog, setDialog] = useState<DialogName | null>(null);
  const [showFacts, toggleFacts] = useStoredFlag('mcpbox-facts', true);
  const list = useMemo(() => remarks(review), [review]);
  const base = baseOf(review);
  const layout: Layout =
    chosen && (middle || chosen !== 'split') ? chosen : wide ? 'split' : 'unified';

  const findings = useFindings(list, (remark) => {
    if (remark.where === 'tool') return;
    setTab(remark.where);
    setPane('changes');
    if (remark.where === 'code') setFocus({ line: remark.line });
  });
  const goToRun = () => {
    if (middle && !showFacts) toggleFacts();
    setPane('run');
    // The form is drawn only after this.
    setTimeout(() =>
      document
        .querySelector<HTMLElement>('[data-run-form] :is(input,select,textarea,button)')
        ?.focus(),
    );
  };
  const pending = review.approval_status === 'pending_review';
  const approved = review.approval_status === 'approved';
  useShortcuts({
    a: () => !approved && setDialog('approve'),
    r: () => pending && setDialog('reject'),
    n: () => findings.step(1),
    p: () => findings.step(-1),
    x: findings.tick,
    u: () => setLayout(layout === 'split' || !middle ? 'unified' : 'split'),
    t: goToRun,
    ']': toggleFacts,
    1: () => setTab('code'),
    2: () => setTab('description'),
    3: () => setTab('arguments'),
  });

  const powers = <PowersPanel powers={review.powers} isNew={review.base === null} />;
  const found = (
    <FindingsPanel
      list={list}
      seen={findings.seen}
      current={findings.current}
      onSeen={findings.toggle}
      onShow={findings.go}
    />
  );
  const run = (
    <section aria-labelledby="run" className="border-t border-line">
      <PanelHead id="run">Trial run with my arguments</PanelHead>
      <div className="px-4 pb-5">
        <RunPanel
          toolId={review.id}
          version={review.current_version}
          digest={review.digest}
          schema={review.input_schema}
          onMoved={() => setDialog('moved')}
        />
      </div>
    </section>
  );
  const history = <HistoryPanel history={review.history} />;
  const changes = (
    <Changes
      review={review}
      list={list}
      tab={tab}
      onTab={setTab}
      layout={layout}
      onLayout={setLayout}
      canSplit={middle}
      focus={focus}
    />
  );

  return (
    <>
      <ReviewHead review={review} queue={queue} unseen={findings.unseen.length} />
      {fresh && <MovedBanner review={review} fresh={fresh} onShow={() => adopt(fresh)} />}
      {middle ? (
        <div className="flex min-h-0 flex-1 short:min-h-fit">
          {changes}
          {showFacts && (
            <aside
              aria-label="Review facts"
              // A scrolling region has to be reachable by keyboard.
              tabIndex={0}
              className="scroll w-[324px] shrink-0 overflow-y-auto border-l border-line -outline-offset-2 xl:w-[340px]"
            >
              {powers}
              <NotesPanel notes={review.publish_notes} />
              {found}
              {run}
              {history}
            </aside>
          )}
        </div>
      ) : (
        <>
          <div className="flex shrink-0 border-b border-line px-3 py-2">
            <Segmented label="Section" value={pane} onChange={setPane} items={PANES} />
          </div>
          {pane === 'changes' ? (
            changes
          ) : (
            <div
              role="region"
              aria-label="Review facts"
              tabIndex={0}
              className="scroll min-h-0 flex-1 overflow-y-auto -outline-offset-2"
            >
              {pane === 'powers' && (
                <>
                  {powers}
                  <NotesPanel notes={review.publish_notes} />
                  {found}
                </>
              )}
              {pane === 'run' && run}
              {pane === 'history' &&
                (review.history.length > 0 ? (
                  history
                ) : (
                  <p className="px-4 py-6 text-ink-2">Nobody has decided on this tool before.</p>
                ))}
            </div>
          )}
        </>
      )}
      <SignOffBar
        review={review}
        compared={base?.version ?? null}
        moved={fresh !== undefined}
        unseen={findings.unseen}
        onUnseen={(remark) => {
          setPane('powers');
          if (!showFacts) toggleFacts();
          setTimeout(() =>
            document.querySelector<HTMLElement>(`[data-seen="${CSS.escape(remark.key)}"]`)?.focus(),
          );
        }}
        onDialog={setDialog}
      />
      <Dialogs
        name={dialog}
        review={review}
        list={list}
        unseen={findings.unseen}
        onSeen={findings.toggle}
        onDialog={setDialog}
        adopt={adopt}
        queue={queue}
      />
    </>
  );
}
