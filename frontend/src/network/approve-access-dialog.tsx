import { useState, type FormEvent } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { refresh } from '../api/keys';
import { decideNetwork } from '../api/network';
import type { NetworkAccess } from '../api/types';
import { Button } from '../ui/button';
import { Dialog, DialogActions } from '../ui/dialog';
import { notify } from '../ui/notify';
import { FormError } from '../ui/states';
import { Visible } from '../ui/visible';
import { holder, target } from './words';

/** Says what the grant means before it is given. */
export default function ApproveAccessDialog({
  access,
  onClose,
}: {
  access: NetworkAccess;
  onClose: () => void;
}) {
  const [inside, setInside] = useState(false);
  const [tried, setTried] = useState(false);
  const queries = useQueryClient();
  const decide = useMutation({
    mutationFn: () => decideNetwork(access.id, { action: 'approve', private: inside }),
    onSuccess: async () => {
      notify({ title: `${target(access)} granted` });
      onClose();
      await refresh(queries);
    },
  });
  const missing = access.needs_private && !inside;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!missing && !decide.isPending) decide.mutate();
  };
  return (
    <Dialog open onClose={onClose} title={`Grant ${target(access)}`}>
      <form noValidate className="grid gap-4" onSubmit={submit}>
        <p className="text-ink-2">
          From now on {access.tool_id ? <code>{holder(access)}</code> : holder(access)} may send
          what it likes to this host and read the answers. Loopback, link-local and metadata
          addresses stay out of reach.
        </p>
        <blockquote className="border-l-2 border-line-2 pl-3 text-ink-2">
          <Visible text={access.justification} />
        </blockquote>
        <label className="flex items-start gap-2.5">
          <input
            type="checkbox"
            className="mt-0.5 size-4"
            checked={inside}
            aria-describedby="private-hint"
            aria-invalid={tried && missing ? true : undefined}
            onChange={(event) => setInside(event.target.checked)}
          />
          <span>
            It may be in the private network
            <span id="private-hint" className="block text-xs text-ink-3">
              {access.needs_private
                ? 'Its address or name is one of a private network: without this it can’t be granted.'
                : 'Without this a name that leads to a private address is refused.'}
            </span>
          </span>
        </label>
        {tried && missing && (
          <p role="alert" className="text-xs font-medium text-bad">
            Tick it to grant a host of the private network.
          </p>
        )}
        <FormError error={decide.error} />
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="ok" busy={decide.isPending}>
            {decide.isPending ? 'Granting…' : 'Grant'}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
