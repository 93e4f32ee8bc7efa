import type { ReactNode } from 'react';

export function Kbd({ children }: { children: ReactNode }) {
  return (
    <kbd className="inline-flex h-[18px] min-w-[18px] items-center justify-center rounded-sm border border-current/35 px-1 text-2xs leading-none font-medium">
      {children}
    </kbd>
  );
}
