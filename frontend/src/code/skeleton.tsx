import { Bone } from '../ui/states';

const WIDTHS = ['w-32', 'w-48', 'w-24', 'w-64', 'w-56', 'w-72', 'w-40', 'w-60', 'w-52', 'w-36'];

/** Where code will be. */
export function CodeSkeleton() {
  return (
    <div role="status" aria-busy="true" className="grid gap-2 p-4">
      <span className="sr-only">Loading the code…</span>
      {WIDTHS.map((width) => (
        <Bone key={width} className={`h-2.5 max-w-full ${width}`} />
      ))}
    </div>
  );
}
