export type Span = { op: 'same' | 'added' | 'removed'; text: string };

/** Beyond this many words a side, the diff is "all removed, all added". */
const WORDS_MAX = 1500;

type Token = Span;

function tokens(before: string, after: string): Token[] {
  const a = before.split(/(\s+)/);
  const b = after.split(/(\s+)/);
  if (a.length > WORDS_MAX || b.length > WORDS_MAX)
    return [
      { op: 'removed', text: before },
      { op: 'added', text: after },
    ];
  const width = b.length + 1;
  // common[i * width + j]: longest common subsequence of a[i..] and b[j..].
  const common = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      common[i * width + j] =
        a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const out: Token[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const left = a[i];
    const right = b[j];
    if (left !== undefined && left === right) {
      out.push({ op: 'same', text: left });
      i += 1;
      j += 1;
    } else if (right !== undefined && (left === undefined || at(i, j + 1) >= at(i + 1, j))) {
      out.push({ op: 'added', text: right });
      j += 1;
    } else if (left !== undefined) {
      out.push({ op: 'removed', text: left });
      i += 1;
    }
  }
  return out;
}

/** What changed between two texts, word by word, removals before additions. */
export function wordDiff(before: string, after: string): Span[] {
  const all = tokens(before, after);
  const out: Span[] = [];
  let removed = '';
  let added = '';
  const flush = () => {
    if (removed) out.push({ op: 'removed', text: removed });
    if (added) out.push({ op: 'added', text: added });
    removed = '';
    added = '';
  };
  all.forEach(({ op, text }, index) => {
    const next = all[index + 1];
    // A space between two changes belongs to the change.
    const joins = op === 'same' && !text.trim() && (removed || added) && next && next.op !== 'same';
    if (op === 'same' && !joins) {
      flush();
      const last = out.at(-1);
      if (last?.op === 'same') last.text += text;
      else out.push({ op, text });
      return;
    }
    if (op !== 'added') removed += text;
    if (op !== 'removed') added += text;
  });
  flush();
  return out;
}
