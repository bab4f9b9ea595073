// Bytes for tests, and the two mistakes that every reader must notice.

import { expect } from 'vitest';
import type { Bytes } from '../../src/wire/bytes';

/** Bytes that tell their own place. */
export function counted(length: number, from = 0): Bytes {
  return Uint8Array.from({ length }, (_, index) => (from + index) & 255);
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function fromHex(text: string): Bytes {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Every beginning of the bytes is refused, and one byte more is. */
export function expectOnlyWhole(
  bytes: Uint8Array,
  decode: (bytes: Uint8Array) => unknown,
  from = 0,
): void {
  expect(decode(bytes)).toBeDefined();
  for (let length = from; length < bytes.length; length++) {
    expect(decode(bytes.subarray(0, length)), `${length} bytes`).toBeUndefined();
  }
  expect(decode(Uint8Array.of(...bytes, 0))).toBeUndefined();
}

/** The bytes with one of them changed. */
export function changed(bytes: Uint8Array, at: number, to?: number): Bytes {
  const copy = new Uint8Array(bytes);
  copy[at] = to ?? (copy[at] ?? 0) ^ 1;
  return copy;
}
