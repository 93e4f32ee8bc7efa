import { useRef, useState, type FormEvent } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { refresh } from '../api/keys';
import { decideNetwork, revokeNetwork } from '../api/network';
import type { NetworkAccess } from '../api/types';
import { Button } from '../ui/button';
import { Dialog, DialogActions } from '../ui/dialog';
import { TextArea } from '../ui/field';
import { notify } from '../ui/notify';
import { FormError } from '../ui/states';
import { target } from './words';

const WORDS = {
  reject: {
    title: 'Reject',
    told: 'rejected',
    act: 'Reject',
    acting: 'Rejecting…',
    hint: 'Who asked reads it: say what would be all right instead.',
  },
  revoke: {
    title: 'Revoke',
    told: 'revoked',
    act: 'Revoke',
    acting: 'Revoking…',
    hint: 'Runs that could use it are ended at once.',
  },
} as const;

export default function ReasonDialog({
  what,
  access,
  onClose,
}: {
  what: 'reject' | 'revoke';
  access: NetworkAccess;
  onClose: () => void;
}) {
  const words = WORDS[what];
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const queries = useQueryClient();
  const needed = what === 'reject';
  const text = reason.trim();
  const decide = useMutation({
    mutationFn: () =>
      needed
        ? decideNetwork(access.id, { action: 'reject', reason: text })
        : revokeNetwork(access.id, text),
    onSuccess: async () => {
      notify({ title: `${target(access)} ${words.told}` });
      onClose();
      await refresh(queries);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (needed && text === '') field.current?.focus();
    else if (!decide.isPending) decide.mutate();
  };
  return (
    <Dialog open onClose={onClose} title={`${words.title} ${target(access)}`} first={field}>
      <form noValidate className="grid gap-4" onSubmit={submit}>
        <TextArea
          ref={field}
          label="Reason"
          required={needed}
          hint={words.hint}
          error={tried && needed && text === '' ? 'Say why, please.' : undefined}
          rows={3}
          maxLength={2000}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
        <FormError error={decide.error} />
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="bad" busy={decide.isPending}>
            {decide.isPending ? words.acting : words.act}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
