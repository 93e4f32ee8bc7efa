import { useMemo } from 'react';
import { wordDiff } from '../lib/word-diff';
import { Visible } from '../ui/visible';

/** What the model reads, word by word against the approved text. */
export function DescriptionDiff({
  before,
  after,
}: {
  /** null: nothing was approved before. */
  before: { title: string | null; description: string } | null;
  after: { title: string | null; description: string };
}) {
  return (
    <div
      className="scroll h-full overflow-auto p-5 short:h-auto"
      tabIndex={0}
      role="region"
      aria-label="Description"
    >
      <p className="mb-2 text-2xs font-medium text-ink-3">What the model reads</p>
      {(after.title || before?.title) && (
        <p className="mb-3 text-base font-semibold break-words">
          <Words before={before && (before.title ?? '')} after={after.title ?? ''} />
        </p>
      )}
      <p className="max-w-[62ch] text-base leading-7 break-words whitespace-pre-line">
        <Words before={before && before.description} after={after.description} />
      </p>
    </div>
  );
}

function Words({ before, after }: { before: string | null; after: string }) {
  const spans = useMemo(
    () => (before === null ? [{ op: 'same' as const, text: after }] : wordDiff(before, after)),
    [before, after],
  );
  if (spans.length === 0 || (spans.length === 1 && !spans[0]?.text))
    return <span className="text-ink-3">It has no description.</span>;
  return spans.map((span, index) => {
    // Places are the identity of the spans of a constant text.
    const key = `${index}`;
    const text = <Visible text={span.text} />;
    if (span.op === 'same') return <span key={key}>{text}</span>;
    if (span.op === 'added')
      return (
        <ins key={key} className="rounded-sm bg-add-word box-decoration-clone px-0.5 no-underline">
          {text}
        </ins>
      );
    return (
      <del key={key} className="mr-1 rounded-sm bg-del-word box-decoration-clone px-0.5 text-ink-2">
        {text}
      </del>
    );
  });
}
