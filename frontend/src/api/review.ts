import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, unwrap } from './client';
import { KEY } from './keys';
import type { ApprovalStats, ApprovalStatus, Page, ReviewDetail, ReviewItem } from './types';

export type QueueStatus = ApprovalStatus | 'all';
export type QueueFilter = { search: string; status: QueueStatus; page: number };

const PENDING_POLL_MS = 15_000;

/** Counts for the badge; asked again every 15 s while the page is visible. */
export const statsQuery = queryOptions({
  queryKey: [KEY.stats],
  queryFn: () => unwrap<ApprovalStats>(api.GET('/api/approvals/stats')),
  refetchInterval: PENDING_POLL_MS,
  refetchIntervalInBackground: false,
  staleTime: PENDING_POLL_MS,
});

export function queueQuery({ search, status, page }: QueueFilter, pageSize = 20) {
  return queryOptions({
    queryKey: [KEY.reviews, status, search, page, pageSize],
    queryFn: () =>
      unwrap<Page<ReviewItem>>(
        api.GET('/api/approvals/tools', {
          params: { query: { status, page, page_size: pageSize, ...(search && { search }) } },
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function reviewQuery(toolId: string) {
  return queryOptions({
    queryKey: [KEY.review, toolId],
    queryFn: () =>
      unwrap<ReviewDetail>(
        api.GET('/api/approvals/tools/{tool_id}', { params: { path: { tool_id: toolId } } }),
      ),
  });
}

export type Verdict = {
  action: 'approve' | 'reject';
  version: number;
  digest: string;
  powers_digest: string;
  reason?: string;
};

export function decide(toolId: string, body: Verdict): Promise<ReviewDetail> {
  return unwrap(
    api.POST('/api/approvals/tools/{tool_id}/action', {
      params: { path: { tool_id: toolId } },
      body,
    }),
  );
}

export function revoke(toolId: string, reason: string): Promise<ReviewDetail> {
  return unwrap(
    api.POST('/api/approvals/tools/{tool_id}/revoke', {
      params: { path: { tool_id: toolId } },
      body: reason ? { reason } : {},
    }),
  );
}
