/** Where to go after signing in: only a path of this page. */
export function nextPath(query: URLSearchParams): string {
  const next = query.get('next') ?? '/';
  // "//host" and "/\host" would leave the page.
  if (!/^\/(?![/\\])/.test(next)) return '/';
  return /^\/(login|setup)(\/|\?|$)/.test(next) ? '/' : next;
}
