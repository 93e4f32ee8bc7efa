import { Check, CircleAlert, LoaderCircle } from 'lucide-react';
import { errorText } from '../api/error';
import { plural } from '../lib/format';
import { Button } from '../ui/button';
import { Visible } from '../ui/visible';
import type { Validation } from './use-validation';

/** What the server says about the code that is being typed. */
export function ValidationPanel({ validation }: { validation: Validation }) {
  const { query, report, checking } = validation;
  return (
    <div role="status" className="grid gap-2 text-xs">
      {query.isError ? (
        <p className="flex flex-wrap items-center gap-2 text-warn">
          Not checked: {errorText(query.error)}
          <Button size="sm" onClick={() => void query.refetch()}>
            Try again
          </Button>
        </p>
      ) : checking ? (
        <p className="flex items-center gap-1.5 text-ink-3">
          <LoaderCircle size={13} className="animate-spin" aria-hidden />
          Checking…
        </p>
      ) : (
        report && <Verdict report={report} />
      )}
      {report?.valid && report.parameters.length > 0 && (
        <div>
          <p className="mb-1 font-medium">Arguments</p>
          <ul className="grid gap-0.5">
            {report.parameters.map((parameter) => (
              <li key={parameter.name} className="break-words">
                <code translate="no">{parameter.name}</code>{' '}
                <span className="text-ink-3">
                  {parameter.type}
                  {parameter.required ? '' : ', optional'}
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {report?.description && (
        <div>
          <p className="mb-1 font-medium">Its docstring says</p>
          <p className="break-words text-ink-2">
            <Visible text={report.description} />
          </p>
        </div>
      )}
    </div>
  );
}

function Verdict({ report }: { report: NonNullable<Validation['report']> }) {
  if (report.error)
    return (
      <p className="flex items-start gap-1.5 font-medium text-bad">
        <CircleAlert size={14} className="mt-px shrink-0" aria-hidden />
        <span className="min-w-0 break-words">
          Line {report.error.line}: {report.error.message}
        </span>
      </p>
    );
  if (!report.has_main)
    return (
      <p className="flex items-start gap-1.5 font-medium text-bad">
        <CircleAlert size={14} className="mt-px shrink-0" aria-hidden />
        <span>
          It needs <code>async def main(…)</code>: that is what a call runs.
        </span>
      </p>
    );
  const high = report.findings.filter((finding) => finding.severity === 'high').length;
  return (
    <p className="flex items-center gap-1.5 text-ok">
      <Check size={14} className="shrink-0" aria-hidden />
      It parses and has a main.
      {high > 0 && <span className="font-medium text-bad">{plural(high, 'high finding')}</span>}
    </p>
  );
}
