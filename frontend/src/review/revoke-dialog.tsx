import { useRef, useState, type FormEvent } from 'react';
import type { ReviewDetail } from '../api/types';
import { Button } from '../ui/button';
import { Dialog, DialogActions } from '../ui/dialog';
import { TextArea } from '../ui/field';
import { FormError } from '../ui/states';

export default function RevokeDialog({
  review,
  busy,
  error,
  onRevoke,
  onClose,
}: {
  review: ReviewDetail;
  busy: boolean;
  error: unknown;
  onRevoke: (reason: string) => void;
  onClose: () => void;
}) {
  const [reason, setReason] = useState('');
  const field = useRef<HTMLTextAreaElement>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!busy) onRevoke(reason.trim());
  };
  return (
    <Dialog open onClose={onClose} title={`Revoke the approval of ${review.name}`} first={field}>
      <form noValidate onSubmit={submit}>
        <p className="mb-3 text-ink-2">
          Calls of <code>{review.full_name}</code> are refused at once, and it waits for review
          again.
        </p>
        <TextArea
          ref={field}
          label="Reason"
          required={false}
          rows={3}
          maxLength={2000}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
        <div className="mt-3">
          <FormError error={error} />
        </div>
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="bad" busy={busy}>
            {busy ? 'Revoking…' : 'Revoke'}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
