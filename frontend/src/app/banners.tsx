import { useEffect, useState, type ReactNode } from 'react';
import { Clock, ShieldOff, TriangleAlert, WifiOff } from 'lucide-react';
import { clockTime } from '../lib/format';
import { useSession } from '../auth/session-context';
import { Button } from '../ui/button';
import { cx } from '../lib/cx';

/** How long before the end of a session the page says so. */
const WARN_MS = 5 * 60_000;

function Banner({
  tone,
  icon: Icon,
  children,
  action,
}: {
  tone: 'warn' | 'bad';
  icon: typeof Clock;
  children: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div
      role="status"
      className={cx(
        'flex shrink-0 items-center gap-2.5 border-b border-line px-4 py-1.5 text-xs font-medium md:px-7',
        tone === 'bad' ? 'bg-bad-soft text-bad' : 'bg-warn-soft text-warn',
      )}
    >
      <Icon size={15} className="shrink-0" aria-hidden />
      <p className="min-w-0 flex-1">{children}</p>
      {action}
    </div>
  );
}

function useOnline(): boolean {
  const [online, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const update = () => setOnline(navigator.onLine);
    addEventListener('online', update);
    addEventListener('offline', update);
    return () => {
      removeEventListener('online', update);
      removeEventListener('offline', update);
    };
  }, []);
  return online;
}

/** True from five minutes before `time` on. */
function useSoon(time: string): boolean {
  const [soon, setSoon] = useState(false);
  useEffect(() => {
    const look = () => setSoon(Date.parse(time) - Date.now() < WARN_MS);
    look();
    const timer = setInterval(look, 15_000);
    return () => clearInterval(timer);
  }, [time]);
  return soon;
}

/** What everyone on every page must know, above the page. */
export function Banners({ ended, onSignIn }: { ended: boolean; onSignIn: () => void }) {
  const session = useSession();
  const online = useOnline();
  const soon = useSoon(session.expires_at);
  const signIn = (
    <Button size="sm" onClick={onSignIn}>
      Sign in
    </Button>
  );
  return (
    <>
      {session.language_policy === 'off' && (
        <Banner tone="bad" icon={ShieldOff}>
          The language policy is off on this instance: code is not checked before it runs. Only for
          hostile tests.
        </Banner>
      )}
      {!online && (
        <Banner tone="warn" icon={WifiOff}>
          You are offline. What you see may be out of date.
        </Banner>
      )}
      {ended ? (
        <Banner tone="warn" icon={TriangleAlert} action={signIn}>
          Your session has ended. What you typed is still here.
        </Banner>
      ) : (
        soon && (
          <Banner tone="warn" icon={Clock} action={signIn}>
            Your session ends at {clockTime(session.expires_at)}. Sign in again to go on.
          </Banner>
        )
      )}
    </>
  );
}
