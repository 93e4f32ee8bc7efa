import { Fingerprint } from 'lucide-react';
import type { ReviewDetail } from '../api/types';
import type { Remark } from '../code/findings';
import { useWhyNot } from '../auth/session-context';
import { shortDigest } from '../lib/format';
import { Button } from '../ui/button';
import { Kbd } from '../ui/kbd';
import type { DialogName } from './dialogs';

/** Always in sight: what is being decided on, and the decision. */
export function SignOffBar({
  review,
  compared,
  moved,
  unseen,
  onUnseen,
  onDialog,
}: {
  review: ReviewDetail;
  compared: number | null;
  moved: boolean;
  unseen: readonly Remark[];
  onUnseen: (remark: Remark) => void;
  onDialog: (name: DialogName) => void;
}) {
  const role = useWhyNot('decide');
  const blocked = moved ? 'It changed while you were reading: show the new state first.' : role;
  const { approval_status: status, current_version: version } = review;
  const [first] = unseen;
  return (
    <footer
      aria-label="Decision"
      className="flex shrink-0 flex-wrap items-center justify-end gap-x-3 gap-y-1.5 border-t border-line bg-canvas px-3 py-2 md:px-4"
    >
      <p className="mr-auto flex min-w-0 items-center gap-2 text-xs text-ink-3 max-sm:hidden">
        <Fingerprint size={16} className="shrink-0" aria-hidden />
        <code className="whitespace-nowrap text-ink-2" title={review.digest}>
          {shortDigest(review.digest)}
        </code>
        <span className="truncate max-lg:hidden">
          seals code, text, arguments, limits and secrets of v{version}
          {compared !== null && `, compared with v${compared}`}
        </span>
      </p>
      {blocked ? (
        <span className="min-w-0 text-xs text-ink-2 max-sm:w-full">{blocked}</span>
      ) : (
        first &&
        status !== 'approved' && (
          <button
            type="button"
            onClick={() => onUnseen(first)}
            className="min-h-6 truncate text-xs font-medium text-bad hover:underline max-sm:mr-auto"
          >
            {unseen.length} high to mark as seen
          </button>
        )
      )}
      {status === 'approved' ? (
        <Button tone="bad" blocked={blocked} onClick={() => onDialog('revoke')}>
          Revoke approval
        </Button>
      ) : (
        <>
          {status === 'pending_review' && (
            <Button
              tone="bad"
              blocked={blocked}
              aria-keyshortcuts="r"
              onClick={() => onDialog('reject')}
            >
              Reject{' '}
              <span className="max-md:hidden" aria-hidden>
                <Kbd>r</Kbd>
              </span>
            </Button>
          )}
          <Button
            tone="ok"
            blocked={blocked}
            aria-keyshortcuts="a"
            onClick={() => onDialog('approve')}
          >
            Approve v{version}{' '}
            <span className="max-md:hidden" aria-hidden>
              <Kbd>a</Kbd>
            </span>
          </Button>
        </>
      )}
    </footer>
  );
}
