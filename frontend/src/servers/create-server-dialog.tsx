import { useRef, useState, type FormEvent } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ApiError } from '../api/error';
import { refresh } from '../api/keys';
import { createServer } from '../api/servers';
import type { ServerDetail } from '../api/types';
import { Button } from '../ui/button';
import { Dialog, DialogActions } from '../ui/dialog';
import { TextArea, TextField } from '../ui/field';
import { FormError } from '../ui/states';
import { NAME_HINT, serverNameProblem } from './names';

export default function CreateServerDialog({
  onCreated,
  onClose,
}: {
  onCreated: (server: ServerDetail) => void;
  onClose: () => void;
}) {
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [tried, setTried] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const queries = useQueryClient();
  const create = useMutation({
    mutationFn: () => createServer({ name, ...(description && { description }) }),
    onSuccess: async (server) => {
      onCreated(server);
      await refresh(queries);
    },
  });
  const error = create.error instanceof ApiError ? create.error : null;
  const told =
    error?.at('/name') ??
    (error?.slug === 'duplicate' ? 'A server has this name already.' : undefined);
  const problem = serverNameProblem(name);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (problem) field.current?.focus();
    else if (!create.isPending) create.mutate();
  };
  return (
    <Dialog open onClose={onClose} title="New server" first={field}>
      <form noValidate className="grid gap-4" onSubmit={submit}>
        <TextField
          ref={field}
          label="Name"
          required
          hint={NAME_HINT}
          error={tried && problem ? problem : told}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={name}
          onChange={(event) => {
            setName(event.target.value);
            if (create.isError) create.reset();
          }}
        />
        <TextArea
          label="What it is for"
          required={false}
          rows={3}
          maxLength={2000}
          value={description}
          onChange={(event) => setDescription(event.target.value)}
          error={error?.at('/description')}
        />
        <FormError error={told ? null : error} />
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" busy={create.isPending}>
            {create.isPending ? 'Creating…' : 'Create'}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
