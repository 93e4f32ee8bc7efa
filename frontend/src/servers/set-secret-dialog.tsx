import { useRef, useState, type FormEvent } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ApiError } from '../api/error';
import { refresh } from '../api/keys';
import { setSecret } from '../api/secrets';
import type { Secret } from '../api/types';
import { Button } from '../ui/button';
import { Dialog, DialogActions } from '../ui/dialog';
import { PasswordField } from '../ui/field';
import { notify } from '../ui/notify';
import { FormError } from '../ui/states';

export default function SetSecretDialog({
  secret,
  onClose,
}: {
  secret: Secret;
  onClose: () => void;
}) {
  const [value, setValue] = useState('');
  const [tried, setTried] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () => setSecret(secret, value),
    onSuccess: async (saved) => {
      notify({
        title: `${secret.key_name} is set`,
        ...(saved.warning && { description: saved.warning }),
      });
      onClose();
      await refresh(queries);
    },
    // Nothing of it stays in the page's memory of past calls.
    gcTime: 0,
  });
  const error = save.error instanceof ApiError ? save.error : null;
  const told = error?.at('/value');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (value === '') field.current?.focus();
    else if (!save.isPending) save.mutate();
  };
  return (
    <Dialog open onClose={onClose} title={`Value of ${secret.key_name}`} first={field}>
      <form noValidate className="grid gap-4" autoComplete="off" onSubmit={submit}>
        <PasswordField
          ref={field}
          label="Value"
          required
          hint="Stored encrypted, never shown again. The next call uses it."
          error={tried && value === '' ? 'Enter the value.' : told}
          autoComplete="new-password"
          value={value}
          onChange={(event) => setValue(event.target.value)}
        />
        <FormError error={told ? null : error} />
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" busy={save.isPending}>
            {save.isPending ? 'Saving…' : secret.has_value ? 'Replace' : 'Set'}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
