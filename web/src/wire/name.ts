// Names of people: the rules of docs/protocol/signalling.md 1.2, and the 255 bytes of an Identity.

import { utf8 } from './utf8';

const NAME_BYTES_MAX = 255;
const NAME_MAX = 64;
// No white space at either end, nothing that is invisible or that turns the text around.
const NAME = /^(?!\s)[^\p{Cc}\p{Surrogate}\p{Bidi_Control}]+(?<!\s)$/u;

export function isName(text: string): boolean {
  return (
    NAME.test(text) && Array.from(text).length <= NAME_MAX && utf8(text).length <= NAME_BYTES_MAX
  );
}
