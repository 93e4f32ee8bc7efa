import { lazy, Suspense } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ApiError, errorText } from '../api/error';
import { refresh } from '../api/keys';
import { decide, reviewQuery, revoke, type Verdict } from '../api/review';
import type { ReviewDetail } from '../api/types';
import { useWhyNot } from '../auth/session-context';
import type { Remark } from '../code/findings';
import { notify } from '../ui/notify';
import type { Queue } from './use-queue';

const ApproveDialog = lazy(() => import('./approve-dialog'));
const RejectDialog = lazy(() => import('./reject-dialog'));
const RevokeDialog = lazy(() => import('./revoke-dialog'));
const MovedDialog = lazy(() => import('./moved-dialog'));

export type DialogName = 'approve' | 'reject' | 'revoke' | 'moved';

/** The decisions: what they send, and what happens after. */
function useDecisions(
  review: ReviewDetail,
  queue: Queue,
  onDialog: (name: DialogName | null) => void,
  adopt: (next: ReviewDetail) => void,
) {
  const queries = useQueryClient();
  const keep = (next: ReviewDetail) => {
    queries.setQueryData(reviewQuery(review.id).queryKey, next);
    adopt(next);
  };
  const undo = async () => {
    try {
      keep(await revoke(review.id, ''));
      notify({ title: `Approval of ${review.name} revoked`, description: 'It waits again.' });
    } catch (error) {
      notify({ tone: 'bad', title: 'Not revoked', description: errorText(error) });
    }
    await refresh(queries);
  };
  const verdict = useMutation({
    mutationFn: (choice: Pick<Verdict, 'action' | 'reason'>) =>
      decide(review.id, {
        ...choice,
        // What was on screen; the server refuses when it isn't so any more.
        version: review.current_version,
        digest: review.digest,
        powers_digest: review.powers_digest,
      }),
    onSuccess: async (next, { action }) => {
      const then = queue.filter.status === 'all' ? undefined : queue.after;
      onDialog(null);
      keep(next);
      notify(
        action === 'approve'
          ? {
              title: `Approved ${review.name} v${review.current_version}`,
              description: next.callable
                ? 'Live from the next call on.'
                : 'Callable once it is enabled and its server runs.',
              action: { label: 'Revoke', run: () => void undo() },
            }
          : { title: `Rejected ${review.name} v${review.current_version}` },
      );
      if (then) queue.open(then);
      await refresh(queries);
    },
    onError: (error) => {
      if (error instanceof ApiError && error.slug === 'digest-moved') onDialog('moved');
    },
  });
  const back = useMutation({
    mutationFn: (reason: string) => revoke(review.id, reason),
    onSuccess: async (next) => {
      onDialog(null);
      keep(next);
      notify({
        title: `Approval of ${review.name} revoked`,
        description: 'Calls are refused from now on.',
      });
      await refresh(queries);
    },
  });
  return { verdict, back };
}

export function Dialogs({
  name,
  review,
  list,
  unseen,
  onSeen,
  onDialog,
  adopt,
  queue,
}: {
  name: DialogName | null;
  review: ReviewDetail;
  list: readonly Remark[];
  unseen: readonly Remark[];
  onSeen: (remark: Remark) => void;
  onDialog: (name: DialogName | null) => void;
  adopt: (next: ReviewDetail) => void;
  queue: Queue;
}) {
  const { verdict, back } = useDecisions(review, queue, onDialog, adopt);
  const blocked = useWhyNot('decide');
  const close = () => {
    verdict.reset();
    back.reset();
    onDialog(null);
  };
  if (!name || (blocked && name !== 'moved')) return null;
  return (
    <Suspense>
      {name === 'approve' && (
        <ApproveDialog
          review={review}
          unseen={unseen}
          onSeen={onSeen}
          busy={verdict.isPending}
          error={verdict.error}
          onApprove={() => verdict.mutate({ action: 'approve' })}
          onClose={close}
        />
      )}
      {name === 'reject' && (
        <RejectDialog
          review={review}
          list={list}
          busy={verdict.isPending}
          error={verdict.error}
          onReject={(reason) => verdict.mutate({ action: 'reject', reason })}
          onClose={close}
        />
      )}
      {name === 'revoke' && (
        <RevokeDialog
          review={review}
          busy={back.isPending}
          error={back.error}
          onRevoke={(reason) => back.mutate(reason)}
          onClose={close}
        />
      )}
      {name === 'moved' && <MovedDialog review={review} adopt={adopt} onClose={close} />}
    </Suspense>
  );
}
