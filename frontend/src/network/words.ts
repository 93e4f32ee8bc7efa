import type { NetworkAccess } from '../api/types';

/** "api.example.com:443", "[fd00::7]:80", "nas.lan, any port". */
export function target({ host, port }: Pick<NetworkAccess, 'host' | 'port'>): string {
  const shown = host.includes(':') ? `[${host}]` : host;
  return port === null ? `${host}, any port` : `${shown}:${port}`;
}

/** Whom a grant is for. */
export function holder({
  tool_name,
  server_name,
}: Pick<NetworkAccess, 'tool_name' | 'server_name'>): string {
  return tool_name ?? `every tool of ${server_name}`;
}

/** Why this is not what a person can type as a port; undefined: it is one, or none. */
export function portProblem(text: string): string | undefined {
  if (text.trim() === '') return undefined;
  const port = Number(text);
  return Number.isInteger(port) && port >= 1 && port <= 65535
    ? undefined
    : 'A number from 1 to 65535, or nothing for any port.';
}
