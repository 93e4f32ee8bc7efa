import { choice, pageNumber, text } from '../lib/query-string';
import type { QueueStatus } from '../api/review';

export const STATUSES: readonly (readonly [QueueStatus, string])[] = [
  ['pending_review', 'Waiting'],
  ['draft', 'Drafts'],
  ['approved', 'Approved'],
  ['rejected', 'Rejected'],
  ['all', 'All'],
];

/** The part of the address that the queue keeps. */
export const queueCodec = {
  search: text(),
  status: choice<QueueStatus>(
    STATUSES.map(([value]) => value),
    'pending_review',
  ),
  page: pageNumber(),
};
