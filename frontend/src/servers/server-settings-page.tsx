import { lazy, Suspense, useState, type FormEvent } from 'react';
import { useNavigate } from 'react-router';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ApiError } from '../api/error';
import { refresh } from '../api/keys';
import { serverQuery, updateServer } from '../api/servers';
import type { ServerDetail } from '../api/types';
import { useWhyNot } from '../auth/session-context';
import { exact } from '../lib/format';
import { Button } from '../ui/button';
import { CopyButton } from '../ui/copy-button';
import { SecondsField, TextArea } from '../ui/field';
import { notify } from '../ui/notify';
import { Section } from '../ui/page';
import { FormError } from '../ui/states';
import { parseSeconds, SECONDS_PROBLEM } from './names';
import { useServer } from './use-server';

const DeleteServerDialog = lazy(() => import('./delete-server-dialog'));

export default function ServerSettingsPage() {
  const server = useServer();
  return (
    <div className="max-w-[720px]">
      <Section title="About it">
        <SettingsForm server={server} />
      </Section>
      <Section title="Identity">
        <dl className="grid gap-x-6 gap-y-1.5 sm:grid-cols-[120px_1fr]">
          <dt className="text-ink-3">Id</dt>
          <dd className="flex flex-wrap items-center gap-2">
            <code className="break-all">{server.id}</code>
            <CopyButton text={server.id} />
          </dd>
          <dt className="text-ink-3">Created</dt>
          <dd>
            {exact(server.created_at)} by {server.created_by}
          </dd>
        </dl>
      </Section>
      <Danger server={server} />
    </div>
  );
}

function SettingsForm({ server }: { server: ServerDetail }) {
  const blocked = useWhyNot('edit');
  const queries = useQueryClient();
  const [description, setDescription] = useState(server.description ?? '');
  const [seconds, setSeconds] = useState(String(server.default_timeout_ms / 1000));
  const [tried, setTried] = useState(false);
  const timeout = parseSeconds(seconds);
  const save = useMutation({
    mutationFn: () =>
      updateServer(server.id, { description, ...(timeout && { default_timeout_ms: timeout }) }),
    onSuccess: async (next) => {
      queries.setQueryData(serverQuery(server.id).queryKey, next);
      notify({ title: 'Saved' });
      await refresh(queries);
    },
  });
  const error = save.error instanceof ApiError ? save.error : null;
  const told = error?.at('/description') ?? error?.at('/default_timeout_ms');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (timeout && !blocked && !save.isPending) save.mutate();
  };
  return (
    <form noValidate className="grid gap-4" onSubmit={submit}>
      <TextArea
        label="What it is for"
        required={false}
        rows={3}
        maxLength={2000}
        readOnly={Boolean(blocked)}
        value={description}
        onChange={(event) => setDescription(event.target.value)}
        error={error?.at('/description')}
        hint={`${description.length} of 2000`}
      />
      <SecondsField
        label="Deadline of its tools"
        hint="For tools that set none of their own."
        value={seconds}
        onChange={setSeconds}
        error={tried && !timeout ? SECONDS_PROBLEM : error?.at('/default_timeout_ms')}
      />
      <FormError error={told ? null : error} />
      <div>
        <Button type="submit" tone="primary" blocked={blocked} busy={save.isPending}>
          {save.isPending ? 'Saving…' : 'Save'}
        </Button>
      </div>
    </form>
  );
}

function Danger({ server }: { server: ServerDetail }) {
  const blocked = useWhyNot('edit');
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  return (
    <Section title="Delete">
      <p className="mb-3 text-ink-2">
        Its tools go with it. Clients get an error when they call one of them.
      </p>
      <Button tone="bad" blocked={blocked} onClick={() => setAsking(true)}>
        Delete this server…
      </Button>
      <Suspense>
        {asking && (
          <DeleteServerDialog
            server={server}
            onClose={() => setAsking(false)}
            onDeleted={() => void navigate('/servers', { replace: true })}
          />
        )}
      </Suspense>
    </Section>
  );
}
