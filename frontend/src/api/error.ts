import type { Problem } from './types';

/** Where a wrong value is, as a JSON pointer, and what is wrong with it. */
export type FieldError = { pointer: string; message: string };

const PREFIX = 'urn:mcpbox:problem:';

/** Names that this page gives to failures that never reached the server. */
export const NETWORK = 'network';
export const TIMED_OUT = 'timed-out';
export const CANCELLED = 'cancelled';

const BY_STATUS: Record<number, [slug: string, text: string]> = {
  401: ['unauthorized', 'Sign in to go on.'],
  403: ['forbidden', 'You are not allowed to do this.'],
  404: ['not-found', 'There is no such thing.'],
  409: ['conflict', 'The current state does not allow this.'],
  413: ['too-large', 'The request is too large.'],
  422: ['invalid', 'Some values are not valid.'],
  429: ['rate-limited', 'Too many requests. Wait, then try again.'],
  502: ['unavailable', 'The server does not answer. Try again in a moment.'],
  503: ['unavailable', 'A part of the server is not reachable. Try again in a moment.'],
  504: ['timeout', 'It took too long.'],
};

/** Every failed call rejects with one of these; the page switches on `slug`. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    /** Last part of the problem's type, or one of NETWORK, TIMED_OUT, CANCELLED. */
    readonly slug: string,
    /** HTTP status; 0 when no answer came. */
    readonly status: number,
    /** A sentence for the person. */
    message: string,
    readonly errors: readonly FieldError[] = [],
    readonly requestId: string | null = null,
    /** Seconds to wait, when the server says so. */
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }

  /** Message for the field at `pointer`, if the server complained about it. */
  at(pointer: string): string | undefined {
    return this.errors.find((error) => error.pointer === pointer)?.message;
  }
}

function isProblem(body: unknown): body is Partial<Problem> {
  return typeof body === 'object' && body !== null && ('type' in body || 'title' in body);
}

/** An answer that is not a success. */
export function errorOfAnswer(status: number, headers: Headers, body: unknown): ApiError {
  const [slug, text] = BY_STATUS[status] ?? ['internal', 'Something went wrong on the server.'];
  const after = Number(headers.get('Retry-After'));
  const retryAfter = Number.isFinite(after) && after > 0 ? after : null;
  const header = headers.get('X-Request-Id');
  if (!isProblem(body)) return new ApiError(slug, status, text, [], header, retryAfter);
  const named = body.type?.startsWith(PREFIX) ? body.type.slice(PREFIX.length) : slug;
  return new ApiError(
    named,
    status,
    body.detail || body.title || text,
    body.errors ?? [],
    body.request_id ?? header,
    retryAfter,
  );
}

/** A call that got no answer at all. */
export function errorOfThrow(cause: unknown): ApiError {
  if (cause instanceof ApiError) return cause;
  const name = cause instanceof Error ? cause.name : '';
  if (name === 'TimeoutError')
    return new ApiError(TIMED_OUT, 0, 'The server did not answer in time.');
  if (name === 'AbortError') return new ApiError(CANCELLED, 0, 'Cancelled.');
  return new ApiError(NETWORK, 0, 'The server cannot be reached. Check the connection.');
}

/** Text of any thrown value; never a stack. */
export function errorText(error: unknown): string {
  return error instanceof ApiError ? error.message : 'Something went wrong in the page.';
}

/** Reads are worth one more try when nothing or a gateway answered. */
export function worthRetrying(failures: number, error: unknown): boolean {
  if (failures >= 1 || !(error instanceof ApiError)) return false;
  return error.slug === NETWORK || [502, 503, 504].includes(error.status);
}
