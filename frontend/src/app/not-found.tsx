import { Link } from 'react-router';
import { buttonClass } from '../ui/button';
import { useTitle } from '../lib/use-title';

export function NotFound({ what = 'There is no page at this address.' }: { what?: string }) {
  useTitle('Not found');
  return (
    <div className="max-w-[60ch] px-4 py-10 md:px-7">
      <h1 className="text-xl font-semibold tracking-[-.02em]">Not found</h1>
      <p className="mt-2 text-ink-2">{what}</p>
      <p className="mt-4 flex flex-wrap gap-2">
        <Link to="/" className={buttonClass('primary')}>
          Home
        </Link>
        <Link to="/review" className={buttonClass()}>
          Review
        </Link>
        <Link to="/servers" className={buttonClass()}>
          Servers
        </Link>
      </p>
    </div>
  );
}
