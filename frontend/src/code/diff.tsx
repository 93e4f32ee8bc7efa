import { useEffect, useRef } from 'react';
import { forceParsing } from '@codemirror/language';
import { MergeView, getChunks, uncollapseUnchanged, unifiedMergeView } from '@codemirror/merge';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { look } from './look';
import { noteExtension, type Note } from './notes';

export type DiffMode = 'split' | 'unified';

type Side = { code: string; name: string };

const COLLAPSE = { margin: 3, minSize: 6 };
/** Diffing gives up on detail after this; the page must not freeze. */
const DIFF = { scanLimit: 1000, timeout: 300 };
const PARSE_MS = 80;

function readOnly(name: string): Extension {
  return [
    look(name),
    EditorState.readOnly.of(true),
    EditorView.editable.of(false),
    EditorView.contentAttributes.of({
      tabindex: '0',
      'aria-readonly': 'true',
      role: 'textbox',
      'aria-multiline': 'true',
    }),
  ];
}

/** Starts of all lines between the last change and `line`: where a fold may begin. */
function foldStarts(view: EditorView, line: number, side: 'a' | 'b'): number[] {
  const { doc } = view.state;
  const chunks = getChunks(view.state)?.chunks ?? [];
  const at = doc.line(line).from;
  const before = chunks.findLast((chunk) => (side === 'a' ? chunk.toA : chunk.toB) <= at);
  const start = before ? (side === 'a' ? before.toA : before.toB) : 0;
  const out: number[] = [];
  for (let n = line; n >= 1 && doc.line(n).from >= start; n -= 1) out.push(doc.line(n).from);
  return out;
}

function unfold(view: EditorView, line: number, side: 'a' | 'b'): void {
  if (line < 1 || line > view.state.doc.lines) return;
  const effects = foldStarts(view, line, side).map((at) => uncollapseUnchanged.of(at));
  view.dispatch({ effects });
}

/** The line of the old text that stands beside an unchanged line of the new. */
function oldLine(merge: MergeView, line: number): number {
  const at = merge.b.state.doc.line(line).from;
  const before = merge.chunks.findLast((chunk) => chunk.toB <= at);
  const shift = before ? before.toA - before.toB : 0;
  const length = merge.a.state.doc.length;
  return merge.a.state.doc.lineAt(Math.max(0, Math.min(length, at + shift))).number;
}

type Mounted = { main: EditorView; show: (line: number) => void; destroy: () => void };

function mountSplit(
  parent: HTMLElement,
  before: Side,
  after: Side,
  list: readonly Note[],
): Mounted {
  const merge = new MergeView({
    parent,
    a: { doc: before.code, extensions: readOnly(before.name) },
    b: { doc: after.code, extensions: [readOnly(after.name), noteExtension(list)] },
    gutter: true,
    collapseUnchanged: COLLAPSE,
    diffConfig: DIFF,
  });
  forceParsing(merge.a, merge.a.state.doc.length, PARSE_MS);
  return {
    main: merge.b,
    show: (line) => {
      if (line > merge.b.state.doc.lines) return;
      unfold(merge.a, oldLine(merge, line), 'a');
      unfold(merge.b, line, 'b');
    },
    destroy: () => merge.destroy(),
  };
}

function mountOne(
  parent: HTMLElement,
  before: Side | null,
  after: Side,
  list: readonly Note[],
): Mounted {
  const merge = before
    ? unifiedMergeView({
        original: before.code,
        mergeControls: false,
        gutter: true,
        collapseUnchanged: COLLAPSE,
        diffConfig: DIFF,
      })
    : [];
  const view = new EditorView({
    parent,
    doc: after.code,
    extensions: [readOnly(after.name), noteExtension(list), merge],
  });
  return {
    main: view,
    show: (line) => before && unfold(view, line, 'b'),
    destroy: () => view.destroy(),
  };
}

/**
 * Code, or what changed in it.  `before` null: one column, nothing compared.
 * Lines with notes are never folded away.
 */
export default function CodeDiff({
  before,
  after,
  mode,
  notes: list,
  focus,
}: {
  before: Side | null;
  after: Side;
  mode: DiffMode;
  notes: readonly Note[];
  /** Scrolls to the line; a new object scrolls again. */
  focus: { line: number } | null;
}) {
  const host = useRef<HTMLDivElement>(null);
  const mounted = useRef<Mounted>(null);
  const { code: oldCode, name: oldName } = before ?? { code: null, name: '' };
  const { code, name } = after;

  useEffect(() => {
    if (!host.current) return undefined;
    const left = oldCode === null ? null : { code: oldCode, name: oldName };
    const right = { code, name };
    const now =
      left && mode === 'split'
        ? mountSplit(host.current, left, right, list)
        : mountOne(host.current, left, right, list);
    mounted.current = now;
    // Without this the lower half stays uncoloured for a moment.
    forceParsing(now.main, now.main.state.doc.length, PARSE_MS);
    for (const note of list) now.show(note.line);
    return () => {
      mounted.current = null;
      now.destroy();
    };
  }, [oldCode, oldName, code, name, mode, list]);

  useEffect(() => {
    const now = mounted.current;
    if (!now || !focus) return;
    const line = Math.max(1, Math.min(focus.line, now.main.state.doc.lines));
    now.show(line);
    const { from } = now.main.state.doc.line(line);
    now.main.dispatch({
      selection: { anchor: from },
      effects: EditorView.scrollIntoView(from, { y: 'center' }),
    });
  }, [focus]);

  return (
    <div
      ref={host}
      role="region"
      aria-label={before ? 'Changes in the code' : 'Code'}
      tabIndex={0}
      className="scroll h-full overflow-auto -outline-offset-2 short:h-auto"
    />
  );
}
