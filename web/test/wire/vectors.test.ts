// The messages that the C server and this client must both accept and both refuse.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeClient, decodeServer } from '../../src/wire/message';

interface Vector {
  readonly name: string;
  readonly direction: 'client' | 'server';
  readonly accept: boolean;
  readonly message?: unknown;
  /** in place of a message, what its JSON cannot say; `append` makes it long */
  readonly text?: string;
  readonly append?: { readonly text: string; readonly count: number; readonly then: string };
}

const FOLDER = new URL('../../../tests/vectors/signalling/', import.meta.url);

describe.each(['client', 'server'])('vectors of the %s', (file) => {
  const vectors = JSON.parse(readFileSync(new URL(`${file}.json`, FOLDER), 'utf8')) as Vector[];

  it.each(vectors)('$name: $accept', (vector) => {
    const decode = vector.direction === 'client' ? decodeClient : decodeServer;
    expect(decode(textOf(vector)) !== undefined).toBe(vector.accept);
  });
});

function textOf({ message, text, append }: Vector): string {
  if (text === undefined) return JSON.stringify(message);
  return append ? text + append.text.repeat(append.count) + append.then : text;
}
