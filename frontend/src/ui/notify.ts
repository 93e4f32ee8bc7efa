/** What a toast says; the toast code loads with the first one. */
export type Notice = {
  title: string;
  description?: string;
  tone?: 'plain' | 'bad';
  action?: { label: string; run: () => void };
};

type Listener = (notice: Notice) => void;

let show: Listener | undefined;
let waiting: Notice[] = [];
let want: (() => void) | undefined;

export function notify(notice: Notice): void {
  if (show) {
    show(notice);
    return;
  }
  waiting.push(notice);
  want?.();
}

/** The shell: called once when the first notice needs a toaster. */
export function onToasterWanted(listener: () => void): () => void {
  want = listener;
  if (waiting.length > 0) listener();
  return () => {
    want = undefined;
  };
}

/** The toaster: takes over, starting with what has waited. */
export function attachToaster(listener: Listener): () => void {
  show = listener;
  for (const notice of waiting) listener(notice);
  waiting = [];
  return () => {
    show = undefined;
  };
}
