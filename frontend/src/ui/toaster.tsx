import { useEffect } from 'react';
import { Toast } from '@base-ui/react/toast';
import { CircleAlert, X } from 'lucide-react';
import { attachToaster } from './notify';

/** Long enough to reach the action (WCAG 2.2.1). */
const TIMEOUT_MS = 8000;

const manager = Toast.createToastManager<{ bad: boolean }>();

function List() {
  const { toasts } = Toast.useToastManager<{ bad: boolean }>();
  return toasts.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      className="pop flex w-full items-center gap-3 py-2 pr-2 pl-3.5 text-sm"
    >
      {toast.data?.bad && <CircleAlert size={16} className="shrink-0 text-bad" aria-hidden />}
      <div className="min-w-0 flex-1">
        <Toast.Title className="font-medium break-words" />
        <Toast.Description className="text-xs break-words text-ink-2" />
      </div>
      {toast.actionProps && (
        <Toast.Action className="h-7 shrink-0 rounded-md px-2 text-xs font-medium text-accent hover:bg-hover" />
      )}
      <Toast.Close
        aria-label="Dismiss"
        className="grid size-7 shrink-0 place-items-center rounded-md text-ink-3 hover:bg-hover"
      >
        <X size={14} aria-hidden />
      </Toast.Close>
    </Toast.Root>
  ));
}

export default function Toaster() {
  useEffect(
    () =>
      attachToaster(({ title, description, tone, action }) => {
        const id = manager.add({
          title,
          description,
          priority: tone === 'bad' ? 'high' : 'low',
          data: { bad: tone === 'bad' },
          ...(action && {
            actionProps: {
              children: action.label,
              onClick: () => {
                manager.close(id);
                action.run();
              },
            },
          }),
        });
      }),
    [],
  );
  return (
    <Toast.Provider toastManager={manager} timeout={TIMEOUT_MS} limit={3}>
      <Toast.Portal>
        {/* Above the sign-off bar and the bottom bar: it never covers a decision. */}
        <Toast.Viewport className="fixed bottom-32 left-1/2 z-[60] flex w-[min(400px,calc(100vw-24px))] -translate-x-1/2 flex-col gap-2 md:bottom-[68px]">
          <List />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}
