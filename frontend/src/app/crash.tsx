import { isRouteErrorResponse, useRouteError } from 'react-router';
import { Button } from '../ui/button';
import { NotFound } from './not-found';

/** A chunk of an older build: the files have new names after an update. */
function isStaleChunk(error: unknown): boolean {
  return (
    error instanceof TypeError && /dynamically imported module|module script/i.test(error.message)
  );
}

/** Instead of a page that threw; the frame around it stays. */
export function PageCrash({ full = false }: { full?: boolean }) {
  const error = useRouteError();
  if (isRouteErrorResponse(error) && error.status === 404) return <NotFound />;
  const stale = isStaleChunk(error);
  const content = (
    <div role="alert" className="max-w-[60ch] px-4 py-10 md:px-7">
      <h1 className="text-xl font-semibold tracking-[-.02em]">
        {stale ? 'mcpbox was updated.' : 'This page stopped working.'}
      </h1>
      <p className="mt-2 text-ink-2">
        {stale
          ? 'Load it again to get the new version.'
          : 'Nothing was sent or changed by it. Loading it again may help; if it happens every time, please report what you did.'}
      </p>
      <div className="mt-4 flex gap-2">
        <Button tone="primary" onClick={() => location.reload()}>
          Load again
        </Button>
        <Button onClick={() => location.assign('/')}>Go to Home</Button>
      </div>
    </div>
  );
  return full ? <main>{content}</main> : content;
}
