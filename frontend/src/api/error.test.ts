import { describe, expect, it } from 'vitest';
import {
  ApiError,
  CANCELLED,
  errorOfAnswer,
  errorOfThrow,
  errorText,
  NETWORK,
  TIMED_OUT,
  worthRetrying,
} from './error';

const none = new Headers();

describe('errorOfAnswer', () => {
  it('takes slug, detail, field errors and request id from a problem', () => {
    const error = errorOfAnswer(409, none, {
      type: 'urn:mcpbox:problem:digest-moved',
      title: 'Moved',
      status: 409,
      detail: 'It changed.',
      errors: [{ pointer: '/digest', message: 'moved' }],
      request_id: 'abc',
    });
    expect(error).toMatchObject({ slug: 'digest-moved', status: 409, message: 'It changed.' });
    expect(error.at('/digest')).toBe('moved');
    expect(error.at('/name')).toBeUndefined();
    expect(error.requestId).toBe('abc');
  });

  it('falls back to the status for a body that is no problem', () => {
    const error = errorOfAnswer(502, new Headers({ 'X-Request-Id': 'r1' }), '<html>Bad Gateway');
    expect(error).toMatchObject({ slug: 'unavailable', status: 502, requestId: 'r1' });
    expect(error.message).not.toContain('<html>');
  });

  it('uses the title without a detail, and ignores a foreign type', () => {
    expect(
      errorOfAnswer(404, none, { type: 'about:blank', title: 'Gone', status: 404 }),
    ).toMatchObject({ slug: 'not-found', message: 'Gone' });
  });

  it('reads Retry-After in seconds only', () => {
    const retry = (value: string) =>
      errorOfAnswer(429, new Headers({ 'Retry-After': value }), null).retryAfter;
    expect(retry('30')).toBe(30);
    expect(retry('Wed, 21 Oct 2026 07:28:00 GMT')).toBeNull();
  });

  it('knows an unknown status', () => {
    expect(errorOfAnswer(418, none, null).slug).toBe('internal');
  });
});

describe('errorOfThrow', () => {
  it.each([
    [new TypeError('Failed to fetch'), NETWORK],
    [new DOMException('late', 'TimeoutError'), TIMED_OUT],
    [new DOMException('stop', 'AbortError'), CANCELLED],
    ['odd', NETWORK],
  ])('%s', (cause, slug) => expect(errorOfThrow(cause).slug).toBe(slug));

  it('keeps an ApiError', () => {
    const error = new ApiError('invalid', 422, 'x');
    expect(errorOfThrow(error)).toBe(error);
  });
});

describe('worthRetrying', () => {
  const at = (status: number) => new ApiError('x', status, 'x');
  it('once, for the network and gateways', () => {
    expect(worthRetrying(0, new ApiError(NETWORK, 0, 'x'))).toBe(true);
    expect([502, 503, 504].every((status) => worthRetrying(0, at(status)))).toBe(true);
    expect(worthRetrying(1, at(503))).toBe(false);
  });
  it('never for an answer', () => {
    expect([400, 401, 404, 409, 422, 500].some((status) => worthRetrying(0, at(status)))).toBe(
      false,
    );
    expect(worthRetrying(0, new Error('bug'))).toBe(false);
  });
});

it('never shows the text of a foreign error', () => {
  expect(errorText(new Error('secret at line 3'))).not.toContain('secret');
});
