import { useEffect } from 'react';

let page = '';
let pending = 0;

function show(): void {
  const name = page ? `${page} · mcpbox` : 'mcpbox';
  document.title = pending > 0 ? `(${pending}) ${name}` : name;
}

/** Names the page in the document's title. */
export function useTitle(name: string): void {
  useEffect(() => {
    page = name;
    show();
  }, [name]);
}

/** Puts the number of waiting changes before it. */
export function usePendingInTitle(count: number): void {
  useEffect(() => {
    pending = count;
    show();
    return () => {
      pending = 0;
      show();
    };
  }, [count]);
}
