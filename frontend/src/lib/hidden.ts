/**
 * Characters that a reader can't see, or takes for others.  The set is our
 * own: editors' lists miss several (U+202C, U+2060, the tag block).
 */

const RANGES: [from: number, to: number, name: string][] = [
  [0x0000, 0x0008, 'control character'],
  [0x000b, 0x000c, 'control character'],
  [0x000e, 0x001f, 'control character'],
  [0x007f, 0x009f, 'control character'],
  [0x00ad, 0x00ad, 'soft hyphen'],
  [0x034f, 0x034f, 'combining grapheme joiner'],
  [0x061c, 0x061c, 'Arabic letter mark'],
  [0x115f, 0x1160, 'Hangul filler'],
  [0x17b4, 0x17b5, 'Khmer inherent vowel'],
  [0x180b, 0x180f, 'Mongolian separator'],
  [0x200b, 0x200b, 'zero-width space'],
  [0x200c, 0x200d, 'zero-width joiner'],
  [0x200e, 0x200f, 'direction mark'],
  [0x2028, 0x2029, 'line or paragraph separator'],
  [0x202a, 0x202e, 'direction override'],
  [0x2060, 0x2064, 'invisible operator'],
  [0x2065, 0x2065, 'invisible character'],
  [0x2066, 0x2069, 'direction isolate'],
  [0x206a, 0x206f, 'format character'],
  [0x3164, 0x3164, 'Hangul filler'],
  [0xfe00, 0xfe0f, 'variation selector'],
  [0xfeff, 0xfeff, 'zero-width no-break space'],
  [0xffa0, 0xffa0, 'Hangul filler'],
  [0xfff0, 0xfffb, 'annotation character'],
  [0xe0000, 0xe0fff, 'tag character'],
];

function escape(code: number): string {
  return `\\u{${code.toString(16)}}`;
}

const SET = RANGES.map(([from, to]) => `${escape(from)}-${escape(to)}`).join('');

/** Matches one hidden character.  Global: don't use `test` on it. */
export const HIDDEN = new RegExp(`[${SET}]`, 'gu');

export function hiddenName(code: number): string {
  return RANGES.find(([from, to]) => code >= from && code <= to)?.[2] ?? 'hidden character';
}

/** "U+202E" */
export function label(code: number): string {
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

export type Suspect = {
  kind: 'hidden' | 'look-alike';
  /** From 1, as findings count. */
  line: number;
  column: number;
  code: number;
  /** The identifier, for a look-alike. */
  word: string | null;
};

const WORD = /[\p{L}_][\p{L}\p{N}\p{M}_]*/gu;
const ASCII_LETTER = /[A-Za-z]/;
/** Letters of scripts that have twins of Latin letters, and the full-width forms. */
const TWIN =
  /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\uff21-\uff3a\uff41-\uff5a\u{1d400}-\u{1d7ff}]/u;

function lookAlikes(text: string, line: number, found: Suspect[]): void {
  for (const match of text.matchAll(WORD)) {
    const [word] = match;
    const twin = ASCII_LETTER.test(word) ? TWIN.exec(word) : null;
    if (!twin) continue;
    const code = word.codePointAt(twin.index) ?? 0;
    found.push({ kind: 'look-alike', line, column: match.index + twin.index + 1, code, word });
  }
}

/** Every hidden character, and every word that mixes Latin with its twins. */
export function scan(source: string): Suspect[] {
  const found: Suspect[] = [];
  // As CodeMirror and Python count lines; U+2028 doesn't end one.
  source.split(/\r\n|\r|\n/).forEach((text, index) => {
    for (const match of text.matchAll(HIDDEN)) {
      const code = match[0].codePointAt(0) ?? 0;
      found.push({ kind: 'hidden', line: index + 1, column: match.index + 1, code, word: null });
    }
    lookAlikes(text, index + 1, found);
  });
  return found;
}

export type Piece = { text: string; code: number | null };

/** Cuts a text into plain pieces and hidden characters. */
export function pieces(text: string): Piece[] {
  const out: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(HIDDEN)) {
    if (match.index > end) out.push({ text: text.slice(end, match.index), code: null });
    out.push({ text: match[0], code: match[0].codePointAt(0) ?? 0 });
    end = match.index + match[0].length;
  }
  if (end < text.length) out.push({ text: text.slice(end), code: null });
  return out;
}
