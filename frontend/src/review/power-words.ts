import type { Power } from '../api/types';

/** A power in two parts: what it does, and to what. */
export type PowerWords = { verb: string; what: string };

/** How the server may begin, and the verb that the page says instead. */
const BEGINNINGS: Record<Power['kind'], readonly (readonly [begins: string, verb: string])[]> = {
  run: [
    ['runs in the sandbox for', 'Run in the sandbox for'],
    ['run in the sandbox for', 'Run in the sandbox for'],
    ['run for', 'Run for'],
    ['runs', 'Run'],
    ['run', 'Run'],
  ],
  secret: [
    ['reads the secret', 'Read the secret'],
    ['uses the secret', 'Use the secret'],
    ['use the secret', 'Use the secret'],
    ['use secret', 'Use the secret'],
  ],
  host: [
    ['reaches', 'Reach'],
    ['connects to', 'Connect to'],
    ['connect to', 'Connect to'],
  ],
  module: [
    ['imports', 'Import'],
    ['import', 'Import'],
  ],
  serve: [
    ['is read by clients as', 'Be read by clients as'],
    ['puts', 'Put'],
  ],
  client: [['asks', 'Ask']],
};

/** The verb for a bare object. */
const VERBS: Record<Power['kind'], string> = {
  run: '',
  secret: 'Read the secret',
  host: 'Connect to',
  module: 'Import',
  serve: 'Serve',
  client: 'Ask the client for',
};

/**
 * The server may send a phrase or only its object; both read the same on the
 * page, and fit after "From now on this tool may": "Connect to" + "a.org:443".
 */
export function powerWords({ kind, text }: Pick<Power, 'kind' | 'text'>): PowerWords {
  const lower = text.toLowerCase();
  const told = BEGINNINGS[kind].find(([begins]) => lower.startsWith(`${begins} `));
  if (told) return { verb: told[1], what: text.slice(told[0].length + 1) };
  return { verb: VERBS[kind], what: text };
}

/** The whole as one sentence part. */
export function powerText(power: Pick<Power, 'kind' | 'text'>): string {
  const { verb, what } = powerWords(power);
  return verb ? `${verb} ${what}` : what;
}
