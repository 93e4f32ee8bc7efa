import { useRef } from 'react';
import { Button } from '../ui/button';
import { Dialog, DialogActions } from '../ui/dialog';

export default function LeaveDialog({
  onStay,
  onLeave,
}: {
  onStay: () => void;
  onLeave: () => void;
}) {
  const stay = useRef<HTMLButtonElement>(null);
  return (
    <Dialog open onClose={onStay} title="Leave without saving?" first={stay}>
      <p className="text-ink-2">What you typed is lost when you leave.</p>
      <DialogActions>
        <Button tone="bad" onClick={onLeave}>
          Leave
        </Button>
        <Button ref={stay} tone="primary" onClick={onStay}>
          Stay
        </Button>
      </DialogActions>
    </Dialog>
  );
}
