import { describe, expect, it } from 'vitest';
import { hiddenName, label, pieces, scan } from './hidden';

describe('scan', () => {
  it('finds nothing in plain code, tabs and line ends included', () => {
    expect(scan('async def main(x: int) -> dict:\r\n\treturn {"x": x}\n')).toEqual([]);
  });

  it('finds a direction override with its line and column', () => {
    expect(scan('a = 1\nif x:  # \u202eadmin')).toEqual([
      { kind: 'hidden', line: 2, column: 10, code: 0x202e, word: null },
    ]);
  });

  it.each([0xad, 0x200b, 0x200d, 0x202c, 0x2060, 0x2066, 0xfeff, 0xfe0f, 0x3164, 0xe0041, 0x7f])(
    'finds U+%s',
    (code) => {
      const [first] = scan(`x${String.fromCodePoint(code)}y`);
      expect(first).toMatchObject({ kind: 'hidden', line: 1, column: 2, code });
    },
  );

  it('does not end a line at U+2028, which Python does not either', () => {
    expect(scan('a\u2028b\nc\u200b').map(({ line }) => line)).toEqual([1, 2]);
  });

  it('finds words that mix Latin with its twins, once each', () => {
    const found = scan('p\u0430ssword = \u0441\u0430fe');
    expect(found.map(({ kind, word, code }) => [kind, word, code])).toEqual([
      ['look-alike', 'p\u0430ssword', 0x430],
      ['look-alike', '\u0441\u0430fe', 0x441],
    ]);
  });

  it('leaves words of one script alone', () => {
    expect(
      scan('# \u043f\u0440\u0438\u0432\u0435\u0442, \u03b1 = 1, caf\u00e9, na\u00efve'),
    ).toEqual([]);
  });
});

describe('pieces', () => {
  it('cuts around hidden characters and loses nothing', () => {
    const text = 'a\u200bb\u{e0061}';
    const cut = pieces(text);
    expect(cut.map((piece) => piece.text).join('')).toBe(text);
    expect(cut.map((piece) => piece.code)).toEqual([null, 0x200b, null, 0xe0061]);
  });

  it('is stable when called again', () => {
    expect(pieces('\u200b')).toEqual(pieces('\u200b'));
  });
});

it('names and labels', () => {
  expect(label(0xad)).toBe('U+00AD');
  expect(label(0xe0041)).toBe('U+E0041');
  expect(hiddenName(0x202e)).toBe('direction override');
});
