import { useQueryClient } from '@tanstack/react-query';
import { toolQuery } from '../api/tools';
import { RunPanel } from '../run/run-panel';
import { useTool } from './use-tool';

export default function RunPage() {
  const tool = useTool();
  const queries = useQueryClient();
  return (
    <div className="max-w-[640px] px-4 py-5 md:px-7">
      <h2 className="mb-1 font-semibold">Trial run</h2>
      <p className="mb-4 text-ink-2">
        Runs the newest version once, isolated. Drafts can be tried too.
      </p>
      <RunPanel
        key={tool.digest}
        toolId={tool.id}
        version={tool.current_version}
        digest={tool.digest}
        schema={tool.input_schema}
        onMoved={() => void queries.invalidateQueries({ queryKey: toolQuery(tool.id).queryKey })}
      />
    </div>
  );
}
