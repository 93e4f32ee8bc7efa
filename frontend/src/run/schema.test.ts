import { describe, expect, it } from 'vitest';
import type { JsonSchema } from '../api/types';
import { check } from './check';
import { fieldsOf, given, startValues, typeWords, Unfinished } from './schema';

const schema: JsonSchema = {
  type: 'object',
  required: ['store', 'limits'],
  properties: {
    store: { type: 'string', enum: ['main', 'archive'] },
    hours: { type: 'integer', minimum: 1, maximum: 720, default: 24 },
    tags: {
      anyOf: [{ type: 'array', items: { type: 'string' } }, { type: 'null' }],
      default: null,
    },
    ratio: { type: ['number', 'null'] },
    limits: {
      type: 'object',
      required: ['size'],
      properties: { size: { type: 'integer' }, note: { type: 'string', maxLength: 3 } },
    },
    jobs: { type: 'array', items: { $ref: '#/$defs/Job' } },
    anything: {},
  },
  $defs: { Job: { type: 'object', required: ['id'], properties: { id: { type: 'string' } } } },
};

const fields = fieldsOf(schema);
const kinds = Object.fromEntries(fields.map((field) => [field.name, field.type.kind]));

describe('fieldsOf', () => {
  it('knows what it can draw', () => {
    expect(kinds).toEqual({
      store: 'choice',
      hours: 'number',
      tags: 'list',
      ratio: 'number',
      limits: 'group',
      jobs: 'groups',
      anything: 'json',
    });
  });

  it('takes "or null" apart', () => {
    expect(fields.filter((field) => field.nullable).map((field) => field.name)).toEqual([
      'tags',
      'ratio',
    ]);
    expect(fields.map(typeWords)).toContain('list of text or null');
  });

  it('stops at a depth, and at a reference that leads nowhere', () => {
    let deep: JsonSchema = { type: 'string' };
    for (let i = 0; i < 8; i += 1) deep = { type: 'object', properties: { a: deep } };
    expect(JSON.stringify(fieldsOf(deep))).toContain('"kind":"json"');
    const loop = { properties: { a: { $ref: '#/properties/a' }, b: { $ref: '#/nowhere' } } };
    expect(fieldsOf(loop).map((field) => field.type.kind)).toEqual(['json', 'json']);
  });

  it('survives schemas that are not as they should be', () => {
    expect(fieldsOf({})).toEqual([]);
    expect(fieldsOf({ properties: { a: true, b: null, c: 3 } })).toHaveLength(3);
  });
});

describe('start values and what is given', () => {
  it('starts with defaults, and with what a required group needs', () => {
    expect(startValues(fields)).toEqual({ hours: 24, tags: null, limits: {} });
  });

  it('leaves out what is not given, at every depth', () => {
    const values = { store: 'main', hours: undefined, jobs: [{ id: 'a', x: undefined }] };
    expect(given(values)).toEqual({ store: 'main', jobs: [{ id: 'a' }] });
  });

  it('round-trips through JSON text', () => {
    const values = { store: 'main', hours: 3, tags: ['a', 'b'], limits: { size: 1 }, ratio: null };
    expect(JSON.parse(JSON.stringify(given(values)))).toEqual(values);
  });
});

describe('check', () => {
  it('reports by pointer', () => {
    expect(
      check(fields, { hours: 0, limits: { note: 'long' }, jobs: [{ id: 'a' }, {}], ratio: 0.5 }),
    ).toEqual({
      '/store': 'Required',
      '/hours': 'At least 1',
      '/limits/size': 'Required',
      '/limits/note': 'At most 3 characters',
      '/jobs/1/id': 'Required',
    });
  });

  it('takes null where it may be, and an unfinished value nowhere', () => {
    const rest = { store: 'main', limits: { size: 1 } };
    expect(check(fields, { ...rest, tags: null })).toEqual({});
    expect(check(fields, { ...rest, hours: new Unfinished('x', 'no number') })).toEqual({
      '/hours': 'no number',
    });
    expect(check(fields, { ...rest, hours: 1.5 })).toEqual({ '/hours': 'A whole number, please' });
  });

  it('escapes pointers', () => {
    const odd = fieldsOf({ required: ['a/b~c'], properties: { 'a/b~c': { type: 'string' } } });
    expect(check(odd, {})).toEqual({ '/a~1b~0c': 'Required' });
  });
});
