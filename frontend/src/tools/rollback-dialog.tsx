import { useRef } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { refresh } from '../api/keys';
import { rollback, toolQuery } from '../api/tools';
import type { Tool } from '../api/types';
import { Button } from '../ui/button';
import { Dialog, DialogActions } from '../ui/dialog';
import { notify } from '../ui/notify';
import { FormError } from '../ui/states';

export default function RollbackDialog({
  tool,
  version,
  onClose,
}: {
  tool: Tool;
  version: number;
  onClose: () => void;
}) {
  const cancel = useRef<HTMLButtonElement>(null);
  const queries = useQueryClient();
  const restore = useMutation({
    mutationFn: () => rollback(tool.id, version),
    onSuccess: async (next) => {
      queries.setQueryData(toolQuery(tool.id).queryKey, next);
      notify({
        title: `v${version} restored as v${next.current_version}`,
        description:
          next.approval_status === 'pending_review' ? 'It waits for a review now.' : undefined,
      });
      onClose();
      await refresh(queries);
    },
  });
  return (
    <Dialog open onClose={onClose} title={`Restore v${version} of ${tool.name}`} first={cancel}>
      <p className="mb-3 text-ink-2">
        Its content becomes the new v{tool.current_version + 1}. Nothing is lost: v
        {tool.current_version} stays in the list.
        {tool.approval_status !== 'draft' && ' A person has to approve it before it can be called.'}
      </p>
      <FormError error={restore.error} />
      <DialogActions>
        <Button ref={cancel} onClick={onClose}>
          Cancel
        </Button>
        <Button tone="primary" busy={restore.isPending} onClick={() => restore.mutate()}>
          {restore.isPending ? 'Restoring…' : 'Restore'}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
