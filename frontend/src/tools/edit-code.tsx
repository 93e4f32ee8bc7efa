import { useState } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ApiError } from '../api/error';
import { refresh } from '../api/keys';
import { toolQuery, updateTool } from '../api/tools';
import type { Tool } from '../api/types';
import { Button } from '../ui/button';
import { TextArea, TextField } from '../ui/field';
import { notify } from '../ui/notify';
import { FormError } from '../ui/states';
import { CODE_MAX, CodeForm } from './code-form';
import { LeaveGuard } from './leave-guard';
import { useValidation } from './use-validation';

/** Changes the code and the description: a new version, and a new review. */
export function EditCode({ tool, onDone }: { tool: Tool; onDone: () => void }) {
  // The text that editing started from, even if the tool moves meanwhile.
  const [start] = useState(tool);
  const [code, setCode] = useState(tool.python_code);
  const [description, setDescription] = useState(tool.description);
  const [summary, setSummary] = useState('');
  const validation = useValidation(code);
  const queries = useQueryClient();
  const changed = code !== start.python_code || description !== start.description;
  const save = useMutation({
    mutationFn: () =>
      updateTool(tool.id, {
        ...(code !== start.python_code && { python_code: code }),
        ...(description !== start.description && { description }),
        ...(summary.trim() && { change_summary: summary.trim() }),
      }),
    onSuccess: async (next) => {
      queries.setQueryData(toolQuery(tool.id).queryKey, next);
      notify({
        title: `Saved as v${next.current_version}`,
        description:
          next.approval_status === 'draft' ? 'Still a draft.' : 'It waits for a review now.',
      });
      onDone();
      await refresh(queries);
    },
  });
  const error = save.error instanceof ApiError ? save.error : null;
  const told = error?.at('/python_code') ?? error?.at('/description');
  const moved = tool.current_version !== start.current_version;
  const blocked = ((): string | undefined => {
    if (!changed) return 'Nothing has changed.';
    if (code.trim() === '') return 'There is no code.';
    return code.length > CODE_MAX ? 'The code is too long.' : undefined;
  })();
  return (
    <>
      <LeaveGuard unsaved={changed && !save.isSuccess} />
      <CodeForm
        code={code}
        onCode={setCode}
        validation={validation}
        name={`Code of ${tool.name}`}
        error={error?.at('/python_code')}
        onSubmit={() => !blocked && !save.isPending && save.mutate()}
      >
        {moved && (
          <p role="status" className="rounded-md bg-warn-soft px-3 py-2 text-xs text-warn">
            v{tool.current_version} was made meanwhile. Saving makes your text the newest version.
          </p>
        )}
        <TextArea
          label="Description, what the model reads"
          required={false}
          rows={5}
          maxLength={2000}
          value={description}
          onChange={(event) => setDescription(event.target.value)}
          error={error?.at('/description')}
          hint={`${description.length} of 2000`}
        />
        <TextField
          label="What changed"
          required={false}
          maxLength={500}
          value={summary}
          onChange={(event) => setSummary(event.target.value)}
        />
        <FormError error={told ? null : error} />
        <div className="flex flex-wrap gap-2">
          <Button type="submit" tone="primary" blocked={blocked} busy={save.isPending}>
            {save.isPending ? 'Saving…' : 'Save'}
          </Button>
          <Button onClick={onDone}>{changed ? 'Discard' : 'Close'}</Button>
        </div>
        {tool.approval_status !== 'draft' && (
          <p className="text-2xs text-ink-3">
            A new version has to be approved again; until then calls are refused.
          </p>
        )}
      </CodeForm>
    </>
  );
}
