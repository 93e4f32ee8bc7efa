/**
 * The one place that knows what the generator calls things.  Everything else
 * imports its types from here, so a renamed schema component is one edit.
 */
import type { components } from './schema';

type Schemas = components['schemas'];

/** JSON Schema as the server derives it from a tool's `main`. */
export type JsonSchema = { readonly [keyword: string]: unknown };

export type AuthStatus = Schemas['AuthStatus'];
export type SessionInfo = Schemas['SessionInfo'];
export type Account = Schemas['Me'];
export type Role = SessionInfo['user']['role'];

export type Server = Schemas['Server'];
export type ServerDetail = Schemas['ServerDetail'];
export type ServerTool = ServerDetail['tools'][number];

export type Tool = Omit<Schemas['Tool'], 'input_schema'> & { input_schema: JsonSchema };
export type ApprovalStatus = Schemas['ToolSummary']['approval_status'];
export type ToolVersionSummary = Schemas['VersionSummary'];
export type VersionComparison = Schemas['VersionComparison'];

export type Finding = Schemas['Finding'];
export type Severity = Finding['severity'];
export type CodeReport = Schemas['CodeCheck'];
export type TrialRun = Schemas['TrialRun'];

export type ReviewItem = Schemas['ReviewItem'];
export type Power = Schemas['Power'];
export type Decision = Schemas['Decision'];
type ReviewBase = Omit<NonNullable<Schemas['ReviewDetail']['base']>, 'input_schema'> & {
  input_schema: JsonSchema;
};
export type ReviewDetail = Omit<Schemas['ReviewDetail'], 'input_schema' | 'base'> & {
  input_schema: JsonSchema;
  base: ReviewBase | null;
};
export type ApprovalStats = Schemas['ApprovalStats'];

export type Secret = Schemas['Secret'];
export type NetworkAccess = Schemas['NetworkAccess'];

export type HealthServices = Schemas['HealthServices'];
export type SandboxLayer = HealthServices['services']['sandbox']['layers'][number];
export type AppConfig = Schemas['AppConfig'];

/** Body of an error answer (RFC 9457). */
export type Problem = Schemas['Problem'];

/** One page of a list. */
export type Page<T> = {
  items: T[];
  total: number;
  page: number;
  page_size: number;
  pages: number;
};
