import { Navigate, useNavigate, useSearchParams } from 'react-router';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { authStatus, sessionQuery } from '../api/session';
import { ErrorState } from '../ui/states';
import { useTitle } from '../lib/use-title';
import { Door } from './door';
import { nextPath } from './next-path';
import { SignInForm } from './sign-in-form';

export default function LoginPage() {
  useTitle('Sign in');
  const [query] = useSearchParams();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const session = queries.getQueryData(sessionQuery.queryKey);
  const status = useQuery({ queryKey: ['auth-status'], queryFn: authStatus });
  const next = nextPath(query);
  if (session) return <Navigate to={next} replace />;
  if (status.data?.setup_required) return <Navigate to="/setup" replace />;
  return (
    <Door
      title="Sign in to mcpbox"
      intro={query.has('next') ? 'Then you go on where you were.' : 'Nothing runs here unapproved.'}
    >
      {status.isError && (
        <ErrorState
          error={status.error}
          what="mcpbox does not answer."
          onRetry={() => void status.refetch()}
        />
      )}
      <SignInForm
        onSignedIn={(info) => {
          queries.clear();
          queries.setQueryData(sessionQuery.queryKey, info);
          void navigate(next, { replace: true });
        }}
      />
      {status.data && <p className="mt-8 text-2xs text-ink-3">mcpbox {status.data.version}</p>}
    </Door>
  );
}
