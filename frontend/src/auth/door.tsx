import type { ReactNode } from 'react';

/** The page around setup and sign-in. */
export function Door({
  title,
  intro,
  children,
}: {
  title: string;
  intro: ReactNode;
  children: ReactNode;
}) {
  return (
    <main className="scroll flex min-h-dvh justify-center bg-canvas px-4 py-10 md:items-center">
      <div className="w-full max-w-[380px]">
        <img src="/icon.svg" alt="mcpbox" width={36} height={36} className="mb-5" />
        <h1 className="text-xl font-semibold tracking-[-.02em]">{title}</h1>
        <div className="mt-1 mb-6 text-pretty text-ink-2">{intro}</div>
        {children}
      </div>
    </main>
  );
}
