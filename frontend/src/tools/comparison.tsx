import { useQuery } from '@tanstack/react-query';
import { comparisonQuery } from '../api/tools';
import { cx } from '../lib/cx';
import { asText } from '../run/outcome';
import { Bone, Loaded } from '../ui/states';
import { Visible } from '../ui/visible';

const FIELD_WORDS: Record<string, string> = {
  title: 'Title',
  description: 'Description',
  timeout_ms: 'Deadline in ms',
  input_schema: 'Arguments',
  output_schema: 'Result schema',
  annotations: 'Annotations',
  secret_names: 'Secrets',
};

/** What differs between two versions, as the server tells it. */
export function Comparison({ toolId, from, to }: { toolId: string; from: number; to: number }) {
  const query = useQuery(comparisonQuery(toolId, from, to));
  return (
    <Loaded
      query={query}
      what="The versions could not be compared."
      skeleton={<Bone className="h-24 w-full" />}
    >
      {(data) => {
        const fields = data.differences.filter(({ field }) => field !== 'python_code');
        if (fields.length === 0 && !data.unified_diff)
          return <p className="text-ink-2">Their content is the same.</p>;
        return (
          <div className="grid gap-4">
            {fields.length > 0 && (
              <dl className="grid gap-3">
                {fields.map(({ field, old_value, new_value }) => (
                  <div key={field}>
                    <dt className="mb-1 text-xs font-medium">{FIELD_WORDS[field] ?? field}</dt>
                    <Value op="removed" value={old_value} />
                    <Value op="added" value={new_value} />
                  </div>
                ))}
              </dl>
            )}
            {data.unified_diff && <UnifiedDiff text={data.unified_diff} />}
          </div>
        );
      }}
    </Loaded>
  );
}

function Value({ op, value }: { op: 'added' | 'removed'; value: unknown }) {
  if (value === null || value === undefined || value === '') return null;
  const Mark = op === 'added' ? 'ins' : 'del';
  return (
    <dd
      className={cx(
        'px-2 py-1 text-xs break-words whitespace-pre-wrap',
        op === 'added' ? 'bg-add-line' : 'bg-del-line',
      )}
    >
      <Mark className="no-underline">
        <Visible text={asText(value)} />
      </Mark>
    </dd>
  );
}

function lineClass(line: string): string {
  if (line.startsWith('+++') || line.startsWith('---')) return 'text-ink-3';
  if (line.startsWith('+')) return 'bg-add-line';
  if (line.startsWith('-')) return 'bg-del-line';
  return line.startsWith('@@') ? 'text-ink-3' : '';
}

function UnifiedDiff({ text }: { text: string }) {
  const lines = text.replace(/\n$/, '').split('\n');
  return (
    <pre
      translate="no"
      tabIndex={0}
      role="region"
      aria-label="Difference of the code"
      className="scroll max-h-[50dvh] overflow-auto rounded-md border border-line bg-surface py-1 font-mono text-xs leading-[19px]"
    >
      {lines.map((line, index) => {
        // Lines of a constant text: their place is their identity.
        const key = `${index}`;
        return (
          <span
            key={key}
            className={cx('block px-2.5 break-words whitespace-pre-wrap', lineClass(line))}
          >
            <Visible text={line || ' '} />
          </span>
        );
      })}
    </pre>
  );
}
