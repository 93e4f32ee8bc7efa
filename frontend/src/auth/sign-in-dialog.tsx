import type { SessionInfo } from '../api/types';
import { Dialog } from '../ui/dialog';
import { SignInForm } from './sign-in-form';

/** Over the page, when the session has ended: nothing typed is lost. */
export default function SignInDialog({
  username,
  onSignedIn,
  onClose,
}: {
  username: string;
  onSignedIn: (session: SessionInfo) => void;
  onClose: () => void;
}) {
  return (
    <Dialog open insistent onClose={onClose} title="Sign in again">
      <p className="mb-4 text-ink-2">
        Your session has ended. The page behind this dialog keeps what you typed.
      </p>
      <SignInForm username={username} onSignedIn={onSignedIn} />
    </Dialog>
  );
}
