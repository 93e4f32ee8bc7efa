import { useRef, useState, type FormEvent } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { refresh } from '../api/keys';
import { requestPublish, toolQuery } from '../api/tools';
import type { Tool } from '../api/types';
import { Button } from '../ui/button';
import { Dialog, DialogActions } from '../ui/dialog';
import { TextArea } from '../ui/field';
import { notify } from '../ui/notify';
import { FormError } from '../ui/states';

const NOTES_MAX = 2000;

export default function PublishDialog({ tool, onClose }: { tool: Tool; onClose: () => void }) {
  const [notes, setNotes] = useState('');
  const field = useRef<HTMLTextAreaElement>(null);
  const queries = useQueryClient();
  const ask = useMutation({
    mutationFn: () => requestPublish(tool.id, notes.trim()),
    onSuccess: async (next) => {
      queries.setQueryData(toolQuery(tool.id).queryKey, next);
      notify({ title: `${tool.name} v${next.current_version} waits for review` });
      onClose();
      await refresh(queries);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!ask.isPending) ask.mutate();
  };
  return (
    <Dialog open onClose={onClose} title={`Ask for a review of ${tool.name}`} first={field}>
      <form noValidate className="grid gap-3" onSubmit={submit}>
        <TextArea
          ref={field}
          label="Note to the reviewer"
          required={false}
          rows={4}
          maxLength={NOTES_MAX}
          value={notes}
          onChange={(event) => setNotes(event.target.value)}
          hint={`What it does and why. ${notes.length} of ${NOTES_MAX}`}
        />
        <FormError error={ask.error} />
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" busy={ask.isPending}>
            {ask.isPending ? 'Sending…' : 'Ask for review'}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
