import { Link } from 'react-router';
import { useQuery } from '@tanstack/react-query';
import { queueQuery } from '../api/review';
import { Age } from '../ui/age';

const SHOWN = 5;
const FILTER = { search: '', page: 1 } as const;

/** Under "Nothing waits.": what was approved lately. */
export function RecentDecisions() {
  const query = useQuery(queueQuery({ ...FILTER, status: 'approved' }));
  const items = (query.data?.items ?? [])
    .filter((item) => item.approved_at !== null)
    .toSorted((a, b) => (b.approved_at ?? '').localeCompare(a.approved_at ?? ''))
    .slice(0, SHOWN);
  if (items.length === 0)
    return (
      <p className="mt-1 max-w-[60ch] text-ink-2">
        When a model asks to publish a tool, it appears here for you to read, try and decide.
      </p>
    );
  return (
    <>
      <h3 className="mt-5 mb-1 text-xs font-medium text-ink-3">Approved lately</h3>
      <ul className="max-w-[520px]">
        {items.map((item) => (
          <li key={item.id}>
            <Link
              to={`/review/${item.id}?status=approved`}
              className="touch flex items-baseline gap-2 rounded-md py-1.5 hover:underline"
            >
              <span className="min-w-0 flex-1 truncate">
                <span className="font-medium">{item.name}</span>{' '}
                <span className="text-ink-3">{item.server_name}</span>
              </span>
              <span className="text-xs text-ink-3">
                {item.approved_by && `${item.approved_by}, `}
                {item.approved_at && <Age time={item.approved_at} />}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}
