import createClient, { type Middleware } from 'openapi-fetch';
import { errorOfAnswer, errorOfThrow } from './error';
import type { paths } from './schema';

const TIMEOUT_MS = 30_000;
/** A trial run may take as long as a tool's longest deadline. */
const RUN_TIMEOUT_MS = 310_000;
const RUN_PATH = '/api/tools/test-code';

/** Kept in memory only: never in storage, never in an address. */
let csrf = '';

export function setCsrf(token: string): void {
  csrf = token;
}

type Listener = () => void;
const onEnded = new Set<Listener>();

/** Calls `listener` when the server says that the session has ended. */
export function onSessionEnded(listener: Listener): () => void {
  onEnded.add(listener);
  return () => onEnded.delete(listener);
}

// A 401 from these says "wrong password", or is how one asks who one is.
const ANONYMOUS = new Set(['/auth/session', '/auth/setup', '/auth/status']);

const middleware: Middleware = {
  onRequest({ request, schemaPath }) {
    if (request.method !== 'GET' && csrf) request.headers.set('X-CSRF-Token', csrf);
    const limit = AbortSignal.timeout(schemaPath === RUN_PATH ? RUN_TIMEOUT_MS : TIMEOUT_MS);
    return new Request(request, { signal: AbortSignal.any([request.signal, limit]) });
  },
  onResponse({ response, schemaPath }) {
    if (response.status === 401 && !ANONYMOUS.has(schemaPath)) for (const tell of onEnded) tell();
  },
};

export const api = createClient<paths>({
  baseUrl: location.origin,
  credentials: 'same-origin',
  headers: { Accept: 'application/json' },
});
api.use(middleware);

type Answer = { data?: unknown; error?: unknown; response: Response };

/** The data of a call, or a thrown ApiError. */
export async function unwrap<T = void>(call: Promise<Answer>): Promise<T> {
  let answer: Answer;
  try {
    answer = await call;
  } catch (cause) {
    throw errorOfThrow(cause);
  }
  if (!answer.response.ok)
    throw errorOfAnswer(answer.response.status, answer.response.headers, answer.error);
  return answer.data as T;
}
