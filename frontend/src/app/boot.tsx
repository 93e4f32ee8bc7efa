import { Bone } from '../ui/states';

/** Before anything is known: the frame's geometry, nothing in it. */
export function Boot() {
  return (
    <div className="flex h-dvh flex-col-reverse md:flex-row" role="status" aria-busy="true">
      <span className="sr-only">Loading mcpbox…</span>
      <div className="h-14 shrink-0 border-line max-md:border-t md:h-full md:w-[68px] md:border-r" />
      <div className="min-w-0 flex-1 px-4 py-7 md:px-7">
        <Bone className="h-6 w-56 max-w-full" />
        <Bone className="mt-3 h-3.5 w-80 max-w-full" />
      </div>
    </div>
  );
}
