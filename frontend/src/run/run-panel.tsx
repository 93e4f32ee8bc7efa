import { useEffect, useMemo, useRef, useState, type FormEvent } from 'react';
import { useMutation } from '@tanstack/react-query';
import { Play, Square } from 'lucide-react';
import { ApiError, CANCELLED } from '../api/error';
import { testCode } from '../api/tools';
import type { JsonSchema, TrialRun } from '../api/types';
import { useWhyNot } from '../auth/session-context';
import { Button } from '../ui/button';
import { Segmented } from '../ui/segmented';
import { FormError } from '../ui/states';
import { check, type Errors } from './check';
import { fieldsOf, given, startValues, Unfinished, type Values } from './schema';
import { parseJson, SchemaForm } from './schema-form';
import { OutcomeChip, Transcript } from './transcript';

/** Errors of the server about the arguments, as pointers into them. */
function serverErrors(error: unknown): Errors {
  if (!(error instanceof ApiError)) return {};
  return Object.fromEntries(
    error.errors
      .filter(({ pointer }) => pointer.startsWith('/arguments/'))
      .map(({ pointer, message }) => [pointer.slice('/arguments'.length), message]),
  );
}

function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A run of the version on screen with the reader's own arguments.  For who may
 * approve it, it has the secrets and the network that it asks for.  Give it a
 * key that changes with the tool, or it keeps the old arguments.
 */
export function RunPanel({
  toolId,
  version,
  digest,
  schema,
  onMoved,
}: {
  toolId: string;
  version: number;
  digest: string;
  schema: JsonSchema;
  /** The tool has changed: another version ran than the one on screen. */
  onMoved?: () => void;
}) {
  const blocked = useWhyNot('run');
  const powers = useWhyNot('decide') === undefined;
  const fields = useMemo(() => fieldsOf(schema), [schema]);
  const [values, setValues] = useState<Values>(() => startValues(fields));
  const [view, setView] = useState<'form' | 'json'>('form');
  const [text, setText] = useState('');
  const [tried, setTried] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const abort = useRef<AbortController>(null);

  const run = useMutation({
    mutationFn: (args: Values) => {
      abort.current = new AbortController();
      return testCode(toolId, version, args, abort.current.signal);
    },
    onSuccess: (result: TrialRun) => {
      if (result.digest !== digest) onMoved?.();
    },
  });
  useEffect(() => () => abort.current?.abort(), []);

  const parsed = useMemo(() => (view === 'json' ? parseJson(text) : values), [view, text, values]);
  const local = useMemo(() => check(fields, values), [fields, values]);
  const errors = tried && view === 'form' ? { ...local, ...serverErrors(run.error) } : {};
  const textError =
    parsed instanceof Unfinished
      ? parsed.problem
      : isObject(parsed)
        ? undefined
        : 'The arguments are a JSON object, like {"name": "value"}.';
  const cancelled = run.error instanceof ApiError && run.error.slug === CANCELLED;

  const switchView = (next: 'form' | 'json') => {
    if (next === 'json') setText(JSON.stringify(given(values), null, 2));
    else if (isObject(parsed)) setValues(parsed);
    else {
      setTried(true);
      return;
    }
    setView(next);
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (blocked || run.isPending) return;
    if (view === 'json') {
      if (isObject(parsed)) run.mutate(parsed);
      return;
    }
    const [first] = Object.keys(local);
    if (first === undefined) run.mutate(given(values) as Values);
    else
      form.current
        ?.querySelector<HTMLElement>(
          `[data-at="${CSS.escape(first)}"] :is(input, select, textarea)`,
        )
        ?.focus();
  };

  return (
    <form ref={form} noValidate className="grid gap-3" onSubmit={submit} data-run-form>
      {fields.length > 0 && (
        <Segmented
          label="Arguments"
          value={view}
          onChange={switchView}
          items={[
            ['form', 'Form'],
            ['json', 'JSON'],
          ]}
        />
      )}
      {view === 'form' ? (
        fields.length > 0 ? (
          <SchemaForm fields={fields} values={values} onChange={setValues} errors={errors} />
        ) : (
          <p className="text-ink-2">It takes no arguments.</p>
        )
      ) : (
        <div>
          <textarea
            aria-label="Arguments as JSON"
            aria-invalid={tried && textError ? true : undefined}
            aria-describedby="run-json-hint"
            rows={8}
            spellCheck={false}
            translate="no"
            className="field font-mono"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <p id="run-json-hint" className="mt-1 text-2xs font-medium text-bad empty:hidden">
            {tried ? textError : undefined}
          </p>
        </div>
      )}
      <div className="flex flex-wrap items-center gap-2">
        <Button type="submit" tone="primary" size="sm" blocked={blocked} busy={run.isPending}>
          <Play size={13} aria-hidden />
          {run.isPending ? 'Running…' : `Run v${version}`}
        </Button>
        {run.isPending && (
          <Button size="sm" onClick={() => abort.current?.abort()}>
            <Square size={12} aria-hidden />
            Cancel
          </Button>
        )}
        <span className="text-2xs text-ink-3">
          {blocked ??
            (powers
              ? 'It gets the secrets and the network that this version asks for.'
              : 'It gets no secrets and no network, unless this version is approved.')}
        </span>
      </div>
      <div aria-live="polite" className="grid gap-2">
        {cancelled ? (
          <p className="text-ink-2">Cancelled.</p>
        ) : (
          <FormError error={run.isPending ? null : run.error} />
        )}
        {run.data && !run.isPending && (
          <>
            <div>
              <OutcomeChip run={run.data} />
            </div>
            <Transcript run={run.data} />
          </>
        )}
      </div>
    </form>
  );
}
