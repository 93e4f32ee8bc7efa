import { useEffect, useState } from 'react';
import { Check, Copy } from 'lucide-react';
import { Button } from './button';

const SHOWN_MS = 2000;

/** Copies `text`, and says so. */
export function CopyButton({
  text,
  label = 'Copy',
  size = 'sm',
}: {
  text: string;
  label?: string;
  size?: 'sm' | 'md';
}) {
  const [state, setState] = useState<'ready' | 'done' | 'failed'>('ready');
  useEffect(() => {
    if (state === 'ready') return undefined;
    const timer = setTimeout(() => setState('ready'), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const Icon = state === 'done' ? Check : Copy;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState('done');
    } catch {
      setState('failed');
    }
  };
  return (
    <Button size={size} onClick={() => void copy()}>
      <Icon size={13} aria-hidden />
      <span aria-live="polite">
        {state === 'ready' ? label : state === 'done' ? 'Copied' : 'Press Ctrl C'}
      </span>
    </Button>
  );
}
