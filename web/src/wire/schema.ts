// A handful of decoders from which the message set is put together. A decoder returns the value it
// was given when every part fits, and undefined otherwise; a field that is not named is refused.

import { base64urlLength } from './base64';
import type { Json } from './json';

export type Decoder<T> = (value: Json) => T | undefined;
export type Infer<D> = D extends Decoder<infer T> ? T : never;

/** Marks a field that may be missing (never null). */
export interface Optional<T> {
  readonly optional: Decoder<T>;
}

type Fields = Readonly<Record<string, Decoder<unknown> | Optional<unknown>>>;
type Shape<F extends Fields> = {
  readonly [K in keyof F as F[K] extends Optional<unknown> ? never : K]: Infer<F[K]>;
} & {
  readonly [K in keyof F as F[K] extends Optional<unknown> ? K : never]?: F[K] extends Optional<
    infer T
  >
    ? T
    : never;
};
type Flat<T> = { readonly [K in keyof T]: T[K] };

export const optional = <T>(decoder: Decoder<T>): Optional<T> => ({ optional: decoder });

export const flag: Decoder<boolean> = (value) => (typeof value === 'boolean' ? value : undefined);

export const isTrue: Decoder<true> = (value) => (value === true ? value : undefined);

export const integer =
  (min: number, max: number): Decoder<number> =>
  (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? value
      : undefined;

export const oneOf =
  <const T extends string | number>(...allowed: readonly T[]): Decoder<T> =>
  (value) =>
    allowed.find((each) => each === value);

/** A text of min to max code points, which matches the pattern, if any. */
export const text =
  (min: number, max: number, pattern?: RegExp): Decoder<string> =>
  (value) => {
    if (typeof value !== 'string') return undefined;
    const { length } = Array.from(value);
    return length >= min && length <= max && (pattern?.test(value) ?? true) ? value : undefined;
  };

// RFC 4648 5 without padding; bits of the last letter that encode nothing are zero.
const BASE64URL = /^(?:[\w-]{4})*(?:[\w-][AQgw]|[\w-]{2}[AEIMQUYcgkosw048])?$/;

/** So many bytes as canonical base64url. They are looked at, not decoded. */
export const base64urlOf =
  (min: number, max = min): Decoder<string> =>
  (value) =>
    typeof value === 'string' &&
    value.length >= base64urlLength(min) &&
    value.length <= base64urlLength(max) &&
    BASE64URL.test(value)
      ? value
      : undefined;

export const nullable =
  <T>(decoder: Decoder<T>): Decoder<T | null> =>
  (value) =>
    value === null ? null : decoder(value);

export const list =
  <T>(decoder: Decoder<T>, min: number, max: number): Decoder<readonly T[]> =>
  (value) =>
    Array.isArray(value) &&
    value.length >= min &&
    value.length <= max &&
    value.every((each: Json) => decoder(each) !== undefined)
      ? (value as readonly T[])
      : undefined;

export const object =
  <const F extends Fields>(fields: F): Decoder<Flat<Shape<F>>> =>
  (value) => {
    if (!isObject(value) || Object.keys(value).some((key) => !Object.hasOwn(fields, key))) {
      return undefined;
    }
    const fits = Object.entries(fields).every(([key, field]) => {
      const found = Object.hasOwn(value, key) ? value[key] : undefined;
      if (found === undefined) return typeof field !== 'function';
      return (typeof field === 'function' ? field : field.optional)(found) !== undefined;
    });
    return fits ? (value as Flat<Shape<F>>) : undefined;
  };

export const anyOf =
  <D extends readonly Decoder<unknown>[]>(...decoders: D): Decoder<Infer<D[number]>> =>
  (value) =>
    decoders.some((decoder) => decoder(value) !== undefined)
      ? (value as Infer<D[number]>)
      : undefined;

/** A rule that ties the fields of one value together. */
export const where =
  <T>(decoder: Decoder<T>, rule: (value: T) => boolean): Decoder<T> =>
  (value) => {
    const decoded = decoder(value);
    return decoded !== undefined && rule(decoded) ? decoded : undefined;
  };

export function areDistinct(values: readonly unknown[]): boolean {
  return new Set(values).size === values.length;
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
