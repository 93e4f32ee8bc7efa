import { useRef, useState, type FormEvent } from 'react';
import { useMutation } from '@tanstack/react-query';
import { ApiError } from '../api/error';
import { signIn } from '../api/session';
import type { SessionInfo } from '../api/types';
import { Button } from '../ui/button';
import { PasswordField, TextField } from '../ui/field';
import { FormError } from '../ui/states';
import { duration } from '../lib/format';

/** One wording for every cause, with the time to wait when there is one. */
function explain(error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  if (error.slug !== 'rate-limited' || error.retryAfter === null) return error;
  return new ApiError(
    error.slug,
    error.status,
    `Too many tries. Wait ${duration(error.retryAfter * 1000)}, then try again.`,
    [],
    error.requestId,
  );
}

export function SignInForm({
  username: known = '',
  onSignedIn,
}: {
  username?: string;
  onSignedIn: (session: SessionInfo) => void;
}) {
  const [username, setUsername] = useState(known);
  const [password, setPassword] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const enter = useMutation({
    mutationFn: signIn,
    onSuccess: onSignedIn,
    onError: () => {
      field.current?.focus();
      field.current?.select();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!enter.isPending) enter.mutate({ username, password });
  };
  return (
    <form className="grid gap-4" onSubmit={submit}>
      <TextField
        label="Username"
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        autoFocus={!known}
        value={username}
        onChange={(event) => setUsername(event.target.value)}
      />
      <PasswordField
        ref={field}
        label="Password"
        name="password"
        autoComplete="current-password"
        required
        autoFocus={Boolean(known)}
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
      <FormError error={explain(enter.error)} />
      <Button
        type="submit"
        tone="primary"
        busy={enter.isPending}
        blocked={!username || !password ? 'Fill in both fields first.' : undefined}
      >
        {enter.isPending ? 'Signing in…' : 'Sign in'}
      </Button>
    </form>
  );
}
