import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, unwrap } from './client';
import { KEY } from './keys';
import type { NetworkAccess, Page } from './types';

export type NetworkStatus = NetworkAccess['status'] | 'all';
export type NetworkFilter = {
  search: string;
  status: NetworkStatus;
  page: number;
  serverId?: string;
};

export function networkQuery({ search, status, page, serverId }: NetworkFilter, pageSize = 50) {
  return queryOptions({
    queryKey: [KEY.network, serverId ?? '', status, search, page, pageSize],
    queryFn: () =>
      unwrap<Page<NetworkAccess>>(
        api.GET('/api/approvals/network', {
          params: {
            query: {
              page,
              page_size: pageSize,
              status,
              ...(search && { search }),
              ...(serverId && { server_id: serverId }),
            },
          },
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

function at(id: string) {
  return { params: { path: { request_id: id } } };
}

export type NetworkDecision =
  | { action: 'approve'; private?: boolean }
  | { action: 'reject'; reason: string };

export function decideNetwork(id: string, body: NetworkDecision) {
  return unwrap<NetworkAccess>(
    api.POST('/api/approvals/network/{request_id}/action', { ...at(id), body }),
  );
}

export function revokeNetwork(id: string, reason: string) {
  return unwrap<NetworkAccess>(
    api.POST('/api/approvals/network/{request_id}/revoke', {
      ...at(id),
      body: reason ? { reason } : {},
    }),
  );
}

export type NetworkWish = {
  server_id: string;
  host: string;
  port: number | null;
  justification: string;
};

export function requestNetwork(body: NetworkWish) {
  return unwrap<NetworkAccess>(api.POST('/api/approvals/network', { body }));
}
