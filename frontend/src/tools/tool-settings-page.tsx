import { lazy, Suspense, useState, type FormEvent } from 'react';
import { useNavigate } from 'react-router';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ApiError } from '../api/error';
import { refresh } from '../api/keys';
import { toolQuery, updateTool } from '../api/tools';
import type { Tool } from '../api/types';
import { useWhyNot } from '../auth/session-context';
import { exact } from '../lib/format';
import { parseSeconds, SECONDS_PROBLEM } from '../servers/names';
import { Button } from '../ui/button';
import { CopyButton } from '../ui/copy-button';
import { SecondsField, TextField } from '../ui/field';
import { notify } from '../ui/notify';
import { Section } from '../ui/page';
import { FormError } from '../ui/states';
import { useTool } from './use-tool';

const DeleteToolDialog = lazy(() => import('./delete-tool-dialog'));

export default function ToolSettingsPage() {
  const tool = useTool();
  return (
    <div className="max-w-[720px]">
      <Section title="About it">
        <SettingsForm tool={tool} />
      </Section>
      <Section title="Identity">
        <dl className="grid gap-x-6 gap-y-1.5 sm:grid-cols-[120px_1fr]">
          <dt className="text-ink-3">Id</dt>
          <dd className="flex flex-wrap items-center gap-2">
            <code className="break-all">{tool.id}</code>
            <CopyButton text={tool.id} />
          </dd>
          <dt className="text-ink-3">Digest</dt>
          <dd>
            <code className="break-all">{tool.digest}</code>
          </dd>
          <dt className="text-ink-3">Created</dt>
          <dd>
            {exact(tool.created_at)} by {tool.created_by}
          </dd>
          {tool.approved_at && (
            <>
              <dt className="text-ink-3">Approved</dt>
              <dd>
                v{tool.approved_version}, {exact(tool.approved_at)} by {tool.approved_by}
              </dd>
            </>
          )}
          {tool.secret_names.length > 0 && (
            <>
              <dt className="text-ink-3">Secrets</dt>
              <dd>
                <code className="break-words">{tool.secret_names.join(', ')}</code>
              </dd>
            </>
          )}
        </dl>
      </Section>
      <Danger tool={tool} />
    </div>
  );
}

function SettingsForm({ tool }: { tool: Tool }) {
  const blocked = useWhyNot('edit');
  const queries = useQueryClient();
  const [title, setTitle] = useState(tool.title ?? '');
  const was = tool.timeout_ms === null ? '' : String(tool.timeout_ms / 1000);
  const [seconds, setSeconds] = useState(was);
  const [tried, setTried] = useState(false);
  const timeout = parseSeconds(seconds);
  const cleared = seconds.trim() === '';
  const wrong = !timeout && !cleared;
  const save = useMutation({
    mutationFn: () =>
      updateTool(tool.id, {
        ...(title !== (tool.title ?? '') && { title }),
        ...(seconds !== was && { timeout_ms: timeout ?? null }),
      }),
    onSuccess: async (next) => {
      queries.setQueryData(toolQuery(tool.id).queryKey, next);
      notify({ title: `Saved as v${next.current_version}` });
      await refresh(queries);
    },
  });
  const error = save.error instanceof ApiError ? save.error : null;
  const told = error?.at('/title') ?? error?.at('/timeout_ms');
  const same = title === (tool.title ?? '') && seconds === was;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!wrong && !blocked && !same && !save.isPending) save.mutate();
  };
  return (
    <form noValidate className="grid gap-4" onSubmit={submit}>
      <TextField
        label="Title"
        required={false}
        hint="What people see instead of the name."
        maxLength={200}
        readOnly={Boolean(blocked)}
        value={title}
        onChange={(event) => setTitle(event.target.value)}
        error={error?.at('/title')}
      />
      <SecondsField
        label="Deadline"
        required={false}
        hint="Empty: the server’s."
        value={seconds}
        onChange={setSeconds}
        error={tried && wrong ? SECONDS_PROBLEM : error?.at('/timeout_ms')}
      />
      <FormError error={told ? null : error} />
      <div>
        <Button
          type="submit"
          tone="primary"
          blocked={blocked ?? (same && 'Nothing has changed.')}
          busy={save.isPending}
        >
          {save.isPending ? 'Saving…' : 'Save'}
        </Button>
        <p className="mt-2 text-2xs text-ink-3">
          Both are sealed by the digest: a change makes a new version
          {tool.approval_status === 'draft' ? '.' : ' that has to be approved again.'}
        </p>
      </div>
    </form>
  );
}

function Danger({ tool }: { tool: Tool }) {
  const blocked = useWhyNot('edit');
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  return (
    <Section title="Delete">
      <p className="mb-3 text-ink-2">All its versions go with it. Calls get an error.</p>
      <Button tone="bad" blocked={blocked} onClick={() => setAsking(true)}>
        Delete this tool…
      </Button>
      <Suspense>
        {asking && (
          <DeleteToolDialog
            tool={tool}
            onClose={() => setAsking(false)}
            onDeleted={() => void navigate(`/servers/${tool.server_id}`, { replace: true })}
          />
        )}
      </Suspense>
    </Section>
  );
}
