import type { ApprovalStatus } from '../api/types';
import { Chip, type Tone } from '../ui/chip';

const LOOK: Record<ApprovalStatus, [tone: Tone, words: string]> = {
  draft: ['mute', 'Draft'],
  pending_review: ['warn', 'In review'],
  approved: ['ok', 'Approved'],
  rejected: ['bad', 'Rejected'],
};

export function statusWords(status: ApprovalStatus): string {
  return LOOK[status][1];
}

export function ApprovalChip({ status }: { status: ApprovalStatus }) {
  const [tone, words] = LOOK[status];
  return <Chip tone={tone}>{words}</Chip>;
}
