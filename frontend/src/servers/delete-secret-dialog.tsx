import { useMutation, useQueryClient } from '@tanstack/react-query';
import { refresh } from '../api/keys';
import { deleteSecret } from '../api/secrets';
import type { Secret } from '../api/types';
import { plural } from '../lib/format';
import { ConfirmNameDialog } from '../ui/confirm-name-dialog';
import { notify } from '../ui/notify';

export default function DeleteSecretDialog({
  secret,
  onClose,
}: {
  secret: Secret;
  onClose: () => void;
}) {
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteSecret(secret),
    onSuccess: async () => {
      notify({ title: `${secret.key_name} deleted` });
      onClose();
      await refresh(queries);
    },
  });
  const uses = secret.used_by.length;
  return (
    <ConfirmNameDialog
      title={`Delete ${secret.key_name}`}
      name={secret.key_name}
      action="Delete"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      Its value is gone for good.
      {uses > 0 && ` Calls of ${plural(uses, 'tool')} that declare it fail until it is there again.`}
    </ConfirmNameDialog>
  );
}
