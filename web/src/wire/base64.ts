// base64 (RFC 4648): the URL alphabet without padding, as ids, hashes and MLS objects travel; and the
// usual one with padding, as signed notes have it. Only the one text that encodes the bytes is read.

import type { Bytes } from './bytes';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const URL = tableOf(`${LETTERS}-_`);
const USUAL = tableOf(`${LETTERS}+/`);

interface Table {
  readonly letters: string;
  readonly values: ReadonlyMap<string, number>;
}

/** RFC 4648 5, without padding. */
export function base64url(bytes: Uint8Array): string {
  return write(bytes, URL);
}

/** The bytes, or undefined when the text is no canonical base64url, or not of that many bytes. */
export function fromBase64url(text: string, length?: number): Bytes | undefined {
  const bytes = read(text, URL);
  return length === undefined || bytes?.length === length ? bytes : undefined;
}

/** RFC 4648 4, with padding. */
export function base64(bytes: Uint8Array): string {
  const text = write(bytes, USUAL);
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}

export function fromBase64(text: string): Bytes | undefined {
  if (text.length % 4 !== 0) return undefined;
  return read(text.replace(/={1,2}$/, ''), USUAL);
}

/** Characters of so many bytes in base64url. */
export function base64urlLength(bytes: number): number {
  return Math.ceil((bytes * 4) / 3);
}

function write(bytes: Uint8Array, { letters }: Table): string {
  let text = '';
  let pending = 0;
  let bits = 0;
  for (const byte of bytes) {
    pending = (pending << 8) | byte;
    for (bits += 8; bits >= 6; bits -= 6) text += letters[(pending >> (bits - 6)) & 63] ?? '';
    pending &= (1 << bits) - 1;
  }
  return bits > 0 ? text + (letters[(pending << (6 - bits)) & 63] ?? '') : text;
}

function read(text: string, { values }: Table): Bytes | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let pending = 0;
  let bits = 0;
  let at = 0;
  for (const letter of text) {
    const value = values.get(letter);
    if (value === undefined) return undefined;
    pending = (pending << 6) | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = pending >> bits;
      pending &= (1 << bits) - 1;
    }
  }
  // A single letter left over is no byte, and bits left over are zero in the canonical text.
  return bits < 6 && pending === 0 ? bytes : undefined;
}

function tableOf(letters: string): Table {
  return { letters, values: new Map(Array.from(letters, (letter, value) => [letter, value])) };
}
