import type { QueryClient } from '@tanstack/react-query';

/** First elements of the query keys: what can be marked stale together. */
export const KEY = {
  session: 'session',
  account: 'account',
  stats: 'stats',
  reviews: 'reviews',
  review: 'review',
  servers: 'servers',
  server: 'server',
  tool: 'tool',
  secrets: 'secrets',
  network: 'network',
  versions: 'versions',
  comparison: 'comparison',
  health: 'health',
  config: 'config',
} as const;

const CHANGING: ReadonlySet<string> = new Set([
  KEY.stats,
  KEY.reviews,
  KEY.review,
  KEY.servers,
  KEY.server,
  KEY.tool,
  KEY.secrets,
  KEY.network,
  KEY.versions,
]);

/** After a change to a server or a tool: whatever may show it is read again. */
export function refresh(client: QueryClient): Promise<void> {
  return client.invalidateQueries({
    predicate: ({ queryKey }) => CHANGING.has(String(queryKey[0])),
  });
}
