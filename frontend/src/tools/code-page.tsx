import { lazy, Suspense, useMemo, useState } from 'react';
import { Pencil } from 'lucide-react';
import type { Tool } from '../api/types';
import { useWhyNot } from '../auth/session-context';
import { CodeSkeleton } from '../code/skeleton';
import { Button } from '../ui/button';
import { ChunkBoundary } from '../ui/chunk-boundary';
import { CopyButton } from '../ui/copy-button';
import { Visible } from '../ui/visible';
import { EditCode } from './edit-code';
import { useTool } from './use-tool';
import { useValidation } from './use-validation';

const CodeDiff = lazy(() => import('../code/diff'));

export default function CodePage() {
  const tool = useTool();
  const [editing, setEditing] = useState(false);
  return editing ? (
    <EditCode tool={tool} onDone={() => setEditing(false)} />
  ) : (
    <ReadCode tool={tool} onEdit={() => setEditing(true)} />
  );
}

function ReadCode({ tool, onEdit }: { tool: Tool; onEdit: () => void }) {
  const blocked = useWhyNot('edit');
  const { notes } = useValidation(tool.python_code);
  const after = useMemo(
    () => ({
      code: tool.python_code,
      name: `Code of ${tool.name}, version ${tool.current_version}`,
    }),
    [tool.python_code, tool.name, tool.current_version],
  );
  return (
    <>
      <div className="border-b border-line px-4 py-3 md:px-7">
        <p className="max-w-[80ch] break-words whitespace-pre-line text-ink-2">
          {tool.description ? <Visible text={tool.description} /> : 'It has no description.'}
        </p>
        <div className="mt-3 flex gap-2">
          <Button blocked={blocked} onClick={onEdit}>
            <Pencil size={14} aria-hidden />
            Edit
          </Button>
          <CopyButton text={tool.python_code} label="Copy code" size="md" />
        </div>
      </div>
      <div className="min-h-[240px] flex-1">
        <ChunkBoundary>
          <Suspense fallback={<CodeSkeleton />}>
            <CodeDiff before={null} after={after} mode="unified" notes={notes} focus={null} />
          </Suspense>
        </ChunkBoundary>
      </div>
    </>
  );
}
