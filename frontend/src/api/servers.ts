import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, unwrap } from './client';
import { KEY } from './keys';
import type { Page, Server, ServerDetail } from './types';

export type ServerStatus = Server['status'];
export type ServerFilter = { search: string; status: ServerStatus | 'all'; page: number };

export function serversQuery({ search, status, page }: ServerFilter, pageSize = 50) {
  return queryOptions({
    queryKey: [KEY.servers, status, search, page, pageSize],
    queryFn: () =>
      unwrap<Page<Server>>(
        api.GET('/api/servers', {
          params: {
            query: {
              page,
              page_size: pageSize,
              ...(search && { search }),
              ...(status !== 'all' && { status }),
            },
          },
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

function at(serverId: string) {
  return { params: { path: { server_id: serverId } } };
}

export function serverQuery(serverId: string) {
  return queryOptions({
    queryKey: [KEY.server, serverId],
    queryFn: () => unwrap<ServerDetail>(api.GET('/api/servers/{server_id}', at(serverId))),
  });
}

export type NewServer = { name: string; description?: string; default_timeout_ms?: number };

export function createServer(body: NewServer): Promise<ServerDetail> {
  return unwrap(api.POST('/api/servers', { body }));
}

export function updateServer(serverId: string, body: Omit<NewServer, 'name'>) {
  return unwrap<ServerDetail>(api.PATCH('/api/servers/{server_id}', { ...at(serverId), body }));
}

/** `force` also deletes a server that is running. */
export function deleteServer(serverId: string, force: boolean) {
  return unwrap(
    api.DELETE('/api/servers/{server_id}', {
      params: { path: { server_id: serverId }, query: { force } },
    }),
  );
}

export type ServerAction = 'start' | 'stop' | 'restart';

export function switchServer(serverId: string, action: ServerAction): Promise<ServerDetail> {
  switch (action) {
    case 'start':
      return unwrap(api.POST('/api/servers/{server_id}/start', at(serverId)));
    case 'stop':
      return unwrap(api.POST('/api/servers/{server_id}/stop', at(serverId)));
    case 'restart':
      return unwrap(api.POST('/api/servers/{server_id}/restart', at(serverId)));
  }
}
