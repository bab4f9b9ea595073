// The lines that the texts of docs/protocol/nodes.md are made of (its section 1), read strictly and in
// order. The first thing that is wrong stays the reason; what is read after it is empty.

import { fromBase64 } from '../wire/base64';
import type { Bytes } from '../wire/bytes';
import { utf8 } from '../wire/utf8';
import { HASH_BYTES } from './merkle';
import type { FormFault } from '../wire/node_reason';

/** The newest text of its kind that was ever accepted, to be kept: no older one, and none beside it. */
export interface SeenText {
  readonly serial: number;
  readonly sha256: Bytes;
}

const NUMBER = /^(?:0|[1-9][0-9]{0,15})$/;
const TIME = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/;
/** docs/protocol/nodes.md 7: what nobody sees, and what may be another character tomorrow. */
const NEVER_SHOWN: readonly (readonly [number, number])[] = [
  [0, 0x1f],
  [0x7f, 0xa0],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x1680, 0x1680],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x2000, 0x200f],
  [0x2028, 0x202f],
  [0x205f, 0x206f],
  [0x2800, 0x2800],
  [0x3000, 0x3000],
  [0x3164, 0x3164],
  [0xd800, 0xdfff],
  [0xe000, 0xf8ff],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xffff],
  [0x1bca0, 0x1bca3],
  [0x1d173, 0x1d17a],
  [0xe0000, 0x10ffff],
];
const NAME_MAX = 240;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const WORDS = /^[^ ]+(?: [^ ]+)*$/u;

/** Fault: the words for what can be wrong in a line of the text. */
export class NodeText<Fault extends string = FormFault> {
  #left: string;
  #fault: Fault | 'kind' | 'line' | undefined;

  constructor(text: string, kind: string) {
    const first = `${kind}\n`;
    this.#left = text.slice(first.length);
    if (!text.startsWith(first)) this.#fault = 'kind';
  }

  /** Undefined when all of it was right and nothing is left. */
  get fault(): Fault | 'kind' | 'line' | undefined {
    return this.#fault ?? (this.#left === '' ? undefined : 'line');
  }

  /** The next line begins with the keyword. False behind a mistake. */
  isNext(keyword: string): boolean {
    const end = this.#left.indexOf('\n');
    const head = `${keyword} `;
    return this.#fault === undefined && end >= head.length && this.#left.startsWith(head);
  }

  /** What read makes of the next line's value; when it makes nothing, that is why the text is refused. */
  line<T>(keyword: string, fault: Fault, read: (value: string) => T | undefined): T | undefined {
    if (!this.isNext(keyword)) {
      this.#fault ??= 'line';
      return undefined;
    }
    const end = this.#left.indexOf('\n');
    const value = read(this.#left.slice(keyword.length + 1, end));
    this.#left = this.#left.slice(end + 1);
    if (value === undefined) this.#fault = fault;
    return value;
  }

  /** For a rule that reading a value does not show. */
  refuseUnless(isRight: boolean, fault: Fault): void {
    if (!isRight) this.#fault ??= fault;
  }
}

export function readNumber(
  value: string,
  min = 1,
  max = Number.MAX_SAFE_INTEGER,
): number | undefined {
  const number = NUMBER.test(value) ? Number(value) : Number.NaN;
  return number >= min && number <= max ? number : undefined;
}

/** In seconds since 1970. */
export function readTime(value: string): number | undefined {
  const ms = TIME.test(value) ? Date.parse(value) : Number.NaN;
  // What is no day of the calendar becomes another one, or none.
  const isTime = ms >= 0 && new Date(ms).toISOString() === value.replace('Z', '.000Z');
  return isTime ? ms / 1000 : undefined;
}

export function readHash(value: string): Bytes | undefined {
  const hash = fromBase64(value);
  return hash?.length === HASH_BYTES ? hash : undefined;
}

/** 32 bytes in lower-case hex. */
export function readHex(value: string): Bytes | undefined {
  if (!/^[0-9a-f]{64}$/.test(value)) return undefined;
  return Uint8Array.from(value.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** The name of a node. */
export function readName(value: string): string | undefined {
  const isName = value.length <= NAME_MAX && value.split('.').every((label) => LABEL.test(label));
  return isName ? value : undefined;
}

/** Text for people: 1 to max bytes, only what is seen, spaces single and inside. */
export function readWords(value: string, max: number): string | undefined {
  const isGood = WORDS.test(value) && Array.from(value).every(isShown) && utf8(value).length <= max;
  return isGood ? value : undefined;
}

function isShown(character: string): boolean {
  const point = character.codePointAt(0) ?? 0;
  return !NEVER_SHOWN.some(([first, last]) => point >= first && point <= last);
}
