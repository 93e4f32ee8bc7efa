import { expect, it } from 'vitest';
import { powerText, powerWords } from './power-words';

it.each([
  ['host', 'api.example.com:443', 'Connect to', 'api.example.com:443'],
  ['host', 'Connect to pbs.lan:443', 'Connect to', 'pbs.lan:443'],
  ['secret', 'B2_APP_KEY', 'Read the secret', 'B2_APP_KEY'],
  ['secret', 'Reads the secret B2_APP_KEY', 'Read the secret', 'B2_APP_KEY'],
  ['run', 'Runs in the sandbox for up to 30 seconds', 'Run in the sandbox for', 'up to 30 seconds'],
  ['module', 'numpy 2.1', 'Import', 'numpy 2.1'],
  ['module', 'Imports os.path', 'Import', 'os.path'],
  ['host', 'Reaches a.example, port 443', 'Reach', 'a.example, port 443'],
  ['run', 'Runs with up to 64 MiB of memory', 'Run', 'with up to 64 MiB of memory'],
  ['serve', 'Is read by clients as x:y', 'Be read by clients as', 'x:y'],
  ['client', "Asks the client's user to fill in forms", 'Ask', "the client's user to fill in forms"],
  ['run', 'Run for up to 60 s', 'Run for', 'up to 60 s'],
  ['run', 'Run Python for up to 30 s', 'Run', 'Python for up to 30 s'],
  ['run', 'Runs as a task, and goes on after the call', 'Run', 'as a task, and goes on after the call'],
  ['serve', 'Is read by clients as test://a', 'Be read by clients as', 'test://a'],
  ['run', 'Up to 60 s of computing', '', 'Up to 60 s of computing'],
] as const)('%s: %s', (kind, text, verb, what) => {
  expect(powerWords({ kind, text })).toEqual({ verb, what });
});

it('reads the same whichever way the server says it', () => {
  expect(powerText({ kind: 'host', text: 'a:443' })).toBe(
    powerText({ kind: 'host', text: 'Connect to a:443' }),
  );
  expect(powerText({ kind: 'run', text: 'Anything' })).toBe('Anything');
});
