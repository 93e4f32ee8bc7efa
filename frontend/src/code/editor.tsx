import { useEffect, useRef } from 'react';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { bracketMatching, indentOnInput, indentUnit } from '@codemirror/language';
import { EditorState } from '@codemirror/state';
import {
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
} from '@codemirror/view';
import { look } from './look';
import { noteExtension, setNotes, type Note } from './notes';

/**
 * Text typed over a selection is put in here, not by the browser: its own
 * editing merges lines with style attributes, which the content security
 * policy refuses and reports.
 */
const typeOverSelection = EditorView.domEventHandlers({
  beforeinput(event, view) {
    if (event.inputType !== 'insertText' || event.data === null) return false;
    if (view.composing || view.state.selection.main.empty) return false;
    event.preventDefault();
    view.dispatch(view.state.replaceSelection(event.data), {
      userEvent: 'input.type',
      scrollIntoView: true,
    });
    return true;
  },
});

/** A click below the last line is a click into the editor. */
const wholePane = EditorView.theme({
  '&': { minHeight: '100%' },
  '.cm-scroller': { flexGrow: '1' },
});

/** The editor.  `value` is read when it appears; afterwards it only reports. */
export default function CodeEditor({
  value,
  onChange,
  notes: list,
  name,
  describedBy,
}: {
  value: string;
  onChange: (value: string) => void;
  notes: readonly Note[];
  name: string;
  describedBy: string;
}) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const initial = useRef(value);
  const report = useRef(onChange);
  useEffect(() => {
    report.current = onChange;
  });

  useEffect(() => {
    if (!host.current) return undefined;
    const editor = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: initial.current,
        extensions: [
          look(name),
          wholePane,
          typeOverSelection,
          history(),
          indentUnit.of('    '),
          EditorState.tabSize.of(4),
          indentOnInput(),
          bracketMatching(),
          highlightActiveLine(),
          highlightActiveLineGutter(),
          noteExtension([]),
          keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
          EditorView.contentAttributes.of({ 'aria-describedby': describedBy }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) report.current(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => {
      view.current = null;
      editor.destroy();
    };
  }, [name, describedBy]);

  useEffect(() => {
    view.current?.dispatch({ effects: setNotes.of(list) });
    // A new editor starts without notes.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [list, name, describedBy]);

  return <div ref={host} className="scroll h-full overflow-auto short:h-auto" />;
}
