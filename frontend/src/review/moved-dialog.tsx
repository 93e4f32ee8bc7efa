import { useEffect, useRef } from 'react';
import { useQuery } from '@tanstack/react-query';
import { reviewQuery } from '../api/review';
import type { Power, ReviewDetail } from '../api/types';
import { Comparison } from '../tools/comparison';
import { Button } from '../ui/button';
import { Dialog, DialogActions } from '../ui/dialog';
import { Bone, ErrorState } from '../ui/states';
import { PowerLine } from './powers-panel';

/** The server refused: what was on screen isn't what it has.  Shows what moved. */
export default function MovedDialog({
  review,
  adopt,
  onClose,
}: {
  /** As it was on screen. */
  review: ReviewDetail;
  adopt: (next: ReviewDetail) => void;
  onClose: () => void;
}) {
  const query = useQuery({ ...reviewQuery(review.id), staleTime: 0 });
  const { refetch } = query;
  useEffect(() => void refetch(), [refetch]);
  const read = useRef<HTMLButtonElement>(null);
  const fresh = query.isFetching ? undefined : query.data;
  const newer = fresh && fresh.current_version !== review.current_version;
  return (
    <Dialog
      open
      insistent
      width="wide"
      onClose={onClose}
      first={read}
      title={
        newer
          ? `v${review.current_version} was replaced by v${fresh.current_version} while you were reading`
          : 'It changed while you were reading'
      }
    >
      <p className="text-ink-2">Nothing was decided. This is what moved:</p>
      <div className="my-3">
        {query.isError && !query.isFetching ? (
          <ErrorState
            error={query.error}
            what="The new state could not be read."
            onRetry={() => void refetch()}
          />
        ) : fresh ? (
          newer ? (
            <Comparison
              toolId={review.id}
              from={review.current_version}
              to={fresh.current_version}
            />
          ) : (
            <MovedPowers before={review.powers} after={fresh.powers} />
          )
        ) : (
          <Bone className="h-24 w-full" />
        )}
      </div>
      <DialogActions>
        <Button
          ref={read}
          tone="primary"
          busy={!fresh}
          onClick={() => {
            if (fresh) adopt(fresh);
            onClose();
          }}
        >
          {newer ? `Read v${fresh.current_version}` : 'Read it again'}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

function MovedPowers({ before, after }: { before: readonly Power[]; after: readonly Power[] }) {
  const id = (power: Power) => `${power.kind} ${power.text}`;
  const gone = before.filter((power) => !after.some((other) => id(other) === id(power)));
  const come = after.filter((power) => !before.some((other) => id(other) === id(power)));
  if (gone.length + come.length === 0)
    return <p className="text-ink-2">Its state: someone else may have decided on it.</p>;
  return (
    <ul className="grid gap-1.5">
      {come.map((power) => (
        <li key={id(power)}>
          <span className="mr-2 font-mono text-ok">+</span>
          <PowerLine power={power} />
        </li>
      ))}
      {gone.map((power) => (
        <li key={id(power)}>
          <span className="mr-2 font-mono text-bad">−</span>
          <PowerLine power={power} />
        </li>
      ))}
    </ul>
  );
}
