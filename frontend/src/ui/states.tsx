import type { ReactNode } from 'react';
import { CircleAlert, RotateCw } from 'lucide-react';
import type { UseQueryResult } from '@tanstack/react-query';
import { ApiError, errorText } from '../api/error';
import { cx } from '../lib/cx';
import { clockTime } from '../lib/format';
import { Button } from './button';

/** A grey bar where text will be; appears after 150 ms. */
export function Bone({ className }: { className: string }) {
  return <div className={cx('skeleton', className)} aria-hidden />;
}

/** Rows of a list or table that is being read. */
export function SkeletonRows({ rows = 5, label }: { rows?: number; label: string }) {
  return (
    <div role="status" aria-busy="true">
      <span className="sr-only">{label}</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="border-b border-line px-4 py-3 md:px-7">
          <Bone className={cx('h-3.5', row % 2 ? 'w-40' : 'w-52')} />
          <Bone className="mt-2 h-2.5 w-28" />
        </div>
      ))}
    </div>
  );
}

/** One sentence and one action. */
export function EmptyState({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="flex flex-col items-start gap-3 px-4 py-8 md:px-7">
      <p className="text-base font-medium text-balance">{title}</p>
      {children}
    </div>
  );
}

function requestId(error: unknown): string | null {
  return error instanceof ApiError ? error.requestId : null;
}

/** What failed, the request id to find it in the log, and Retry. */
export function ErrorState({
  error,
  what,
  onRetry,
}: {
  error: unknown;
  what: string;
  onRetry?: () => void;
}) {
  const id = requestId(error);
  return (
    <div role="alert" className="flex items-start gap-2.5 px-4 py-6 md:px-7">
      <CircleAlert size={17} className="mt-0.5 shrink-0 text-bad" aria-hidden />
      <div className="min-w-0">
        <p className="font-medium">{what}</p>
        <p className="mt-0.5 text-ink-2">{errorText(error)}</p>
        {id && (
          <p className="mt-1 text-xs break-all text-ink-3">
            Request <code>{id}</code>
          </p>
        )}
        {onRetry && (
          <Button className="mt-3" onClick={onRetry}>
            <RotateCw size={14} aria-hidden />
            Try again
          </Button>
        )}
      </div>
    </div>
  );
}

/** A failed write, inside the form or dialog that sent it. */
export function FormError({ error }: { error: unknown }) {
  if (!error) return null;
  const id = requestId(error);
  return (
    <p role="alert" className="flex items-start gap-2 rounded-md bg-bad-soft px-3 py-2 text-bad">
      <CircleAlert size={15} className="mt-0.5 shrink-0" aria-hidden />
      <span className="min-w-0">
        {errorText(error)}
        {id && <code className="block text-2xs break-all">Request {id}</code>}
      </span>
    </p>
  );
}

/** Old data is on screen because reading it again failed. */
export function StaleBanner({ query, what }: { query: UseQueryResult; what: string }) {
  if (!query.isError || query.data === undefined) return null;
  return (
    <div
      role="status"
      className="flex items-center gap-2 border-b border-line bg-warn-soft px-4 py-1.5 text-xs text-warn md:px-7"
    >
      <span className="min-w-0 flex-1">
        {what} as of {clockTime(new Date(query.dataUpdatedAt).toISOString())}:{' '}
        {errorText(query.error)}
      </span>
      <Button size="sm" onClick={() => void query.refetch()}>
        Try again
      </Button>
    </div>
  );
}

/** The three first states of a read; draws `children` once there is data. */
export function Loaded<T>({
  query,
  what,
  skeleton,
  children,
}: {
  query: UseQueryResult<T>;
  /** "The servers could not be read." */
  what: string;
  skeleton: ReactNode;
  children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  if (query.isError)
    return <ErrorState error={query.error} what={what} onRetry={() => void query.refetch()} />;
  return skeleton;
}
