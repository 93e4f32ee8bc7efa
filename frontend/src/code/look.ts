import { HighlightStyle, LanguageSupport, syntaxHighlighting } from '@codemirror/language';
import { pythonLanguage } from '@codemirror/lang-python';
import { EditorView, highlightSpecialChars, lineNumbers } from '@codemirror/view';
import type { Extension } from '@codemirror/state';
import { tags } from '@lezer/highlight';
import { HIDDEN, hiddenName, label } from '../lib/hidden';
import { hangingIndent } from './hanging-indent';

// Colours are custom properties: a change of theme needs no new editor.
const syntax = HighlightStyle.define([
  {
    tag: [
      tags.keyword,
      tags.operatorKeyword,
      tags.controlKeyword,
      tags.definitionKeyword,
      tags.moduleKeyword,
    ],
    color: 'var(--syn-kw)',
  },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--syn-str)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--syn-num)' },
  { tag: tags.comment, color: 'var(--syn-com)', fontStyle: 'italic' },
  { tag: tags.function(tags.variableName), color: 'var(--syn-fn)' },
  {
    tag: [tags.function(tags.definition(tags.variableName)), tags.className],
    color: 'var(--syn-def)',
    fontWeight: '600',
  },
]);

const MONO = 'var(--font-mono)';
const SANS = 'var(--font-sans)';

const theme = EditorView.theme({
  '&': { fontSize: '12px', color: 'var(--ink)', backgroundColor: 'transparent' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: MONO, lineHeight: '19px' },
  '.cm-content': { padding: '6px 0', caretColor: 'var(--ink)' },
  '.cm-content:focus-visible': { outline: '2px solid var(--accent)', outlineOffset: '-2px' },
  '.cm-line': { padding: '0 10px 0 6px' },
  '.cm-gutters': {
    backgroundColor: 'transparent',
    color: 'var(--ink-3)',
    border: 'none',
    fontFamily: MONO,
    fontSize: '11px',
  },
  '.cm-lineNumbers .cm-gutterElement': {
    minWidth: '26px',
    padding: '0 6px 0 4px',
    lineHeight: '19px',
  },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--hover)' },
  '.cm-changeGutter': { width: '3px', paddingLeft: '0' },
  '&.cm-merge-a .cm-changedLine, .cm-deletedChunk': { backgroundColor: 'var(--del-line)' },
  '&.cm-merge-b .cm-changedLine, .cm-inlineChangedLine': { backgroundColor: 'var(--add-line)' },
  '&.cm-merge-a .cm-changedText, .cm-deletedChunk .cm-deletedText': {
    background: 'var(--del-word)',
    borderRadius: '2px',
    textDecoration: 'none',
  },
  '&.cm-merge-b .cm-changedText': { background: 'var(--add-word)', borderRadius: '2px' },
  '&.cm-merge-a .cm-changedLineGutter, & .cm-deletedLineGutter': { background: 'var(--bad)' },
  '&.cm-merge-b .cm-changedLineGutter': { background: 'var(--ok)' },
  '.cm-deletedChunk': { paddingLeft: '6px' },
  '.cm-deletedChunk .cm-deletedLine': { textDecoration: 'none' },
  '.cm-insertedLine, .cm-deletedLine': { textDecoration: 'none' },
  '.cm-collapsedLines': {
    background: 'var(--sunken)',
    color: 'var(--ink-2)',
    font: `11px/16px ${SANS}`,
    // Padding, never margin: margins make the two sides drift apart.
    padding: '4px 10px',
    borderBlock: '1px solid var(--line)',
  },
  '.cm-findingRow': { padding: '3px 8px 5px 6px' },
  '.cm-finding': {
    font: `12px/17px ${SANS}`,
    padding: '5px 9px',
    borderRadius: '6px',
    borderLeft: '3px solid',
    whiteSpace: 'normal',
    overflowWrap: 'anywhere',
  },
  '.cm-finding b': { fontWeight: '600', marginRight: '8px' },
  '.cm-finding-high': {
    background: 'var(--bad-soft)',
    borderColor: 'var(--bad)',
    color: 'var(--ink)',
  },
  '.cm-finding-warning': {
    background: 'var(--warn-soft)',
    borderColor: 'var(--mark)',
    color: 'var(--ink)',
  },
  '.cm-finding-note': {
    background: 'var(--sunken)',
    borderColor: 'var(--line-2)',
    color: 'var(--ink-2)',
  },
  '.cm-findGutter': { width: '14px' },
  '.cm-findGutter .cm-gutterElement': {
    display: 'grid',
    justifyItems: 'center',
    alignItems: 'start',
  },
  '.cm-mark': {
    width: '7px',
    height: '7px',
    borderRadius: '9px',
    display: 'block',
    marginTop: '6px',
  },
  '.cm-mark-high': { background: 'var(--bad)' },
  '.cm-mark-warning': { background: 'var(--mark)' },
  '.cm-mark-note': { background: 'var(--line-2)' },
});

/** Hidden characters are labels in the text, not gaps. */
const labels = highlightSpecialChars({
  specialChars: HIDDEN,
  render: (code) => {
    const span = document.createElement('span');
    span.className = 'hidden-char';
    span.title = hiddenName(code);
    span.textContent = label(code);
    return span;
  },
});

/** What every view of Python code has. */
export function look(name: string): Extension {
  return [
    lineNumbers(),
    hangingIndent,
    // Not python(): that brings the completion code, 6 KB for nothing.
    new LanguageSupport(pythonLanguage),
    syntaxHighlighting(syntax),
    theme,
    EditorView.lineWrapping,
    labels,
    EditorView.contentAttributes.of({ 'aria-label': name, translate: 'no' }),
  ];
}
