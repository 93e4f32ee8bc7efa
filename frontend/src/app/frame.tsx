import { lazy, Suspense, useCallback, useEffect, useState } from 'react';
import { Navigate, Outlet, useLocation } from 'react-router';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { onSessionEnded } from '../api/client';
import { sessionQuery } from '../api/session';
import type { SessionInfo } from '../api/types';
import { SessionContext } from '../auth/session-context';
import { onSignedOutElsewhere } from '../auth/tabs-channel';
import { onToasterWanted } from '../ui/notify';
import { ErrorState } from '../ui/states';
import { Banners } from './banners';
import { Boot } from './boot';
import { Nav } from './nav';
import { useGlobalKeys } from './use-global-keys';

const SignInDialog = lazy(() => import('../auth/sign-in-dialog'));
const ShortcutsDialog = lazy(() => import('./shortcuts-dialog'));
const Toaster = lazy(() => import('../ui/toaster'));

/** Everything that needs a session: asks who is signed in, or sends to sign-in. */
export function Frame() {
  const session = useQuery(sessionQuery);
  const { pathname, search } = useLocation();
  if (session.data) return <Shell session={session.data} />;
  if (session.isError)
    return (
      <main className="pt-10">
        <ErrorState
          error={session.error}
          what="mcpbox does not answer."
          onRetry={() => void session.refetch()}
        />
      </main>
    );
  if (session.data === null) {
    const back = pathname === '/' ? '' : `?next=${encodeURIComponent(pathname + search)}`;
    return <Navigate to={`/login${back}`} replace />;
  }
  return <Boot />;
}

function Shell({ session }: { session: SessionInfo }) {
  const queries = useQueryClient();
  const [ended, setEnded] = useState(false);
  const [asking, setAsking] = useState(false);
  const [keys, setKeys] = useState(false);
  const [toaster, setToaster] = useState(false);
  const askToSignIn = useCallback(() => setAsking(true), []);

  useEffect(() => {
    const end = () => {
      setEnded(true);
      setAsking(true);
    };
    const stopEnd = onSessionEnded(end);
    const stopElsewhere = onSignedOutElsewhere(end);
    const stopToaster = onToasterWanted(() => setToaster(true));
    return () => {
      stopEnd();
      stopElsewhere();
      stopToaster();
    };
  }, []);
  useGlobalKeys(useCallback(() => setKeys(true), []));

  const onSignedIn = (next: SessionInfo) => {
    // What is on screen belongs to the person who was here before.
    if (next.user.id !== session.user.id) {
      location.reload();
      return;
    }
    queries.setQueryData(sessionQuery.queryKey, next);
    setEnded(false);
    setAsking(false);
    void queries.invalidateQueries();
  };

  return (
    <SessionContext value={session}>
      <div className="flex h-dvh flex-col md:flex-row short:h-auto short:min-h-dvh">
        <a
          href="#main"
          className="sr-only focus:not-sr-only focus:absolute focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-raised focus:p-2"
        >
          Skip to content
        </a>
        <Nav live={!ended} onKeys={() => setKeys(true)} />
        <div className="order-1 flex min-h-0 min-w-0 flex-1 flex-col md:order-2">
          <Banners ended={ended} onSignIn={askToSignIn} />
          <main id="main" tabIndex={-1} className="min-h-0 min-w-0 flex-1 outline-none">
            <Suspense>
              <Outlet />
            </Suspense>
          </main>
        </div>
      </div>
      <Suspense>
        {asking && (
          <SignInDialog
            username={session.user.username}
            onSignedIn={onSignedIn}
            onClose={() => setAsking(false)}
          />
        )}
        {keys && <ShortcutsDialog onClose={() => setKeys(false)} />}
        {toaster && <Toaster />}
      </Suspense>
    </SessionContext>
  );
}
