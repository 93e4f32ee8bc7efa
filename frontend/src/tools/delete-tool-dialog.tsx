import { useMutation, useQueryClient } from '@tanstack/react-query';
import { KEY, refresh } from '../api/keys';
import { deleteTool } from '../api/tools';
import type { Tool } from '../api/types';
import { ConfirmNameDialog } from '../ui/confirm-name-dialog';
import { notify } from '../ui/notify';

export default function DeleteToolDialog({
  tool,
  onDeleted,
  onClose,
}: {
  tool: Tool;
  onDeleted: () => void;
  onClose: () => void;
}) {
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteTool(tool.id),
    onSuccess: async () => {
      notify({ title: `${tool.name} deleted` });
      onDeleted();
      queries.removeQueries({ queryKey: [KEY.tool, tool.id] });
      await refresh(queries);
    },
  });
  return (
    <ConfirmNameDialog
      title={`Delete ${tool.name}`}
      name={tool.name}
      action="Delete"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      The tool and all its versions are gone for good.
    </ConfirmNameDialog>
  );
}
