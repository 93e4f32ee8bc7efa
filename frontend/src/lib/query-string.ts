import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router';

/**
 * The address holds the state of a list.  A codec lists its parameters; what
 * doesn't parse falls back to the default, and defaults stay out of the
 * address, so that the shortest address is the plain page.
 */
export type Param<T> = {
  fallback: T;
  parse: (text: string) => T | undefined;
  print: (value: T) => string;
};

// oxlint-disable-next-line typescript/no-explicit-any -- a codec mixes types
type AnyCodec = Record<string, Param<any>>;

export type Values<C extends AnyCodec> = {
  [K in keyof C]: C[K] extends Param<infer T> ? T : never;
};

export function text(maxLength = 100): Param<string> {
  return { fallback: '', parse: (value) => value.slice(0, maxLength), print: (value) => value };
}

export function pageNumber(): Param<number> {
  return {
    fallback: 1,
    parse: (value) => (/^[1-9]\d{0,5}$/.test(value) ? Number(value) : undefined),
    print: String,
  };
}

export function choice<T extends string>(values: readonly T[], fallback: T): Param<T> {
  return {
    fallback,
    parse: (value) => values.find((candidate) => candidate === value),
    print: (value) => value,
  };
}

export function decode<C extends AnyCodec>(codec: C, query: URLSearchParams): Values<C> {
  const values: Record<string, unknown> = {};
  for (const [name, param] of Object.entries(codec)) {
    const given = query.get(name);
    values[name] = (given === null ? undefined : param.parse(given)) ?? param.fallback;
  }
  return values as Values<C>;
}

export function encode<C extends AnyCodec>(codec: C, values: Partial<Values<C>>): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, param] of Object.entries(codec)) {
    const value = values[name as keyof C];
    if (value !== undefined && value !== param.fallback) query.set(name, param.print(value));
  }
  return query;
}

/** Values from the address, and a function that changes some of them. */
export function useQueryString<C extends AnyCodec>(codec: C) {
  const [query, setQuery] = useSearchParams();
  const values = useMemo(() => decode(codec, query), [codec, query]);
  const change = useCallback(
    (some: Partial<Values<C>>, options?: { replace?: boolean }) =>
      setQuery((old) => encode(codec, { ...decode(codec, old), ...some }), options),
    [codec, setQuery],
  );
  return [values, change] as const;
}
