import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, unwrap } from './client';
import { KEY } from './keys';
import type {
  CodeReport,
  Page,
  Tool,
  ToolVersionSummary,
  TrialRun,
  VersionComparison,
} from './types';

function at(toolId: string) {
  return { params: { path: { tool_id: toolId } } };
}

export function toolQuery(toolId: string) {
  return queryOptions({
    queryKey: [KEY.tool, toolId],
    queryFn: () => unwrap<Tool>(api.GET('/api/tools/{tool_id}', at(toolId))),
  });
}

export type ToolContent = {
  title?: string;
  description?: string;
  python_code?: string;
  /** null: the server's. */
  timeout_ms?: number | null;
  change_summary?: string;
  enabled?: boolean;
};

export function createTool(
  serverId: string,
  body: ToolContent & { name: string; python_code: string },
): Promise<Tool> {
  return unwrap(
    api.POST('/api/servers/{server_id}/tools', {
      params: { path: { server_id: serverId } },
      body,
    }),
  );
}

export function updateTool(toolId: string, body: ToolContent): Promise<Tool> {
  return unwrap(api.PATCH('/api/tools/{tool_id}', { ...at(toolId), body }));
}

export function deleteTool(toolId: string) {
  return unwrap(api.DELETE('/api/tools/{tool_id}', at(toolId)));
}

export function requestPublish(toolId: string, notes: string): Promise<Tool> {
  return unwrap(
    api.POST('/api/tools/{tool_id}/request-publish', {
      ...at(toolId),
      body: notes ? { notes } : {},
    }),
  );
}

export function versionsQuery(toolId: string, page: number, pageSize = 20) {
  return queryOptions({
    queryKey: [KEY.versions, toolId, page, pageSize],
    queryFn: () =>
      unwrap<Page<ToolVersionSummary>>(
        api.GET('/api/tools/{tool_id}/versions', {
          params: { path: { tool_id: toolId }, query: { page, page_size: pageSize } },
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

/** Versions never change, so neither does what differs between two of them. */
export function comparisonQuery(toolId: string, from: number, to: number) {
  return queryOptions({
    queryKey: [KEY.comparison, toolId, from, to],
    queryFn: () =>
      unwrap<VersionComparison>(
        api.GET('/api/tools/{tool_id}/versions/compare', {
          params: { path: { tool_id: toolId }, query: { from_version: from, to_version: to } },
        }),
      ),
    staleTime: Infinity,
  });
}

export function rollback(toolId: string, version: number): Promise<Tool> {
  return unwrap(
    api.POST('/api/tools/{tool_id}/versions/{version}/rollback', {
      params: { path: { tool_id: toolId, version } },
    }),
  );
}

export function validateCode(code: string, signal?: AbortSignal): Promise<CodeReport> {
  return unwrap(
    api.POST('/api/tools/validate-code', {
      body: { python_code: code },
      ...(signal && { signal }),
    }),
  );
}

/**
 * A run of the version that was looked at: a test with the secrets and the
 * network that it asks for, or a trial without.
 */
export function testCode(
  toolId: string,
  version: number,
  args: Record<string, unknown>,
  signal?: AbortSignal,
): Promise<TrialRun> {
  return unwrap(
    api.POST('/api/tools/test-code', {
      body: { tool_id: toolId, version, arguments: args },
      ...(signal && { signal }),
    }),
  );
}
