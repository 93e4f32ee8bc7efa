import { describe, expect, it } from 'vitest';
import { choice, decode, encode, pageNumber, text } from './query-string';

const codec = {
  search: text(10),
  status: choice(['all', 'running', 'stopped'], 'all'),
  page: pageNumber(),
};

describe('decode', () => {
  it('falls back for what is missing', () => {
    expect(decode(codec, new URLSearchParams())).toEqual({ search: '', status: 'all', page: 1 });
  });

  it.each(['0', '-1', '1.5', '1e3', 'two', '', '99999999'])('refuses page %s', (page) => {
    expect(decode(codec, new URLSearchParams({ page })).page).toBe(1);
  });

  it('refuses an unknown choice and cuts a long text', () => {
    const values = decode(codec, new URLSearchParams({ status: 'x', search: 'abcdefghijkl' }));
    expect(values).toEqual({ search: 'abcdefghij', status: 'all', page: 1 });
  });
});

describe('encode', () => {
  it('leaves defaults out', () => {
    expect(encode(codec, { search: '', status: 'all', page: 1 }).toString()).toBe('');
  });

  it('round-trips what is not a default', () => {
    const values = { search: 'a&b c', status: 'running' as const, page: 7 };
    expect(decode(codec, encode(codec, values))).toEqual(values);
  });
});
