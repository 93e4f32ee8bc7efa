// @vitest-environment happy-dom
import { useEffect, useState } from 'react';
import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';
import type { JsonSchema } from '../api/types';
import { check } from './check';
import { fieldsOf, given, startValues, type Values } from './schema';
import { SchemaForm } from './schema-form';

// What the form would send now.
const sent: { latest: unknown } = { latest: undefined };

function Host({ schema }: { schema: JsonSchema }) {
  const fields = fieldsOf(schema);
  const [values, setValues] = useState<Values>(() => startValues(fields));
  useEffect(() => {
    sent.latest = given(values);
  });
  return (
    <SchemaForm
      fields={fields}
      values={values}
      onChange={setValues}
      errors={check(fields, values)}
    />
  );
}

function show(properties: JsonSchema, required: string[] = []) {
  render(<Host schema={{ type: 'object', properties, required }} />);
  return userEvent.setup();
}

afterEach(cleanup);

describe('SchemaForm', () => {
  it('keeps the type of an enum value', async () => {
    const user = show({ level: { enum: [1, 2, '2'] } }, ['level']);
    await user.selectOptions(screen.getByLabelText('level'), '2');
    expect(sent.latest).toEqual({ level: 2 });
  });

  it('tells yes, no and not given apart', async () => {
    const user = show({ trim: { type: 'boolean' } });
    const field = screen.getByLabelText(/trim/);
    await user.selectOptions(field, 'No');
    expect(sent.latest).toEqual({ trim: false });
    await user.selectOptions(field, 'Not given');
    expect(sent.latest).toEqual({});
  });

  it('types numbers without losing what is half typed', async () => {
    const user = show({ n: { type: 'number' } });
    const field = screen.getByLabelText<HTMLInputElement>(/^n/);
    await user.type(field, '-1.0');
    expect(field.value).toBe('-1.0');
    expect(sent.latest).toEqual({ n: -1 });
    await user.clear(field);
    await user.type(field, 'x');
    expect(screen.getByText('A number, please')).toBeTruthy();
  });

  it('adds and removes list entries by keyboard', async () => {
    const user = show({ tags: { type: 'array', items: { type: 'string' } } });
    await user.type(screen.getByRole('textbox', { name: /tags/ }), 'nas{Enter}lan{Enter}');
    expect(sent.latest).toEqual({ tags: ['nas', 'lan'] });
    await user.click(screen.getByRole('button', { name: 'Remove nas' }));
    await user.click(screen.getByRole('button', { name: 'Remove lan' }));
    expect(sent.latest).toEqual({});
  });

  it('can give an empty text', async () => {
    const user = show({ text: { type: 'string' } }, ['text']);
    expect(screen.getByText('Required')).toBeTruthy();
    await user.click(screen.getByTitle('Give an empty text'));
    expect(sent.latest).toEqual({ text: '' });
  });

  it('edits items of a list of objects on their own', async () => {
    const item = { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] };
    const user = show({ jobs: { type: 'array', items: item } });
    await user.click(screen.getByRole('button', { name: 'Add an item' }));
    await user.click(screen.getByRole('button', { name: 'Add an item' }));
    const [, second] = screen.getAllByLabelText('id');
    await user.type(second as HTMLElement, '7');
    expect(sent.latest).toEqual({ jobs: [{}, { id: 7 }] });
  });

  it('says where JSON stops being JSON', async () => {
    const user = show({ any: {} });
    await user.type(screen.getByLabelText(/any/), '{{"a":');
    expect(screen.getByText(/Not JSON/)).toBeTruthy();
    await user.type(screen.getByLabelText(/any/), '1}');
    expect(sent.latest).toEqual({ any: { a: 1 } });
  });
});
