const number = new Intl.NumberFormat('en');
const exactTime = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' });
const clock = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hour12: false });

export function count(n: number): string {
  return number.format(n);
}

/** "1 change", "2 changes". */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

const STEPS: [seconds: number, unit: string][] = [
  [86_400 * 365, 'y'],
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
];

/** How long ago, in one unit: "14 min", "2 h", "now". */
export function age(time: string, now: number = Date.now()): string {
  const seconds = Math.max(0, (now - Date.parse(time)) / 1000);
  for (const [size, unit] of STEPS)
    if (seconds >= size) return `${Math.floor(seconds / size)} ${unit}`;
  return 'now';
}

export function exact(time: string): string {
  return exactTime.format(new Date(time));
}

export function clockTime(time: string): string {
  return clock.format(new Date(time));
}

/** 850 -> "850 ms", 2400 -> "2.4 s", 90000 -> "1 min 30 s". */
export function duration(ms: number): string {
  if (ms < 1000) return `${count(Math.round(ms))} ms`;
  if (ms < 60_000) return `${Number((ms / 1000).toFixed(1))} s`;
  const minutes = Math.floor(ms / 60_000);
  const rest = Math.round((ms % 60_000) / 1000);
  return rest ? `${minutes} min ${rest} s` : `${minutes} min`;
}

export function kib(n: number): string {
  return n < 1024 ? `${count(n)} KiB` : `${Number((n / 1024).toFixed(1))} MiB`;
}

/** First eight and last four hex digits, in groups of four. */
export function shortDigest(digest: string): string {
  return `${digest.slice(0, 4)} ${digest.slice(4, 8)} … ${digest.slice(-4)}`;
}
