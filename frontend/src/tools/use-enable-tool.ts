import { useMutation, useQueryClient } from '@tanstack/react-query';
import { errorText } from '../api/error';
import { refresh } from '../api/keys';
import { updateTool } from '../api/tools';
import { notify } from '../ui/notify';

/** The switch of a tool; outside its digest, so no review is needed. */
export function useEnableTool() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ tool, enabled }: { tool: { id: string; name: string }; enabled: boolean }) =>
      updateTool(tool.id, { enabled }),
    onSuccess: (_, { tool, enabled }) =>
      notify({ title: `${tool.name} switched ${enabled ? 'on' : 'off'}` }),
    onError: (error, { tool }) =>
      notify({ tone: 'bad', title: `${tool.name} not switched`, description: errorText(error) }),
    onSettled: () => refresh(queries),
  });
}
