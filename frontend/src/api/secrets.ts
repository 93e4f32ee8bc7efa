import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from './client';
import { KEY } from './keys';
import type { Secret } from './types';

export function secretsQuery(serverId: string) {
  return queryOptions({
    queryKey: [KEY.secrets, serverId],
    queryFn: () =>
      unwrap<{ items: Secret[]; total: number }>(
        api.GET('/api/servers/{server_id}/secrets', { params: { path: { server_id: serverId } } }),
      ),
  });
}

export function createSecret(serverId: string, key_name: string, description: string) {
  return unwrap<Secret>(
    api.POST('/api/servers/{server_id}/secrets', {
      params: { path: { server_id: serverId } },
      body: { key_name, ...(description && { description }) },
    }),
  );
}

function at(secret: Pick<Secret, 'server_id' | 'key_name'>) {
  return { params: { path: { server_id: secret.server_id, key_name: secret.key_name } } };
}

/** The value goes out once and never comes back. */
export function setSecret(secret: Pick<Secret, 'server_id' | 'key_name'>, value: string) {
  return unwrap<Secret>(
    api.PUT('/api/servers/{server_id}/secrets/{key_name}', { ...at(secret), body: { value } }),
  );
}

export function deleteSecret(secret: Pick<Secret, 'server_id' | 'key_name'>) {
  return unwrap(api.DELETE('/api/servers/{server_id}/secrets/{key_name}', at(secret)));
}
