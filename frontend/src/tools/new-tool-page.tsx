import { useEffect, useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ApiError } from '../api/error';
import { refresh } from '../api/keys';
import { serverQuery } from '../api/servers';
import { createTool } from '../api/tools';
import type { ServerDetail } from '../api/types';
import { NotFound } from '../app/not-found';
import { useWhyNot } from '../auth/session-context';
import { useTitle } from '../lib/use-title';
import { NAME_HINT, toolNameProblem } from '../servers/names';
import { Button, buttonClass } from '../ui/button';
import { TextArea, TextField } from '../ui/field';
import { PageHeader } from '../ui/page';
import { FormError, Loaded, SkeletonRows } from '../ui/states';
import { CODE_MAX, CodeForm } from './code-form';
import { LeaveGuard } from './leave-guard';
import { useValidation } from './use-validation';

const START = `async def main(text: str) -> dict:
    """Say what the tool does: the model reads this.

    text: what the argument means
    """
    return {"length": len(text)}
`;

export default function NewToolPage() {
  useTitle('New tool');
  const { serverId = '' } = useParams();
  const query = useQuery(serverQuery(serverId));
  if (query.error instanceof ApiError && [404, 422].includes(query.error.status))
    return <NotFound what="This server does not exist, or was deleted." />;
  return (
    <div className="scroll flex h-full flex-col overflow-y-auto bg-surface short:h-auto">
      <Loaded
        query={query}
        what="The server could not be read."
        skeleton={<SkeletonRows label="Loading the server…" />}
      >
        {(server) => <NewTool server={server} />}
      </Loaded>
    </div>
  );
}

function NewTool({ server }: { server: ServerDetail }) {
  const role = useWhyNot('edit');
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [code, setCode] = useState(START);
  const [description, setDescription] = useState('');
  const [tried, setTried] = useState(false);
  const validation = useValidation(code);
  const create = useMutation({
    mutationFn: () =>
      createTool(server.id, {
        name,
        python_code: code,
        ...(description.trim() && { description: description.trim() }),
      }),
  });
  const created = create.data?.id;
  useEffect(() => {
    if (!created) return;
    // Only now does the guard below know that everything is saved.
    void navigate(`/servers/${server.id}/tools/${created}`);
    void refresh(queries);
  }, [created, navigate, queries, server.id]);
  const error = create.error instanceof ApiError ? create.error : null;
  const named =
    error?.at('/name') ??
    (error?.slug === 'duplicate' ? 'A tool has this name already.' : undefined);
  const problem = toolNameProblem(name, server.name);
  const told = named ?? error?.at('/python_code') ?? error?.at('/description');
  const long = code.length > CODE_MAX ? 'The code is too long.' : undefined;
  const touched = name !== '' || code !== START || description !== '';
  return (
    <>
      <LeaveGuard unsaved={touched && !create.isSuccess} />
      <PageHeader
        before={
          <Link to={`/servers/${server.id}`} className="text-xs text-ink-3 hover:underline">
            {server.name}
          </Link>
        }
        title="New tool"
        under={
          <p className="mt-0.5 text-ink-2">
            It starts as a draft. A person approves it before a client can call it.
          </p>
        }
      />
      <CodeForm
        code={code}
        onCode={setCode}
        validation={validation}
        name="Code of the new tool"
        error={error?.at('/python_code')}
        onSubmit={() => {
          setTried(true);
          if (problem) document.querySelector<HTMLElement>('input[name=tool-name]')?.focus();
          else if (!role && !long && !create.isPending) create.mutate();
        }}
      >
        <TextField
          label="Name"
          name="tool-name"
          required
          hint={NAME_HINT}
          error={tried && problem ? problem : named}
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
          label="Description, what the model reads"
          required={false}
          rows={4}
          maxLength={2000}
          hint="Without one, the docstring’s first paragraph is used."
          value={description}
          onChange={(event) => setDescription(event.target.value)}
          error={error?.at('/description')}
        />
        <FormError error={told ? null : error} />
        <div className="flex flex-wrap gap-2">
          <Button type="submit" tone="primary" blocked={role ?? long} busy={create.isPending}>
            {create.isPending ? 'Creating…' : 'Create draft'}
          </Button>
          <Link to={`/servers/${server.id}`} className={buttonClass('plain')}>
            Cancel
          </Link>
        </div>
      </CodeForm>
    </>
  );
}
