import type { ReactNode, RefObject } from 'react';
import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { cx } from '../lib/cx';

/**
 * A modal dialog: traps the focus, closes on Escape, gives the focus back.
 * Load it lazily: it isn't needed for the first paint of any page.
 */
export function Dialog({
  open,
  onClose,
  title,
  children,
  first,
  width = 'narrow',
  insistent = false,
}: {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  children: ReactNode;
  /** What gets the focus; else the first control. */
  first?: RefObject<HTMLElement | null> | undefined;
  width?: 'narrow' | 'wide';
  /** Needs an answer: a click beside it doesn't close it. */
  insistent?: boolean;
}) {
  return (
    <Base.Root
      open={open}
      disablePointerDismissal={insistent}
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
    >
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-scrim" />
        <Base.Popup
          data-modal
          {...(first && { initialFocus: first })}
          className={cx(
            'pop scroll fixed top-[max(12px,12dvh)] left-1/2 z-50 flex max-h-[min(80dvh,calc(100dvh-24px))] -translate-x-1/2 flex-col overflow-y-auto p-5',
            width === 'wide' ? 'w-[min(760px,94vw)]' : 'w-[min(460px,94vw)]',
          )}
        >
          <div className="mb-2 flex items-start gap-3">
            <Base.Title className="min-w-0 flex-1 text-base font-semibold tracking-tight break-words">
              {title}
            </Base.Title>
            <Base.Close
              aria-label="Close"
              className="-mt-1.5 -mr-2 grid size-8 shrink-0 place-items-center rounded-md text-ink-3 hover:bg-hover hover:text-ink"
            >
              <X size={16} aria-hidden />
            </Base.Close>
          </div>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** The buttons at the bottom of a dialog. */
export function DialogActions({ children }: { children: ReactNode }) {
  return <div className="mt-4 flex flex-wrap justify-end gap-2">{children}</div>;
}
