import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from './client';
import { KEY } from './keys';
import type { AppConfig, HealthServices } from './types';

export const healthQuery = queryOptions({
  queryKey: [KEY.health],
  queryFn: () => unwrap<HealthServices>(api.GET('/health/services')),
  refetchInterval: 30_000,
  refetchIntervalInBackground: false,
});

export const configQuery = queryOptions({
  queryKey: [KEY.config],
  queryFn: () => unwrap<AppConfig>(api.GET('/api/config')),
  staleTime: Infinity,
});
