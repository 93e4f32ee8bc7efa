import { useMemo } from 'react';
import type { JsonSchema } from '../api/types';
import { cx } from '../lib/cx';
import { fieldsOf, typeWords, type Field } from '../run/schema';
import { Chip } from '../ui/chip';
import { Visible } from '../ui/visible';

type Row = { field: Field; state: 'same' | 'new' | 'changed' | 'gone'; was: string };

function words(field: Field): string {
  const value = field.schema['default'];
  const preset = 'default' in field.schema ? `, default ${JSON.stringify(value)}` : '';
  return `${typeWords(field)}${field.required ? ', required' : ', optional'}${preset}`;
}

export function argumentRows(before: JsonSchema | null, after: JsonSchema): Row[] {
  const old = new Map(fieldsOf(before ?? {}).map((field) => [field.name, field]));
  const rows = fieldsOf(after).map((field): Row => {
    const was = old.get(field.name);
    old.delete(field.name);
    if (!before) return { field, state: 'same', was: '' };
    if (!was) return { field, state: 'new', was: '' };
    const same = JSON.stringify(was.schema) === JSON.stringify(field.schema);
    if (same && words(was) === words(field)) return { field, state: 'same', was: '' };
    return { field, state: 'changed', was: words(was) };
  });
  for (const field of old.values()) rows.push({ field, state: 'gone', was: words(field) });
  return rows;
}

const LOOK = {
  new: ['ok', 'new', 'bg-add-line'],
  changed: ['warn', 'changed', 'bg-warn-soft'],
  gone: ['bad', 'removed', 'bg-del-line'],
} as const;

/** The arguments that the model may send, against the approved ones. */
export function ArgumentsDiff({ before, after }: { before: JsonSchema | null; after: JsonSchema }) {
  const rows = useMemo(() => argumentRows(before, after), [before, after]);
  return (
    <div
      className="scroll h-full overflow-auto p-5 short:h-auto"
      tabIndex={0}
      role="region"
      aria-label="Arguments"
    >
      <p className="mb-2 text-2xs font-medium text-ink-3">Arguments the model may send</p>
      {rows.length === 0 && <p className="text-ink-2">It takes none.</p>}
      <ul className="max-w-[760px]">
        {rows.map(({ field, state, was }) => {
          const look = state === 'same' ? null : LOOK[state];
          return (
            <li
              key={field.name}
              className={cx('-mx-2 border-b border-line px-2 py-2', look && look[2])}
            >
              <p className="flex flex-wrap items-center gap-x-3 gap-y-0.5">
                <code className="font-medium break-all" translate="no">
                  {field.name}
                </code>
                <span className="min-w-0 break-words text-ink-2">
                  <Visible text={state === 'gone' ? was : words(field)} />
                </span>
                {look && <Chip tone={look[0]}>{look[1]}</Chip>}
              </p>
              {state === 'changed' && (
                <p className="text-xs break-words text-ink-2">
                  was: <Visible text={was} />
                </p>
              )}
              {field.help && (
                <p className="text-xs break-words text-ink-2">
                  <Visible text={field.help} />
                </p>
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
