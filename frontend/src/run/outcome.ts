import type { TrialRun } from '../api/types';

type Outcome = TrialRun['outcome'];

const WORDS: Record<Outcome, string> = {
  result: 'Returned',
  tool_error: 'Raised an error',
  timeout: 'Killed at its deadline',
  cpu_limit: 'Killed at its processor limit',
  memory_limit: 'Killed at its memory limit',
  forbidden_syscall: 'Killed: forbidden system call',
  output_limit: 'Stopped: too much output',
  crashed: 'Crashed',
  exited: 'Ended without an answer',
  cancelled: 'Cancelled',
  busy: 'Not run: the sandbox is full',
  sandbox_failed: 'Not run: the sandbox failed',
  rate_limited: 'Not run: the server is called too often',
};

export function outcomeWords(outcome: Outcome): string {
  return WORDS[outcome] ?? outcome;
}

/** Any JSON as text to read; a text as it is. */
export function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  return JSON.stringify(value, null, 2) ?? '';
}

/** The error of a run: a text, or an object with message, type and line. */
export function errorOfRun(error: unknown): string {
  if (typeof error !== 'object' || error === null) return asText(error);
  const { type, message, line } = error as Record<string, unknown>;
  if (typeof message !== 'string') return asText(error);
  const name = typeof type === 'string' && type ? `${type}: ` : '';
  const where = typeof line === 'number' && line > 0 ? ` (line ${line})` : '';
  return `${name}${message}${where}`;
}
