import type { Power } from '../api/types';

/** A power in two parts: what it does, and to what. */
export type PowerWords = { verb: string; what: string };

const VERBS: Record<Power['kind'], readonly string[]> = {
  run: ['Run for', 'Run'],
  secret: ['Use secret', 'Use the secret', 'Read secret', 'Use'],
  host: ['Connect to', 'Reach'],
  module: ['Import'],
};

/**
 * The server may send the whole phrase or only its object; both read the same
 * on the page: "Connect to" + "api.example.com:443".
 */
export function powerWords({ kind, text }: Pick<Power, 'kind' | 'text'>): PowerWords {
  const verbs = VERBS[kind];
  const lower = text.toLowerCase();
  const told = verbs.find((verb) => lower.startsWith(`${verb.toLowerCase()} `));
  if (told) return { verb: text.slice(0, told.length), what: text.slice(told.length + 1) };
  if (kind === 'run') return { verb: '', what: text };
  return { verb: verbs[0] ?? '', what: text };
}

/** The whole as one sentence part. */
export function powerText(power: Pick<Power, 'kind' | 'text'>): string {
  const { verb, what } = powerWords(power);
  return verb ? `${verb} ${what}` : what;
}
