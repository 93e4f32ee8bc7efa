import { useRef } from 'react';
import { Check, CornerDownLeft } from 'lucide-react';
import type { ReviewDetail } from '../api/types';
import type { Remark } from '../code/findings';
import { shortDigest } from '../lib/format';
import { Button } from '../ui/button';
import { Dialog, DialogActions } from '../ui/dialog';
import { FormError } from '../ui/states';
import { PowerLine } from './powers-panel';

/** Says once more what the tool may do from now on; Enter confirms. */
export default function ApproveDialog({
  review,
  unseen,
  onSeen,
  busy,
  error,
  onApprove,
  onClose,
}: {
  review: ReviewDetail;
  unseen: readonly Remark[];
  onSeen: (remark: Remark) => void;
  busy: boolean;
  error: unknown;
  onApprove: () => void;
  onClose: () => void;
}) {
  const yes = useRef<HTMLButtonElement>(null);
  const tick = useRef<HTMLInputElement>(null);
  const open = unseen.length > 0;
  const fresh = review.powers.filter((power) => power.new);
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Approve ${review.name} v${review.current_version}`}
      first={open ? tick : yes}
    >
      {open ? (
        <>
          <p className="text-ink-2">
            First mark {unseen.length === 1 ? 'this finding' : `these ${unseen.length} findings`} as
            seen:
          </p>
          <ul className="my-3 grid gap-2">
            {unseen.map((remark, index) => (
              <li key={remark.key}>
                <label className="flex items-start gap-2.5">
                  <input
                    ref={index === 0 ? tick : undefined}
                    type="checkbox"
                    className="tick mt-0.5"
                    checked={false}
                    onChange={() => onSeen(remark)}
                  />
                  <span className="min-w-0 break-words">
                    <span className="font-medium">{remark.title}</span>
                    {remark.line > 0 && <span className="text-ink-3"> line {remark.line}</span>}
                  </span>
                </label>
              </li>
            ))}
          </ul>
        </>
      ) : (
        <>
          <p className="text-ink-2">
            {fresh.length > 0
              ? 'From now on this tool may:'
              : 'It gets no new powers. From now on this version is what a call runs.'}
          </p>
          <ul className="my-3 grid gap-1.5">
            {fresh.map((power) => (
              <li key={`${power.kind} ${power.text}`} className="flex gap-2">
                <span className="font-mono text-ok" aria-hidden>
                  +
                </span>
                <span className="min-w-0">
                  <PowerLine power={power} />
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
      <p className="mb-3 text-2xs text-ink-3">
        You approve exactly <code>{shortDigest(review.digest)}</code>. If a byte has changed
        meanwhile, nothing is approved.
      </p>
      <FormError error={error} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          ref={yes}
          tone="ok"
          busy={busy}
          blocked={open && 'Mark the high findings as seen first.'}
          onClick={onApprove}
        >
          <Check size={15} aria-hidden />
          {busy ? 'Approving…' : 'Approve'}
          <CornerDownLeft size={13} aria-hidden />
        </Button>
      </DialogActions>
    </Dialog>
  );
}
