// The vectors that the server's tests run, too: tests/vectors.

import { readFileSync } from 'node:fs';

const FOLDER = new URL('../../../tests/vectors/', import.meta.url);

type Refused<T> = Pick<T & { name: string; encoding: string }, 'name' | 'encoding'>;

export interface Vectors<T> {
  readonly valid: readonly T[];
  readonly invalid: readonly Refused<T>[];
  /** Of policies: right but for the hash of nothing. */
  readonly unbound?: readonly Refused<T>[];
}

export const readVectors = <T>(name: string): Vectors<T> =>
  JSON.parse(readText(name)) as Vectors<T>;

export const readBytes = (name: string): Buffer => readFileSync(new URL(name, FOLDER));

export const readText = (name: string): string => readFileSync(new URL(name, FOLDER), 'utf8');
