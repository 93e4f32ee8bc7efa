import { useMemo } from 'react';
import { Chunk } from '@codemirror/merge';
import { Text } from '@codemirror/state';
import { Visible } from '../ui/visible';

type Change = { key: number; title: string; removed: string; added: string };

function lines(doc: Text, from: number, to: number): { first: number; last: number } {
  return { first: doc.lineAt(from).number, last: doc.lineAt(Math.max(from, to)).number };
}

function range({ first, last }: { first: number; last: number }): string {
  return first === last ? `line ${first}` : `lines ${first} to ${last}`;
}

function describe(before: string, after: string): Change[] {
  const a = Text.of(before.split(/\r\n|\r|\n/));
  const b = Text.of(after.split(/\r\n|\r|\n/));
  return Chunk.build(a, b, { scanLimit: 1000, timeout: 300 }).map((chunk) => {
    const removes = chunk.toA > chunk.fromA;
    const adds = chunk.toB > chunk.fromB;
    const where = adds
      ? range(lines(b, chunk.fromB, chunk.endB))
      : `before line ${b.lineAt(Math.min(chunk.fromB, b.length)).number}`;
    const verb = removes && adds ? 'Changed' : adds ? 'Added' : 'Removed';
    return {
      key: chunk.fromB,
      title: `${verb}, ${where}`,
      removed: removes ? a.sliceString(chunk.fromA, chunk.endA) : '',
      added: adds ? b.sliceString(chunk.fromB, chunk.endB) : '',
    };
  });
}

/** The same changes as a list, for those who read rather than look. */
export default function ChangesList({ before, after }: { before: string; after: string }) {
  const changes = useMemo(() => describe(before, after), [before, after]);
  if (changes.length === 0) return <p className="p-5 text-ink-2">The code is the same.</p>;
  return (
    <ol className="scroll h-full overflow-auto short:h-auto" translate="no">
      {changes.map((change) => (
        <li key={change.key} className="border-b border-line px-4 py-3">
          <p className="mb-1 text-xs font-medium">{change.title}</p>
          {change.removed && (
            <pre className="rounded-t-md bg-del-line px-2 py-1 text-xs break-words whitespace-pre-wrap">
              <del className="no-underline">
                <Visible text={change.removed} />
              </del>
            </pre>
          )}
          {change.added && (
            <pre className="rounded-b-md bg-add-line px-2 py-1 text-xs break-words whitespace-pre-wrap">
              <ins className="no-underline">
                <Visible text={change.added} />
              </ins>
            </pre>
          )}
        </li>
      ))}
    </ol>
  );
}
