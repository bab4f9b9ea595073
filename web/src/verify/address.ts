// Addresses and blocks of them (docs/protocol/nodes.md 5), each with exactly one text.

import { compare, type Bytes } from '../wire/bytes';

const V4_BITS = 96; // in front of a v4-mapped address
const V4_PREFIX = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255);
const DECIMAL = /^(?:0|[1-9][0-9]{0,2})$/;

export interface Block {
  /** 16 bytes; IPv4 is v4-mapped */
  readonly start: Bytes;
  /** Of the 128: an IPv4 /24 is 120 */
  readonly bits: number;
}

/** 16 bytes, IPv4 v4-mapped; undefined when the text is not the one of RFC 5952 4, or of dotted decimal. */
export function readAddress(text: string): Bytes | undefined {
  return text.includes(':') ? readV6(text) : readV4(text);
}

/** A block that a node may have. */
export function readBlock(text: string): Block | undefined {
  const [address = '', length = '', ...more] = text.split('/');
  const start = readAddress(address);
  if (!start || more.length > 0 || !DECIMAL.test(length)) return undefined;
  const bits = Number(length) + (isV4(start) ? V4_BITS : 0);
  const isSized = bits >= (isV4(start) ? 24 + V4_BITS : 48) && bits <= 128;
  return isSized && isUnicast(start) && isClearBehind(start, bits) ? { start, bits } : undefined;
}

export function isInside(address: Uint8Array, { start, bits }: Block): boolean {
  return address.length === 16 && begin(address, start, bits);
}

/** The other one stands behind in the order of a text, and not inside. */
export function isAfter(one: Block, other: Block): boolean {
  const families = Number(isV4(other.start)) - Number(isV4(one.start));
  const order = families || compare(one.start, other.start) || one.bits - other.bits;
  return order < 0 && !begin(other.start, one.start, one.bits);
}

function isV4(address: Uint8Array): boolean {
  return begin(address, V4_PREFIX, V4_BITS);
}

/** Not "this network", not multicast nor what lies behind it. */
function isUnicast(address: Uint8Array): boolean {
  const [first = 0] = isV4(address) ? address.subarray(12) : address;
  if (isV4(address)) return first !== 0 && first < 224;
  const isLoopback = address.every((byte, at) => byte === (at === 15 ? 1 : 0));
  return first !== 0xff && (first !== 0 || isLoopback);
}

/** The first bits are the same. */
function begin(one: Uint8Array, other: Uint8Array, bits: number): boolean {
  for (let at = 0; at * 8 < bits; at++) {
    const mask = bits - at * 8 >= 8 ? 0xff : (0xff00 >> (bits - at * 8)) & 0xff;
    if ((((one[at] ?? 0) ^ (other[at] ?? 0)) & mask) !== 0) return false;
  }
  return true;
}

function isClearBehind(address: Uint8Array, bits: number): boolean {
  for (let bit = bits; bit < 128; bit++) {
    if (((address[Math.floor(bit / 8)] ?? 0) & (0x80 >> (bit % 8))) !== 0) return false;
  }
  return true;
}

function readV4(text: string): Bytes | undefined {
  const parts = text.split('.');
  const isRight = parts.length === 4 && parts.every((part) => DECIMAL.test(part) && +part < 256);
  return isRight ? Uint8Array.of(...V4_PREFIX, ...parts.map(Number)) : undefined;
}

function readV6(text: string): Bytes | undefined {
  const [head = '', tail, ...more] = text.split('::');
  const groups = (part: string): readonly string[] => (part === '' ? [] : part.split(':'));
  const [front, back] = [groups(head), groups(tail ?? '')];
  const absent = 8 - front.length - back.length;
  if (more.length > 0 || (tail === undefined ? absent !== 0 : absent < 1)) return undefined;
  const all = [...front, ...Array.from({ length: absent }, () => '0'), ...back];
  if (!all.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return undefined;
  const values = all.map((group) => Number.parseInt(group, 16));
  const address = Uint8Array.from(values.flatMap((value) => [value >> 8, value & 255]));
  // A v4-mapped address is written as IPv4.
  return writeV6(values) === text && !isV4(address) ? address : undefined;
}

/** RFC 5952 4: no leading zeros, "::" for the longest run of zeros, the first one of equals, never for one. */
function writeV6(values: readonly number[]): string {
  let [from, length] = [0, 1];
  for (let at = 0; at < values.length; at++) {
    let end = at;
    while (values[end] === 0) end++;
    if (end - at > length) [from, length] = [at, end - at];
  }
  const hex = (part: readonly number[]): string =>
    part.map((value) => value.toString(16)).join(':');
  if (length < 2) return hex(values);
  return `${hex(values.slice(0, from))}::${hex(values.slice(from + length))}`;
}
