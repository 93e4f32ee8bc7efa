import { Visible } from '../ui/visible';
import { PanelHead } from './panel-head';

/** The author's whole note; the head shows only its first lines. */
const HEAD_SHOWS = 120;

export function NotesPanel({ notes }: { notes: string | null }) {
  if (!notes || (notes.length <= HEAD_SHOWS && !notes.includes('\n'))) return null;
  return (
    <section aria-labelledby="notes" className="border-t border-line">
      <PanelHead id="notes">Note of the author</PanelHead>
      <p className="px-4 pb-3 break-words whitespace-pre-line text-ink-2">
        <Visible text={notes} />
      </p>
    </section>
  );
}
