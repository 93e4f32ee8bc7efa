import { useId, useState, type ReactNode } from 'react';
import { Plus, X } from 'lucide-react';
import { cx } from '../lib/cx';
import { Button, IconButton } from '../ui/button';
import { Visible } from '../ui/visible';
import { pointer, type Errors } from './check';
import { startValues, Unfinished, type Field, type Values } from './schema';

type Change = (value: unknown) => void;

/** A form for the fields of an object schema. */
export function SchemaForm({
  fields,
  values,
  onChange,
  errors,
  parent = '',
}: {
  fields: readonly Field[];
  values: Values;
  onChange: (values: Values) => void;
  errors: Errors;
  parent?: string;
}) {
  return (
    <div className="grid gap-3">
      {fields.map((field) => (
        <FieldRow
          key={field.name}
          field={field}
          value={values[field.name]}
          onChange={(value) => onChange({ ...values, [field.name]: value })}
          errors={errors}
          at={pointer(parent, field.name)}
        />
      ))}
    </div>
  );
}

type RowProps = { field: Field; value: unknown; onChange: Change; errors: Errors; at: string };

function FieldRow({ field, value, onChange, errors, at }: RowProps) {
  const id = useId();
  const error = errors[at];
  const group = field.type.kind === 'group' || field.type.kind === 'groups';
  const Label = group ? 'span' : 'label';
  return (
    <div
      className="min-w-0"
      data-at={at}
      {...(group && { role: 'group', 'aria-labelledby': `${id}-label` })}
    >
      <div className="mb-1 flex items-baseline justify-between gap-2">
        <Label
          id={`${id}-label`}
          {...(!group && { htmlFor: id })}
          className="min-w-0 text-xs font-medium break-words"
        >
          <Visible text={field.label} />
          {!field.required && <span className="font-normal text-ink-3"> (optional)</span>}
        </Label>
        {field.label !== field.name && (
          <code className="truncate text-2xs text-ink-3" translate="no">
            {field.name}
          </code>
        )}
      </div>
      <Control id={id} field={field} value={value} onChange={onChange} errors={errors} at={at} />
      <p
        id={`${id}-hint`}
        className={cx(
          'mt-1 text-2xs break-words empty:hidden',
          error ? 'font-medium text-bad' : 'text-ink-3',
        )}
      >
        {error ?? (field.help && <Visible text={field.help} />)}
      </p>
    </div>
  );
}

function Control({ id, field, value, onChange, errors, at }: RowProps & { id: string }) {
  const { type } = field;
  const tie = {
    id,
    'aria-describedby': `${id}-hint`,
    'aria-invalid': errors[at] ? true : undefined,
    'aria-required': field.required || undefined,
  } as const;
  switch (type.kind) {
    case 'choice':
      return (
        <Choice tie={tie} options={type.options} field={field} value={value} onChange={onChange} />
      );
    case 'boolean':
      return (
        <Choice tie={tie} options={[true, false]} field={field} value={value} onChange={onChange} />
      );
    case 'text':
      return <TextInput tie={tie} type={type} value={value} onChange={onChange} />;
    case 'number':
      return <NumberInput tie={tie} value={value} onChange={onChange} />;
    case 'list':
      return (
        <ListInput tie={tie} field={field} item={type.item} value={value} onChange={onChange} />
      );
    case 'group':
      return (
        <div className="rounded-md border border-line p-3">
          <SchemaForm
            fields={type.fields}
            values={isValues(value) ? value : {}}
            onChange={onChange}
            errors={errors}
            parent={at}
          />
        </div>
      );
    case 'groups':
      return (
        <Groups fields={type.fields} value={value} onChange={onChange} errors={errors} at={at} />
      );
    case 'json':
      return <JsonInput tie={tie} value={value} onChange={onChange} />;
  }
}

type Tie = {
  id: string;
  'aria-describedby': string;
  'aria-invalid': true | undefined;
  'aria-required': true | undefined;
};

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Index of a value in a select; "" is "not given", "null" is null. */
function Choice({
  tie,
  options,
  field,
  value,
  onChange,
}: {
  tie: Tie;
  options: readonly unknown[];
  field: Field;
  value: unknown;
  onChange: Change;
}) {
  const chosen = options.findIndex((option) => JSON.stringify(option) === JSON.stringify(value));
  const now = value === null && chosen < 0 ? 'null' : chosen < 0 ? '' : String(chosen);
  const words = (option: unknown): string => {
    if (option === true) return 'Yes';
    if (option === false) return 'No';
    return typeof option === 'string' ? option : JSON.stringify(option);
  };
  return (
    <select
      {...tie}
      className="field"
      value={now}
      onChange={(event) => {
        const key = event.target.value;
        onChange(key === '' ? undefined : key === 'null' ? null : options[Number(key)]);
      }}
    >
      <option value="">{field.required ? 'Choose…' : 'Not given'}</option>
      {options.map((option, index) => (
        <option key={JSON.stringify(option)} value={index}>
          {words(option)}
        </option>
      ))}
      {field.nullable && <option value="null">null</option>}
    </select>
  );
}

