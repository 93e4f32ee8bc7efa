import { useRef, useState, type FormEvent, type ReactNode } from 'react';
import { Button } from './button';
import { Dialog, DialogActions } from './dialog';
import { TextField } from './field';
import { FormError } from './states';

/** Before something can't be undone: the name has to be typed. */
export function ConfirmNameDialog({
  title,
  name,
  action,
  busy,
  error,
  onConfirm,
  onClose,
  children,
}: {
  title: string;
  name: string;
  action: string;
  busy: boolean;
  error: unknown;
  onConfirm: () => void;
  onClose: () => void;
  children: ReactNode;
}) {
  const [typed, setTyped] = useState('');
  const [tried, setTried] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const same = typed === name;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!same) field.current?.focus();
    else if (!busy) onConfirm();
  };
  return (
    <Dialog open onClose={onClose} title={title} first={field}>
      <form noValidate className="grid gap-4" onSubmit={submit}>
        <p className="text-ink-2">{children}</p>
        <TextField
          ref={field}
          label={
            <>
              Type <code className="font-semibold">{name}</code> to go on
            </>
          }
          required
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          error={tried && !same ? 'That isn’t the name.' : undefined}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <FormError error={error} />
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="bad" busy={busy}>
            {action}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
