// Text as UTF-8 and back. wire/ knows no TextEncoder, which is the browser's.

import type { Bytes } from './bytes';

export function utf8(text: string): Bytes {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), tail(code));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), tail(code >> 6), tail(code));
    else bytes.push(0xf0 | (code >> 18), tail(code >> 12), tail(code >> 6), tail(code));
  }
  return Uint8Array.from(bytes);
}

/** The text, or undefined when the bytes are not well-formed UTF-8. */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  let escaped = '';
  for (const byte of bytes) escaped += `%${byte.toString(16).padStart(2, '0')}`;
  try {
    // ECMA-262 19.2.6.5: this decoding is strict; it refuses long forms and halves of surrogate pairs.
    return decodeURIComponent(escaped);
  } catch {
    return undefined;
  }
}

function tail(bits: number): number {
  return 0x80 | (bits & 0x3f);
}
