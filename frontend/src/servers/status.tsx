import type { Server } from '../api/types';

/** Whether a server runs: a shape and a word. */
export function RunState({ status }: { status: Server['status'] }) {
  const running = status === 'running';
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <svg width="8" height="8" aria-hidden>
        {running ? (
          <circle cx="4" cy="4" r="4" fill="var(--ok)" />
        ) : (
          <circle cx="4" cy="4" r="3" fill="none" stroke="var(--control)" strokeWidth="2" />
        )}
      </svg>
      {running ? 'Running' : 'Stopped'}
    </span>
  );
}