function TextInput({
  tie,
  type,
  value,
  onChange,
}: {
  tie: Tie;
  type: { long: boolean; input: string };
  value: unknown;
  onChange: Change;
}) {
  const text = typeof value === 'string' ? value : '';
  const placeholder = value === undefined ? 'Not given' : value === null ? 'null' : 'Empty text';
  const set = (next: string) => onChange(next === '' ? undefined : next);
  if (type.long)
    return (
      <textarea
        {...tie}
        rows={4}
        className="field"
        placeholder={placeholder}
        value={text}
        onChange={(event) => set(event.target.value)}
      />
    );
  return (
    <div className="flex gap-1">
      <input
        {...tie}
        type={type.input}
        className="field"
        placeholder={placeholder}
        value={text}
        onChange={(event) => set(event.target.value)}
      />
      {value === undefined && type.input === 'text' && (
        <Button size="sm" className="h-8" title="Give an empty text" onClick={() => onChange('')}>
          “”
        </Button>
      )}
    </div>
  );
}

const NUMBER = /^-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

function NumberInput({ tie, value, onChange }: { tie: Tie; value: unknown; onChange: Change }) {
  // "1.0" and "1" are the same number: keep what was typed.
  const [typed, setTyped] = useState('');
  const shown = (): string => {
    if (value instanceof Unfinished) return value.text;
    if (typeof value !== 'number') return '';
    return typed !== '' && Number(typed) === value ? typed : String(value);
  };
  return (
    <input
      {...tie}
      className="field num"
      inputMode="decimal"
      placeholder={value === null ? 'null' : 'Not given'}
      value={shown()}
      onChange={(event) => {
        const text = event.target.value.trim();
        setTyped(text);
        if (text === '') onChange(undefined);
        else if (NUMBER.test(text)) onChange(Number(text));
        else onChange(new Unfinished(text, 'A number, please'));
      }}
    />
  );
}

function ListInput({
  tie,
  field,
  item,
  value,
  onChange,
}: {
  tie: Tie;
  field: Field;
  item: 'text' | 'number' | 'integer';
  value: unknown;
  onChange: Change;
}) {
  const [draft, setDraft] = useState('');
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  const add = () => {
    const typed = draft.trim();
    const entry = item === 'text' ? typed : Number(typed);
    if (typed === '' || Number.isNaN(entry)) return;
    onChange([...items, entry]);
    setDraft('');
  };
  const remove = (index: number) => {
    const rest = items.filter((_, other) => other !== index);
    onChange(rest.length === 0 && !field.required ? undefined : rest);
  };
  return (
    <div className="flex flex-wrap items-center gap-1 rounded-md border border-control bg-raised p-[3px] focus-within:border-accent">
      {items.map((entry, index) => (
        // The same entry may stand there twice.
        // oxlint-disable-next-line react/no-array-index-key
        <Entry key={index} text={String(entry)} onRemove={() => remove(index)} />
      ))}
      <input
        {...tie}
        value={draft}
        inputMode={item === 'text' ? 'text' : 'decimal'}
        placeholder={items.length ? '' : 'Type, then Enter'}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={add}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || draft.trim() === '') return;
          event.preventDefault();
          add();
        }}
        className="h-6 min-w-24 flex-1 rounded-sm bg-transparent px-1.5 placeholder:text-ink-3"
      />
      <button
        type="button"
        aria-label={`Add to ${field.label}`}
        onClick={add}
        className="grid size-6 place-items-center rounded-sm text-ink-3 hover:bg-hover"
      >
        <Plus size={13} aria-hidden />
      </button>
    </div>
  );
}

function Entry({ text, onRemove }: { text: string; onRemove: () => void }) {
  return (
    <span className="inline-flex min-h-6 max-w-full items-center gap-0.5 rounded-sm bg-sunken pl-1.5 text-xs break-all">
      <Visible text={text} />
      <button
        type="button"
        aria-label={`Remove ${text}`}
        onClick={onRemove}
        className="grid size-6 shrink-0 place-items-center text-ink-3 hover:text-ink"
      >
        <X size={12} aria-hidden />
      </button>
    </span>
  );
}

function Groups({
  fields,
  value,
  onChange,
  errors,
  at,
}: {
  fields: readonly Field[];
  value: unknown;
  onChange: Change;
  errors: Errors;
  at: string;
}): ReactNode {
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  return (
    <div className="grid gap-2">
      {items.map((item, index) => (
        // Groups have no identity but their place.
        // oxlint-disable-next-line react/no-array-index-key
        <div key={index} className="relative rounded-md border border-line p-3 pr-11">
          <IconButton
            label={`Remove item ${index + 1}`}
            className="absolute top-1.5 right-1.5"
            onClick={() => onChange(items.filter((_, other) => other !== index))}
          >
            <X size={14} aria-hidden />
          </IconButton>
          <SchemaForm
            fields={fields}
            values={isValues(item) ? item : {}}
            onChange={(next) => onChange(items.map((old, other) => (other === index ? next : old)))}
            errors={errors}
            parent={pointer(at, index)}
          />
        </div>
      ))}
      <Button size="sm" className="w-fit" onClick={() => onChange([...items, startValues(fields)])}>
        <Plus size={13} aria-hidden />
        Add an item
      </Button>
    </div>
  );
}

function JsonInput({ tie, value, onChange }: { tie: Tie; value: unknown; onChange: Change }) {
  const [text, setText] = useState(() =>
    value instanceof Unfinished
      ? value.text
      : value === undefined
        ? ''
        : JSON.stringify(value, null, 2),
  );
  return (
    <textarea
      {...tie}
      rows={3}
      spellCheck={false}
      translate="no"
      placeholder="Not given; JSON"
      className="field font-mono"
      value={text}
      onChange={(event) => {
        const typed = event.target.value;
        setText(typed);
        onChange(parseJson(typed));
      }}
    />
  );
}

/** A JSON value; undefined for nothing; Unfinished with the parser's words. */
export function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : 'not JSON';
    return new Unfinished(text, `Not JSON: ${words}`);
  }
}
