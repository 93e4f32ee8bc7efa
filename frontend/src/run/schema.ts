/**
 * What a form can be made from: the subset of JSON Schema that the server
 * derives from a signature, and some more.  Anything else is a JSON field.
 */
import type { JsonSchema } from '../api/types';

type Kind =
  | { kind: 'choice'; options: readonly unknown[] }
  | { kind: 'text'; long: boolean; input: string }
  | { kind: 'number'; integer: boolean }
  | { kind: 'boolean' }
  | { kind: 'list'; item: 'text' | 'number' | 'integer' }
  | { kind: 'group'; fields: readonly Field[] }
  | { kind: 'groups'; item: JsonSchema; fields: readonly Field[] }
  | { kind: 'json' };

export type Field = {
  name: string;
  /** Its title, else its name. */
  label: string;
  help: string;
  required: boolean;
  nullable: boolean;
  schema: JsonSchema;
  type: Kind;
};

/** What was typed, while it isn't a value yet. */
export class Unfinished {
  constructor(
    readonly text: string,
    readonly problem: string,
  ) {}
}

/** Deeper than this it is a JSON field. */
const DEPTH_MAX = 4;
const LONG_TEXT = 200;

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Follows "#/…" references, a few times at most. */
function resolve(schema: JsonSchema, root: JsonSchema): JsonSchema {
  let now = schema;
  for (let hops = 0; hops < 8; hops += 1) {
    const ref = now['$ref'];
    if (typeof ref !== 'string' || !ref.startsWith('#/')) return now;
    let target: unknown = root;
    for (const part of ref.slice(2).split('/'))
      target = isSchema(target)
        ? target[part.replaceAll('~1', '/').replaceAll('~0', '~')]
        : undefined;
    if (!isSchema(target)) return now;
    const { $ref: _, ...beside } = now;
    now = { ...target, ...beside };
  }
  return now;
}

/** Takes "or null" out of a schema. */
function withoutNull(schema: JsonSchema, root: JsonSchema): [inner: JsonSchema, nullable: boolean] {
  const types = schema['type'];
  if (Array.isArray(types) && types.includes('null')) {
    const rest = types.filter((type) => type !== 'null');
    return [{ ...schema, type: rest.length === 1 ? rest[0] : rest }, true];
  }
  const key = Array.isArray(schema['anyOf']) ? 'anyOf' : 'oneOf';
  const branches = list(schema[key])
    .filter(isSchema)
    .map((branch) => resolve(branch, root));
  const rest = branches.filter((branch) => branch['type'] !== 'null');
  if (rest.length === branches.length) return [schema, false];
  const { [key]: _, ...beside } = schema;
  const [only] = rest;
  if (rest.length === 1 && only) return [{ ...only, ...beside }, true];
  return [{ ...beside, [key]: rest }, true];
}

const INPUTS: Record<string, string> = { date: 'date', email: 'email', uri: 'url' };

function kindOf(schema: JsonSchema, root: JsonSchema, depth: number): Kind {
  if ('const' in schema) return { kind: 'choice', options: [schema['const']] };
  const options = list(schema['enum']);
  if (options.length > 0) return { kind: 'choice', options };
  switch (schema['type']) {
    case 'string':
      return {
        kind: 'text',
        long: Number(schema['maxLength'] ?? 0) > LONG_TEXT,
        input: INPUTS[String(schema['format'])] ?? 'text',
      };
    case 'integer':
      return { kind: 'number', integer: true };
    case 'number':
      return { kind: 'number', integer: false };
    case 'boolean':
      return { kind: 'boolean' };
    case 'array':
      return arrayKind(schema, root, depth);
    case 'object':
      if (!isSchema(schema['properties']) || depth >= DEPTH_MAX) return { kind: 'json' };
      return { kind: 'group', fields: fieldsOf(schema, root, depth + 1) };
    default:
      return { kind: 'json' };
  }
}

function arrayKind(schema: JsonSchema, root: JsonSchema, depth: number): Kind {
  if (!isSchema(schema['items'])) return { kind: 'json' };
  const item = resolve(schema['items'], root);
  if ('enum' in item || 'const' in item) return { kind: 'json' };
  if (item['type'] === 'string') return { kind: 'list', item: 'text' };
  if (item['type'] === 'integer') return { kind: 'list', item: 'integer' };
  if (item['type'] === 'number') return { kind: 'list', item: 'number' };
  if (item['type'] === 'object' && isSchema(item['properties']) && depth < DEPTH_MAX)
    return { kind: 'groups', item, fields: fieldsOf(item, root, depth + 1) };
  return { kind: 'json' };
}

/** The fields of an object schema, in its order. */
export function fieldsOf(schema: JsonSchema, root: JsonSchema = schema, depth = 0): Field[] {
  const required = list(schema['required']);
  const properties = isSchema(schema['properties']) ? schema['properties'] : {};
  return Object.entries(properties).map(([name, property]) => {
    const [inner, nullable] = withoutNull(isSchema(property) ? resolve(property, root) : {}, root);
    return {
      name,
      label: typeof inner['title'] === 'string' ? inner['title'] : name,
      help: typeof inner['description'] === 'string' ? inner['description'] : '',
      required: required.includes(name),
      nullable,
      schema: inner,
      type: kindOf(inner, root, depth),
    };
  });
}

/** A short word for a type: "integer", "list of text", "text or null". */
export function typeWords({ type, nullable }: Pick<Field, 'type' | 'nullable'>): string {
  const word = ((): string => {
    switch (type.kind) {
      case 'choice':
        return `one of ${type.options.map((option) => JSON.stringify(option)).join(', ')}`;
      case 'number':
        return type.integer ? 'integer' : 'number';
      case 'list':
        return `list of ${type.item}`;
      case 'group':
        return 'object';
      case 'groups':
        return 'list of objects';
      case 'json':
        return 'any JSON';
      default:
        return type.kind;
    }
  })();
  return nullable ? `${word} or null` : word;
}

export type Values = Record<string, unknown>;

/** Start values: the defaults, and empty groups for required objects. */
export function startValues(fields: readonly Field[]): Values {
  const out: Values = {};
  for (const { name, required, schema, type } of fields) {
    if ('default' in schema) out[name] = schema['default'];
    else if (!required) continue;
    else if (type.kind === 'group') out[name] = startValues(type.fields);
    else if (type.kind === 'boolean') out[name] = false;
    else if (type.kind === 'list' || type.kind === 'groups') out[name] = [];
  }
  return out;
}

/** The arguments to send: what isn't given is left out. */
export function given(value: unknown): unknown {
  if (value instanceof Unfinished) return value.text;
  if (Array.isArray(value)) return value.map(given);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => [name, given(member)]),
  );
}
