import type { JsonSchema } from '../api/types';
import { Unfinished, type Field, type Values } from './schema';

/** JSON pointer -> what is wrong there. */
export type Errors = Readonly<Record<string, string>>;

export function pointer(parent: string, name: string | number): string {
  return `${parent}/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function limit(schema: JsonSchema, keyword: string): number | undefined {
  const value = schema[keyword];
  return typeof value === 'number' ? value : undefined;
}

function characters(n: number): string {
  return n === 1 ? '1 character' : `${n} characters`;
}

function textProblem(schema: JsonSchema, value: string): string | undefined {
  const min = limit(schema, 'minLength');
  const max = limit(schema, 'maxLength');
  const length = [...value].length;
  if (min !== undefined && length < min) return `At least ${characters(min)}`;
  if (max !== undefined && length > max) return `At most ${characters(max)}`;
  return undefined;
}

function numberProblem(schema: JsonSchema, value: number): string | undefined {
  const min = limit(schema, 'minimum');
  const max = limit(schema, 'maximum');
  if (min !== undefined && value < min) return `At least ${min}`;
  if (max !== undefined && value > max) return `At most ${max}`;
  return undefined;
}

function problem({ type, schema }: Field, value: unknown): string | undefined {
  if (value instanceof Unfinished) return value.problem;
  if (typeof value === 'string' && type.kind === 'text') return textProblem(schema, value);
  if (typeof value === 'number' && type.kind === 'number') {
    if (type.integer && !Number.isInteger(value)) return 'A whole number, please';
    return numberProblem(schema, value);
  }
  return undefined;
}

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkInto(
  fields: readonly Field[],
  values: Values,
  parent: string,
  out: Record<string, string>,
) {
  for (const field of fields) {
    const value = values[field.name];
    const at = pointer(parent, field.name);
    if (value === undefined) {
      if (field.required) out[at] = 'Required';
      continue;
    }
    const wrong = problem(field, value);
    if (wrong) out[at] = wrong;
    const { type } = field;
    if (type.kind === 'group' && isValues(value)) checkInto(type.fields, value, at, out);
    if (type.kind === 'groups' && Array.isArray(value))
      value.forEach((item, index) => {
        if (isValues(item)) checkInto(type.fields, item, pointer(at, index), out);
      });
  }
}

/** What the page can tell at once; the server validates everything again. */
export function check(fields: readonly Field[], values: Values): Errors {
  const out: Record<string, string> = {};
  checkInto(fields, values, '', out);
  return out;
}
