import { useRef, useState, type FormEvent } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ApiError } from '../api/error';
import { refresh } from '../api/keys';
import { createSecret } from '../api/secrets';
import { Button } from '../ui/button';
import { Dialog, DialogActions } from '../ui/dialog';
import { TextArea, TextField } from '../ui/field';
import { notify } from '../ui/notify';
import { FormError } from '../ui/states';
import { SECRET_HINT, secretNameProblem } from './names';

export default function CreateSecretDialog({
  serverId,
  onClose,
}: {
  serverId: string;
  onClose: () => void;
}) {
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [tried, setTried] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const queries = useQueryClient();
  const create = useMutation({
    mutationFn: () => createSecret(serverId, name, description),
    onSuccess: async () => {
      notify({ title: `${name} added`, description: 'It has no value yet.' });
      onClose();
      await refresh(queries);
    },
  });
  const error = create.error instanceof ApiError ? create.error : null;
  const told =
    error?.at('/key_name') ??
    (error?.slug === 'duplicate' ? 'This server has a secret of that name.' : undefined);
  const problem = secretNameProblem(name);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (problem) field.current?.focus();
    else if (!create.isPending) create.mutate();
  };
  return (
    <Dialog open onClose={onClose} title="New secret" first={field}>
      <form noValidate className="grid gap-4" onSubmit={submit}>
        <TextField
          ref={field}
          label="Name"
          required
          hint={SECRET_HINT}
          error={tried && problem ? problem : told}
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <TextArea
          label="What it is, and where to get it"
          required={false}
          rows={2}
          maxLength={2000}
          value={description}
          onChange={(event) => setDescription(event.target.value)}
          error={error?.at('/description')}
        />
        <FormError error={told ? null : error} />
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" busy={create.isPending}>
            {create.isPending ? 'Adding…' : 'Add'}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
