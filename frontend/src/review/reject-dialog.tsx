import { useMemo, useRef, useState, type FormEvent } from 'react';
import { X } from 'lucide-react';
import { ApiError } from '../api/error';
import type { ReviewDetail } from '../api/types';
import type { Remark } from '../code/findings';
import { Button } from '../ui/button';
import { Dialog, DialogActions } from '../ui/dialog';
import { TextArea } from '../ui/field';
import { FormError } from '../ui/states';
import { suggestions } from './suggestions';

const REASON_MAX = 2000;

/** A rejection needs a reason: it is all that the author gets. */
export default function RejectDialog({
  review,
  list,
  busy,
  error,
  onReject,
  onClose,
}: {
  review: ReviewDetail;
  list: readonly Remark[];
  busy: boolean;
  error: unknown;
  onReject: (reason: string) => void;
  onClose: () => void;
}) {
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const ready = useMemo(() => suggestions(list), [list]);
  const empty = reason.trim() === '';
  const told = error instanceof ApiError ? error.at('/reason') : undefined;
  const problem = tried && empty ? 'Say what must change; the author sees nothing else.' : told;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (empty) field.current?.focus();
    else if (!busy) onReject(reason.trim());
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Reject ${review.name} v${review.current_version}`}
      first={field}
    >
      <form noValidate onSubmit={submit}>
        <p className="text-ink-2">
          The author gets this text and may submit again.
          {review.approved_version !== null && ' Calls stay refused until a version is approved.'}
        </p>
        <ul className="my-3 flex flex-wrap gap-1.5" aria-label="Suggestions">
          {ready.map((text) => (
            <li key={text} className="min-w-0">
              <button
                type="button"
                onClick={() => {
                  setReason((old) => `${old}${old.trim() ? '\n' : ''}${text}.`);
                  field.current?.focus();
                }}
                className="rounded-md border border-line-2 px-2 py-1 text-left text-xs break-words text-ink-2 hover:bg-hover"
              >
                {text}
              </button>
            </li>
          ))}
        </ul>
        <TextArea
          ref={field}
          label="Reason"
          required
          rows={4}
          maxLength={REASON_MAX}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          error={problem}
          hint={`${reason.length} of ${REASON_MAX}`}
        />
        <div className="mt-3">
          <FormError error={told ? null : error} />
        </div>
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="bad" busy={busy}>
            <X size={15} aria-hidden />
            {busy ? 'Rejecting…' : 'Reject'}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
