import { lazy, Suspense, type FormEvent, type ReactNode } from 'react';
import { CodeSkeleton } from '../code/skeleton';
import { ChunkBoundary } from '../ui/chunk-boundary';
import { ValidationPanel } from './validation-panel';
import type { Validation } from './use-validation';

const CodeEditor = lazy(() => import('../code/editor'));

export const CODE_MAX = 100_000;

/** The editor with what the server says beside it, and fields under that. */
export function CodeForm({
  code,
  onCode,
  validation,
  name,
  error,
  onSubmit,
  children,
}: {
  code: string;
  onCode: (code: string) => void;
  validation: Validation;
  name: string;
  /** What the server said about the code when it was sent. */
  error: string | undefined;
  onSubmit: () => void;
  children: ReactNode;
}) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <form
      noValidate
      onSubmit={submit}
      className="flex min-h-0 flex-1 max-lg:flex-col lg:overflow-hidden"
    >
      <div className="flex min-h-[320px] min-w-0 flex-1 flex-col">
        <div className="min-h-0 flex-1">
          <ChunkBoundary>
            <Suspense fallback={<CodeSkeleton />}>
              <CodeEditor
                value={code}
                onChange={onCode}
                notes={validation.notes}
                name={name}
                describedBy="editor-keys"
              />
            </Suspense>
          </ChunkBoundary>
        </div>
        <p
          id="editor-keys"
          className="flex flex-wrap justify-between gap-x-4 border-t border-line px-3 py-1 text-2xs text-ink-3"
        >
          <span>
            <kbd>Tab</kbd> indents; <kbd>Esc</kbd> then <kbd>Tab</kbd> leaves the editor.
          </span>
          <span className={code.length > CODE_MAX ? 'num font-medium text-bad' : 'num'}>
            {code.length.toLocaleString('en')} of {CODE_MAX.toLocaleString('en')} characters
          </span>
        </p>
      </div>
      <aside
        aria-label="Check and save"
        className="scroll grid shrink-0 content-start gap-4 overflow-y-auto border-line bg-canvas p-4 max-lg:border-t lg:w-[320px] lg:border-l"
      >
        <ValidationPanel validation={validation} />
        {error && (
          <p role="alert" className="text-xs font-medium break-words text-bad">
            {error}
          </p>
        )}
        {children}
      </aside>
    </form>
  );
}
