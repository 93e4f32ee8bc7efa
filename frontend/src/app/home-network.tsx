import { Link } from 'react-router';
import { useQuery } from '@tanstack/react-query';
import { ArrowRight } from 'lucide-react';
import { networkQuery } from '../api/network';
import { plural } from '../lib/format';

const WAITING = { search: '', status: 'pending', page: 1 } as const;

/** One line, when a request for network access waits. */
export function HomeNetwork() {
  const query = useQuery(networkQuery(WAITING, 1));
  const n = query.data?.total ?? 0;
  if (n === 0) return null;
  return (
    <p className="border-b border-line px-4 py-2.5 md:px-7">
      <Link
        to="/network"
        className="inline-flex min-h-6 items-center gap-1 font-medium text-accent hover:underline"
      >
        {plural(n, 'request')} for network access {n === 1 ? 'waits' : 'wait'}
        <ArrowRight size={13} aria-hidden />
      </Link>
    </p>
  );
}
