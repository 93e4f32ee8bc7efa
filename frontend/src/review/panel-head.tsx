import type { ReactNode } from 'react';

export function PanelHead({
  id,
  children,
  aside,
}: {
  id: string;
  children: ReactNode;
  aside?: ReactNode;
}) {
  return (
    <div className="flex min-h-10 items-center justify-between gap-3 px-4 py-1.5">
      <h2 id={id} className="font-semibold">
        {children}
      </h2>
      {aside !== undefined && <span className="num shrink-0 text-xs text-ink-3">{aside}</span>}
    </div>
  );
}
