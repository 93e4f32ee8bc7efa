import { useId, useState, type ComponentProps, type ReactNode } from 'react';
import { Eye, EyeOff } from 'lucide-react';
import { cx } from '../lib/cx';

type Frame = {
  label: ReactNode;
  hint?: ReactNode;
  error?: string | undefined;
  required?: boolean | undefined;
};

/** Label above, hint or error below, tied to the control by id. */
function FieldFrame({
  id,
  label,
  hint,
  error,
  required,
  children,
}: Frame & { id: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1 block text-xs font-medium">
        {label}
        {required === false && <span className="font-normal text-ink-3"> (optional)</span>}
      </label>
      {children}
      <p
        id={`${id}-hint`}
        className={cx('mt-1 text-2xs empty:hidden', error ? 'font-medium text-bad' : 'text-ink-3')}
      >
        {error ?? hint}
      </p>
    </div>
  );
}

/** What ties a control to its frame. */
function tie(id: string, error: string | undefined, required: boolean | undefined) {
  return {
    id,
    'aria-invalid': error ? true : undefined,
    'aria-describedby': `${id}-hint`,
    'aria-required': required === true || undefined,
  } as const;
}

export function TextField({
  label,
  hint,
  error,
  required,
  className,
  ...rest
}: Frame & Omit<ComponentProps<'input'>, 'required' | 'id'>) {
  const id = useId();
  return (
    <FieldFrame id={id} label={label} hint={hint} error={error} required={required}>
      <input {...tie(id, error, required)} {...rest} className={cx('field', className)} />
    </FieldFrame>
  );
}

export function PasswordField({
  label,
  hint,
  error,
  required,
  ...rest
}: Frame & Omit<ComponentProps<'input'>, 'required' | 'id' | 'type'>) {
  const id = useId();
  const [shown, setShown] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  return (
    <FieldFrame id={id} label={label} hint={hint} error={error} required={required}>
      <div className="relative">
        <input
          {...tie(id, error, required)}
          {...rest}
          type={shown ? 'text' : 'password'}
          autoCapitalize="none"
          spellCheck={false}
          className="field pr-10"
        />
        <button
          type="button"
          aria-pressed={shown}
          aria-label="Show the password"
          onClick={() => setShown(!shown)}
          className="absolute inset-y-0 right-0 grid w-9 place-items-center rounded-md text-ink-3 hover:text-ink"
        >
          <Icon size={15} aria-hidden />
        </button>
      </div>
    </FieldFrame>
  );
}

export function TextArea({
  label,
  hint,
  error,
  required,
  className,
  ...rest
}: Frame & Omit<ComponentProps<'textarea'>, 'required' | 'id'>) {
  const id = useId();
  return (
    <FieldFrame id={id} label={label} hint={hint} error={error} required={required}>
      <textarea {...tie(id, error, required)} {...rest} className={cx('field', className)} />
    </FieldFrame>
  );
}

/** A number of seconds in a field, milliseconds in the API. */
export function SecondsField({
  value,
  onChange,
  ...frame
}: Frame & { value: string; onChange: (value: string) => void }) {
  const id = useId();
  return (
    <FieldFrame id={id} {...frame}>
      <div className="flex items-center gap-2">
        <input
          {...tie(id, frame.error, frame.required)}
          className="field num w-24"
          inputMode="decimal"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
        <span className="text-ink-3" aria-hidden>
          seconds
        </span>
      </div>
    </FieldFrame>
  );
}

/** A select without a visible label, for bars. */
export function FilterSelect<T extends string>({
  label,
  value,
  onChange,
  items,
}: {
  label: string;
  value: T;
  onChange: (value: T) => void;
  items: readonly (readonly [value: T, text: string])[];
}) {
  return (
    <select
      aria-label={label}
      className="field w-auto min-w-0 shrink-0"
      value={value}
      onChange={(event) => {
        const item = items.find(([candidate]) => candidate === event.target.value);
        if (item) onChange(item[0]);
      }}
    >
      {items.map(([candidate, text]) => (
        <option key={candidate} value={candidate}>
          {text}
        </option>
      ))}
    </select>
  );
}
