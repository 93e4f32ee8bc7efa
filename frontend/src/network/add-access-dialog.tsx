import { useRef, useState, type FormEvent } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ApiError } from '../api/error';
import { refresh } from '../api/keys';
import { requestNetwork } from '../api/network';
import { Button } from '../ui/button';
import { Dialog, DialogActions } from '../ui/dialog';
import { TextArea, TextField } from '../ui/field';
import { notify } from '../ui/notify';
import { FormError } from '../ui/states';
import { portProblem } from './words';

const WHY_MIN = 10;

/** A person asks as a model does; granting is a decision of its own. */
export default function AddAccessDialog({
  serverId,
  onClose,
}: {
  serverId: string;
  onClose: () => void;
}) {
  const [host, setHost] = useState('');
  const [port, setPort] = useState('443');
  const [why, setWhy] = useState('');
  const [tried, setTried] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const queries = useQueryClient();
  const ask = useMutation({
    mutationFn: () =>
      requestNetwork({
        server_id: serverId,
        host: host.trim(),
        port: port.trim() === '' ? null : Number(port),
        justification: why.trim(),
      }),
    onSuccess: async (access) => {
      notify({ title: `${access.host} waits for a decision` });
      onClose();
      await refresh(queries);
    },
  });
  const error = ask.error instanceof ApiError ? ask.error : null;
  const wrongPort = portProblem(port);
  const short = why.trim().length < WHY_MIN;
  const told = error?.at('/host') ?? error?.at('/port') ?? error?.at('/justification');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (host.trim() === '') field.current?.focus();
    else if (!wrongPort && !short && !ask.isPending) ask.mutate();
  };
  return (
    <Dialog open onClose={onClose} title="Ask for a host" first={field}>
      <form noValidate className="grid gap-4" onSubmit={submit}>
        <TextField
          ref={field}
          label="Host"
          required
          hint="A name such as api.example.com, or an address; no URL."
          error={tried && host.trim() === '' ? 'A host, please.' : error?.at('/host')}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={host}
          onChange={(event) => setHost(event.target.value)}
        />
        <TextField
          label="Port"
          required={false}
          inputMode="numeric"
          hint="Empty: any port."
          error={wrongPort ?? error?.at('/port')}
          value={port}
          onChange={(event) => setPort(event.target.value)}
        />
        <TextArea
          label="What it is for"
          required
          rows={2}
          maxLength={2000}
          error={
            tried && short ? `At least ${WHY_MIN} characters.` : error?.at('/justification')
          }
          value={why}
          onChange={(event) => setWhy(event.target.value)}
        />
        <FormError error={told ? null : error} />
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" busy={ask.isPending}>
            {ask.isPending ? 'Asking…' : 'Ask'}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
