import {
  RangeSetBuilder,
  StateEffect,
  StateField,
  type EditorState,
  type Extension,
} from '@codemirror/state';
import {
  Decoration,
  EditorView,
  GutterMarker,
  WidgetType,
  gutter,
  type DecorationSet,
} from '@codemirror/view';

/** A remark under a line of code. */
export type Note = {
  key: string;
  severity: 'high' | 'warning' | 'note';
  /** From 1. */
  line: number;
  title: string;
  text: string;
};

class NoteWidget extends WidgetType {
  constructor(readonly note: Note) {
    super();
  }
  override eq(other: NoteWidget): boolean {
    return other.note.key === this.note.key && other.note.text === this.note.text;
  }
  override toDOM(): HTMLElement {
    const row = document.createElement('div');
    const box = document.createElement('div');
    const title = document.createElement('b');
    row.className = 'cm-findingRow';
    box.className = `cm-finding cm-finding-${this.note.severity}`;
    title.textContent = this.note.title;
    box.append(title, this.note.text);
    row.append(box);
    return row;
  }
}

class Dot extends GutterMarker {
  constructor(readonly severity: Note['severity']) {
    super();
  }
  override eq(other: Dot): boolean {
    return other.severity === this.severity;
  }
  override toDOM(): HTMLElement {
    const dot = document.createElement('span');
    dot.className = `cm-mark cm-mark-${this.severity}`;
    return dot;
  }
}

function build(state: EditorState, notes: readonly Note[]): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const note of notes.toSorted((a, b) => a.line - b.line)) {
    if (note.line < 1 || note.line > state.doc.lines) continue;
    const end = state.doc.line(note.line).to;
    builder.add(
      end,
      end,
      Decoration.widget({ widget: new NoteWidget(note), block: true, side: 1 }),
    );
  }
  return builder.finish();
}

/** Replaces all notes. */
export const setNotes = StateEffect.define<readonly Note[]>();

type Shown = { notes: readonly Note[]; decorations: DecorationSet };

/** Notes under their lines, and a dot beside the number of each such line. */
export function noteExtension(initial: readonly Note[]): Extension {
  const field = StateField.define<Shown>({
    create: (state) => ({ notes: initial, decorations: build(state, initial) }),
    update: (shown, transaction) => {
      const effect = transaction.effects.find((candidate) => candidate.is(setNotes));
      if (effect)
        return { notes: effect.value, decorations: build(transaction.state, effect.value) };
      if (!transaction.docChanged) return shown;
      return { ...shown, decorations: shown.decorations.map(transaction.changes) };
    },
    provide: (self) => EditorView.decorations.from(self, (shown) => shown.decorations),
  });
  const dots = gutter({
    class: 'cm-findGutter',
    lineMarker: (view, block) => {
      const number = view.state.doc.lineAt(block.from).number;
      const worst = view.state.field(field).notes.filter((note) => note.line === number);
      const note = worst.find(({ severity }) => severity === 'high') ?? worst[0];
      return note ? new Dot(note.severity) : null;
    },
    lineMarkerChange: (update) =>
      update.transactions.some((tr) => tr.effects.some((effect) => effect.is(setNotes))),
  });
  return [field, dots];
}
