const PASSWORD_MIN = 12;
const PASSWORD_MAX = 128;

/** Words that make a long password weak; matched without case and look-alikes. */
const COMMON = [
  'password',
  'passwort',
  'passphrase',
  'letmein',
  'welcome',
  'qwerty',
  'qwertz',
  'asdfgh',
  'administrator',
  'changeme',
  'iloveyou',
  'dragon',
  'monkey',
  'football',
  'baseball',
  'sunshine',
  'princess',
  'trustno',
  'mcpbox',
  '123456',
  '654321',
  'abcdef',
];

const LOOK_ALIKES: Record<string, string> = { '0': 'o', '1': 'l', '3': 'e', '4': 'a', '5': 's' };

function plain(password: string): string {
  return password
    .toLowerCase()
    .replaceAll('@', 'a')
    .replaceAll('$', 's')
    .replace(/[01345]/g, (digit) => LOOK_ALIKES[digit] ?? digit);
}

/** What is left when runs ("aaaa", "1234") and common words count as one character. */
function effectiveLength(password: string): number {
  let rest = password.toLowerCase();
  for (const word of COMMON) rest = rest.replaceAll(word, '*');
  rest = plain(rest);
  for (const word of COMMON) rest = rest.replaceAll(word, '*');
  let length = 0;
  let step = Number.NaN;
  for (let i = 0; i < rest.length; i += 1) {
    const next = rest.charCodeAt(i) - rest.charCodeAt(i - 1);
    if (i === 0 || next !== step || Math.abs(next) > 1) length += 1;
    step = next;
  }
  return length;
}

export type Strength = { score: 0 | 1 | 2 | 3 | 4; word: string };

const WORDS: Record<Strength['score'], string> = {
  0: 'Too short',
  1: 'Easy to guess',
  2: 'Fair',
  3: 'Good',
  4: 'Strong',
};

/** A hint, not a gate: length counts, repetition and well-known words don't. */
export function strength(password: string): Strength {
  const score = ((): Strength['score'] => {
    if (password.length < PASSWORD_MIN) return 0;
    const length = effectiveLength(password);
    if (length < 9) return 1;
    const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z\d]/].filter((kind) => kind.test(password));
    const worth = length + 2 * (kinds.length - 1);
    if (worth < 14) return 2;
    return worth < 19 ? 3 : 4;
  })();
  return { score, word: WORDS[score] };
}

export type Rule = { text: string; met: boolean };

/** The rules that the server enforces, and one that we advise. */
export function passwordRules(password: string, username: string): Rule[] {
  const name = username.toLowerCase();
  return [
    { text: `At least ${PASSWORD_MIN} characters`, met: password.length >= PASSWORD_MIN },
    { text: `At most ${PASSWORD_MAX} characters`, met: password.length <= PASSWORD_MAX },
    {
      text: 'Does not contain the username',
      met: name.length < 3 || !password.toLowerCase().includes(name),
    },
  ];
}

export function passwordProblem(password: string, username: string): string | undefined {
  const broken = passwordRules(password, username).find((rule) => !rule.met);
  return broken && `${broken.text}, please.`;
}

const USERNAME = /^[a-zA-Z][a-zA-Z0-9_]{2,49}$/;

export function usernameProblem(username: string): string | undefined {
  if (USERNAME.test(username)) return undefined;
  return '3 to 50 letters, digits and underscores, starting with a letter.';
}
