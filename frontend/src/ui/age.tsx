import { useSyncExternalStore } from 'react';
import { age, exact } from '../lib/format';

// One clock for all ages on the page.
const listeners = new Set<() => void>();
let minute = Math.floor(Date.now() / 60_000);
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    minute = Math.floor(Date.now() / 60_000);
    for (const tell of listeners) tell();
  }, 20_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** A time as "14 min"; the exact one on hover. */
export function Age({ time, suffix = '' }: { time: string; suffix?: string }) {
  useSyncExternalStore(subscribe, () => minute);
  const text = age(time);
  return (
    <time dateTime={time} title={exact(time)} className="num whitespace-nowrap">
      {text}
      {text === 'now' ? '' : suffix}
    </time>
  );
}
