import { useId, type ReactNode } from 'react';

/** Title of a page, with what stands before, under and beside it. */
export function PageHeader({
  title,
  before,
  under,
  actions,
}: {
  title: ReactNode;
  before?: ReactNode;
  under?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3 border-b border-line bg-canvas px-4 pt-5 pb-3 md:px-7 md:pt-6">
      <div className="min-w-0">
        {before}
        <h1 className="text-lg font-semibold tracking-[-.02em] break-words">{title}</h1>
        {under}
      </div>
      {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  );
}

export function Section({
  title,
  aside,
  children,
}: {
  title: string;
  aside?: ReactNode;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="border-b border-line px-4 py-5 last:border-0 md:px-7">
      <div className="mb-3 flex items-center justify-between gap-3">
        <h2 id={id} className="font-semibold">
          {title}
        </h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
