import { ChevronLeft, ChevronRight } from 'lucide-react';
import { count } from '../lib/format';
import type { Page } from '../api/types';
import { IconButton } from './button';

/** "21–40 of 1,204" with previous and next; nothing when one page holds all. */
export function Pager({
  data,
  onPage,
  noun,
}: {
  data: Page<unknown>;
  onPage: (page: number) => void;
  noun: string;
}) {
  if (data.pages <= 1) return null;
  const from = (data.page - 1) * data.page_size + 1;
  const to = Math.min(data.total, from + data.items.length - 1);
  return (
    <nav
      aria-label={`Pages of ${noun}`}
      className="flex items-center justify-between gap-2 px-4 py-1.5 text-xs text-ink-2"
    >
      <span className="num">
        {count(from)}–{count(to)} of {count(data.total)}
      </span>
      <span className="flex gap-1">
        <IconButton
          label="Previous page"
          aria-disabled={data.page <= 1 || undefined}
          onClick={() => data.page > 1 && onPage(data.page - 1)}
          className="aria-disabled:opacity-40"
        >
          <ChevronLeft size={16} aria-hidden />
        </IconButton>
        <IconButton
          label="Next page"
          aria-disabled={data.page >= data.pages || undefined}
          onClick={() => data.page < data.pages && onPage(data.page + 1)}
          className="aria-disabled:opacity-40"
        >
          <ChevronRight size={16} aria-hidden />
        </IconButton>
      </span>
    </nav>
  );
}
