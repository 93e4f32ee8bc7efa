import { useState, type FormEvent } from 'react';
import { useMutation } from '@tanstack/react-query';
import { ApiError } from '../api/error';
import { changePassword } from '../api/session';
import { Button } from '../ui/button';
import { PasswordField } from '../ui/field';
import { notify } from '../ui/notify';
import { FormError } from '../ui/states';
import { PasswordHints } from './password-hints';
import { passwordProblem } from './password';
import { useSession } from './session-context';

export function ChangePassword() {
  const { user } = useSession();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [tried, setTried] = useState(false);
  const change = useMutation({
    mutationFn: () => changePassword({ current_password: current, new_password: next }),
    onSuccess: () => {
      setCurrent('');
      setNext('');
      setTried(false);
      notify({ title: 'Password changed', description: 'All other sessions have ended.' });
    },
  });
  const error = change.error instanceof ApiError ? change.error : null;
  const wrong = error?.at('/current_password');
  const weak = tried ? passwordProblem(next, user.username) : undefined;
  const refused = weak ?? error?.at('/new_password');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (current && !passwordProblem(next, user.username) && !change.isPending) change.mutate();
  };
  return (
    <form noValidate className="grid max-w-[380px] gap-4" onSubmit={submit}>
      {/* Tells password managers whose password this is. */}
      <input type="hidden" name="username" autoComplete="username" value={user.username} readOnly />
      <PasswordField
        label="Current password"
        autoComplete="current-password"
        required
        error={wrong ?? (tried && !current ? 'Type the password that you use now.' : undefined)}
        value={current}
        onChange={(event) => setCurrent(event.target.value)}
      />
      <div className="grid gap-2">
        <PasswordField
          label="New password"
          autoComplete="new-password"
          required
          error={refused}
          value={next}
          onChange={(event) => setNext(event.target.value)}
        />
        <PasswordHints password={next} username={user.username} />
      </div>
      <FormError error={error && !wrong && !refused ? error : null} />
      <div>
        <Button type="submit" tone="primary" busy={change.isPending}>
          {change.isPending ? 'Changing…' : 'Change password'}
        </Button>
        <p className="mt-2 text-2xs text-ink-3">
          All your other sessions and tokens end at once; this one stays.
        </p>
      </div>
    </form>
  );
}
