import { useMutation, useQueryClient } from '@tanstack/react-query';
import { errorText } from '../api/error';
import { KEY, refresh } from '../api/keys';
import { switchServer, type ServerAction } from '../api/servers';
import type { Page, Server } from '../api/types';
import { notify } from '../ui/notify';

const DONE: Record<ServerAction, string> = {
  start: 'started',
  stop: 'stopped',
  restart: 'restarted',
};

type Wanted = { server: Pick<Server, 'id' | 'name'>; action: ServerAction };

function withStatus<T extends Server>(server: T, id: string, status: Server['status']): T {
  return server.id === id ? { ...server, status } : server;
}

/** Start, stop, restart: shown at once, taken back when it fails. */
export function useSwitchServer() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ server, action }: Wanted) => switchServer(server.id, action),
    onMutate: async ({ server, action }) => {
      await queries.cancelQueries({ queryKey: [KEY.servers] });
      await queries.cancelQueries({ queryKey: [KEY.server, server.id] });
      const status = action === 'stop' ? 'stopped' : 'running';
      queries.setQueriesData<Page<Server>>(
        { queryKey: [KEY.servers] },
        (old) =>
          old && { ...old, items: old.items.map((item) => withStatus(item, server.id, status)) },
      );
      queries.setQueriesData<Server>(
        { queryKey: [KEY.server, server.id] },
        (old) => old && withStatus(old, server.id, status),
      );
    },
    onSuccess: (_, { server, action }) => notify({ title: `${server.name} ${DONE[action]}` }),
    onError: (error, { server, action }) =>
      notify({
        tone: 'bad',
        title: `${server.name} could not be ${DONE[action]}`,
        description: errorText(error),
      }),
    // Whatever happened: the server knows.
    onSettled: () => refresh(queries),
  });
}
