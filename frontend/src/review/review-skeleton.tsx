import { CodeSkeleton } from '../code/skeleton';
import { Bone } from '../ui/states';

export function ReviewSkeleton() {
  return (
    <div className="flex h-full flex-col">
      <div className="border-b border-line bg-canvas px-4 py-3">
        <Bone className="h-5 w-56 max-w-full" />
        <Bone className="mt-2 h-3 w-80 max-w-full" />
      </div>
      <div className="flex min-h-0 flex-1">
        <div className="min-w-0 flex-1">
          <CodeSkeleton />
        </div>
        <div className="w-[340px] border-l border-line bg-canvas p-4 max-lg:hidden">
          <Bone className="h-4 w-48" />
          <Bone className="mt-4 h-3 w-full" />
          <Bone className="mt-2 h-3 w-2/3" />
        </div>
      </div>
    </div>
  );
}
