const NAME = /^[a-z][a-z0-9_]*$/;
const NAME_MAX = 40;
/** Tool names that every client accepts. */
const FULL_NAME_MAX = 64;

export const NAME_HINT =
  'Lower-case letters, digits and single underscores; it can’t be changed later.';

/** Why a server can't have this name. */
export function serverNameProblem(name: string): string | undefined {
  if (name === '') return 'A name, please.';
  if (name.length > NAME_MAX) return `At most ${NAME_MAX} characters.`;
  if (!NAME.test(name))
    return 'Lower-case letters, digits and underscores, starting with a letter.';
  if (name.includes('__')) return 'No two underscores in a row: they separate server and tool.';
  return undefined;
}

/** Why a tool of `server` can't have this name. */
export function toolNameProblem(name: string, server: string): string | undefined {
  if (name === '') return 'A name, please.';
  if (name.length > NAME_MAX) return `At most ${NAME_MAX} characters.`;
  if (!NAME.test(name))
    return 'Lower-case letters, digits and underscores, starting with a letter.';
  if (server.length + 2 + name.length > FULL_NAME_MAX)
    return `${server}__${name} is longer than ${FULL_NAME_MAX} characters.`;
  return undefined;
}

const SECONDS_MIN = 1;
const SECONDS_MAX = 300;

/** Seconds as typed; undefined: not a deadline. */
export function parseSeconds(text: string): number | undefined {
  const seconds = Number(text.trim().replace(',', '.'));
  if (text.trim() === '' || !Number.isFinite(seconds)) return undefined;
  return seconds >= SECONDS_MIN && seconds <= SECONDS_MAX ? Math.round(seconds * 1000) : undefined;
}

export const SECONDS_PROBLEM = `${SECONDS_MIN} to ${SECONDS_MAX} seconds, please.`;

const SECRET_NAME = /^[A-Z][A-Z0-9_]{0,63}$/;

export const SECRET_HINT =
  'Capital letters, digits and underscores. Tools read it as secrets["NAME"].';

/** Why a secret can't have this name. */
export function secretNameProblem(name: string): string | undefined {
  if (name === '') return 'A name, please.';
  return SECRET_NAME.test(name)
    ? undefined
    : 'At most 64 capital letters, digits and underscores, starting with a letter.';
}
