// Names of people: the rules of docs/protocol/signalling.md 1.2, and the 255 bytes of an Identity.

import { utf8 } from './utf8';

const NAME_BYTES_MAX = 255;
/** code points */
export const NAME_MAX = 64;
/**
 * What nobody sees, and what turns the text around. Joiners and the forms of emoji may stand: Persian and
 * families need them.
 */
const NEVER_SHOWN = /[\p{Cc}\p{Surrogate}]|(?!\u200C|\u200D|\uFE0E|\uFE0F)\p{DI}/u;
/** No white space at either end, and something to see. */
const NAME = /^(?!\s)(?=.*[^\s\p{DI}]).+(?<!\s)$/u;

export function isName(text: string): boolean {
  return NAME.test(text) && !NEVER_SHOWN.test(text) && isShort(Array.from(text));
}

/** As much of a text as can be a name: what others would refuse is left out, spaces stay. */
export function cleanName(typed: string): string {
  const points = Array.from(typed.replaceAll(new RegExp(NEVER_SHOWN, 'gu'), ''));
  while (!isShort(points)) points.pop();
  return points.join('');
}

function isShort(points: readonly string[]): boolean {
  return points.length <= NAME_MAX && utf8(points.join('')).length <= NAME_BYTES_MAX;
}
