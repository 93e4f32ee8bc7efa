import { useMutation, useQueryClient } from '@tanstack/react-query';
import { KEY, refresh } from '../api/keys';
import { deleteServer } from '../api/servers';
import type { ServerDetail } from '../api/types';
import { plural } from '../lib/format';
import { ConfirmNameDialog } from '../ui/confirm-name-dialog';
import { notify } from '../ui/notify';

export default function DeleteServerDialog({
  server,
  onDeleted,
  onClose,
}: {
  server: ServerDetail;
  onDeleted: () => void;
  onClose: () => void;
}) {
  const queries = useQueryClient();
  const running = server.status === 'running';
  const remove = useMutation({
    mutationFn: () => deleteServer(server.id, running),
    onSuccess: async () => {
      notify({ title: `${server.name} deleted` });
      onDeleted();
      queries.removeQueries({ queryKey: [KEY.server, server.id] });
      await refresh(queries);
    },
  });
  return (
    <ConfirmNameDialog
      title={`Delete ${server.name}`}
      name={server.name}
      action="Delete"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      The server, {plural(server.tool_count, 'tool')} and all their versions are gone for good.
      {running && ' It is running: calls under way fail.'}
    </ConfirmNameDialog>
  );
}
