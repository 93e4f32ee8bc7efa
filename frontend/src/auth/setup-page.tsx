import { useRef, useState, type FormEvent } from 'react';
import { Link, Navigate, useNavigate } from 'react-router';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ApiError } from '../api/error';
import { authStatus, sessionQuery, setUp, signIn } from '../api/session';
import { useTitle } from '../lib/use-title';
import { Button } from '../ui/button';
import { PasswordField, TextField } from '../ui/field';
import { FormError } from '../ui/states';
import { Door } from './door';
import { PasswordHints } from './password-hints';
import { passwordProblem, usernameProblem } from './password';

type Field = 'token' | 'username' | 'password';

function problems(values: Record<Field, string>): Partial<Record<Field, string>> {
  const found: Partial<Record<Field, string>> = {};
  if (!values.token) found.token = 'Paste the token that `make up` printed.';
  const username = usernameProblem(values.username);
  if (username) found.username = username;
  const password = passwordProblem(values.password, values.username);
  if (password) found.password = password;
  return found;
}

export default function SetupPage() {
  useTitle('Set up');
  const navigate = useNavigate();
  const queries = useQueryClient();
  const status = useQuery({ queryKey: ['auth-status'], queryFn: authStatus });
  const [values, setValues] = useState<Record<Field, string>>({
    token: '',
    username: '',
    password: '',
  });
  const [tried, setTried] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const create = useMutation({
    mutationFn: async () => {
      await setUp({ ...values, token: values.token.trim() });
      return signIn({ username: values.username, password: values.password });
    },
    onSuccess: (session) => {
      queries.clear();
      queries.setQueryData(sessionQuery.queryKey, session);
      void navigate('/', { replace: true });
    },
  });
  const error = create.error instanceof ApiError ? create.error : null;
  const local = tried ? problems(values) : {};
  const errorOf = (field: Field) =>
    local[field] ??
    error?.at(`/${field}`) ??
    (field === 'token' && error?.slug === 'forbidden' ? error.message : undefined);
  const shown = error && !(['token', 'username', 'password'] as const).some(errorOf);

  if (status.data && !status.data.setup_required && create.isIdle)
    return <Navigate to="/login" replace />;

  const set = (field: Field) => (event: { target: { value: string } }) =>
    setValues((old) => ({ ...old, [field]: event.target.value }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (create.isPending) return;
    const first = Object.keys(problems(values))[0];
    if (first) form.current?.querySelector<HTMLElement>(`[name=${first}]`)?.focus();
    else create.mutate();
  };
  return (
    <Door
      title="Set up mcpbox"
      intro="Make the first account. It may do everything: review tools, approve them, and add people."
    >
      <form ref={form} noValidate className="grid gap-4" onSubmit={submit}>
        <TextField
          label="Setup token"
          name="token"
          hint={
            <>
              Printed by <code>make up</code>, and kept in <code>secrets/setup.token</code> of the
              instance folder. It works once.
            </>
          }
          error={errorOf('token')}
          required
          autoFocus
          autoComplete="off"
          spellCheck={false}
          value={values.token}
          onChange={set('token')}
        />
        <TextField
          label="Username"
          name="username"
          hint="3 to 50 letters, digits and underscores."
          error={errorOf('username')}
          required
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          value={values.username}
          onChange={set('username')}
        />
        <div className="grid gap-2">
          <PasswordField
            label="Password"
            name="password"
            error={errorOf('password')}
            required
            autoComplete="new-password"
            value={values.password}
            onChange={set('password')}
          />
          <PasswordHints password={values.password} username={values.username} />
        </div>
        <FormError error={shown ? error : null} />
        {error?.status === 409 && (
          <p>
            <Link to="/login" className="font-medium text-accent hover:underline">
              Sign in instead
            </Link>
          </p>
        )}
        <Button type="submit" tone="primary" busy={create.isPending}>
          {create.isPending ? 'Creating the account…' : 'Create the account'}
        </Button>
      </form>
    </Door>
  );
}
