// Reading and writing of TLS structures (RFC 8446 3): numbers are big-endian, a vector has a length
// of one byte where its maximum is below 256, else of two. A mistake sticks: everything after it reads
// as nothing, so that a structure is read whole and judged once, at its end.

/** Bytes in memory of their own, as WebCrypto takes them. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** The same bytes for WebCrypto. None of our memory is shared between threads. */
export function asBytes(bytes: Uint8Array): Bytes {
  return bytes as Bytes;
}

/** Overwrites what was secret. */
export function wipe(...secrets: readonly Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0);
}

export class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #isBroken = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Everything was there, everything was in its bounds, and nothing is left. */
  get isWhole(): boolean {
    return !this.#isBroken && this.#at === this.#bytes.length;
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Bytes that are still to be read; none after a mistake, so that a loop over them ends. */
  get left(): number {
    return this.#isBroken ? 0 : this.#bytes.length - this.#at;
  }

  /** For a rule that only the caller knows. */
  refuseUnless(isRight: boolean): void {
    if (!isRight) this.#isBroken = true;
  }

  u8(): number {
    return this.#number(1);
  }

  u16(): number {
    return this.#number(2);
  }

  u32(): number {
    return this.#number(4);
  }

  u64(): bigint {
    const high = this.#number(4);
    return (BigInt(high) << 32n) | BigInt(this.#number(4));
  }

  /** A copy, or as many zeros after a mistake. */
  bytes(length: number): Bytes {
    if (!this.#has(length)) return new Uint8Array(length);
    this.#at += length;
    return new Uint8Array(this.#bytes.subarray(this.#at - length, this.#at));
  }

  /** A vector of min to max bytes. */
  vector(min: number, max: number): Bytes {
    const length = max < 256 ? this.u8() : this.u16();
    this.refuseUnless(length >= min && length <= max);
    return this.#has(length) ? this.bytes(length) : new Uint8Array(0);
  }

  #number(size: number): number {
    if (!this.#has(size)) return 0;
    let value = 0;
    for (const end = this.#at + size; this.#at < end; this.#at++) {
      value = value * 256 + (this.#bytes[this.#at] ?? 0);
    }
    return value;
  }

  #has(length: number): boolean {
    if (length > this.left) this.#isBroken = true;
    return !this.#isBroken;
  }
}

/** Writes what a Reader reads. */
export class Writer {
  readonly #parts: Uint8Array[] = [];
  #length = 0;
  #isBroken = false;

  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    return this.#number(value, 1);
  }

  u16(value: number): this {
    return this.#number(value, 2);
  }

  u32(value: number): this {
    return this.#number(value, 4);
  }

  u64(value: bigint): this {
    this.refuseUnless(value >= 0n && value < 1n << 64n);
    return this.u32(Number((value >> 32n) & 0xffff_ffffn)).u32(Number(value & 0xffff_ffffn));
  }

  /** Exactly so many bytes. */
  bytes(bytes: Uint8Array, length = bytes.length): this {
    this.refuseUnless(bytes.length === length);
    this.#parts.push(bytes);
    this.#length += bytes.length;
    return this;
  }

  vector(bytes: Uint8Array, min: number, max: number): this {
    this.refuseUnless(bytes.length >= min && bytes.length <= max);
    return this.#number(bytes.length, max < 256 ? 1 : 2).bytes(bytes);
  }

  refuseUnless(isRight: boolean): void {
    if (!isRight) this.#isBroken = true;
  }

  /** @throws RangeError when something that was written does not fit its place */
  finish(): Bytes {
    if (this.#isBroken) throw new RangeError('a value does not fit its structure');
    return concat(...this.#parts);
  }

  #number(value: number, size: number): this {
    this.refuseUnless(Number.isInteger(value) && value >= 0 && value < 256 ** size);
    const bytes = new Uint8Array(size);
    for (let at = size - 1, rest = value; at >= 0; at--, rest = Math.floor(rest / 256)) {
      bytes[at] = rest % 256;
    }
    return this.bytes(bytes);
  }
}

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Cut into pieces of one size; the last one may be shorter. */
export function pieces(bytes: Uint8Array, size: number): readonly Bytes[] {
  return Array.from(
    { length: Math.ceil(bytes.length / size) },
    (_, index) => new Uint8Array(bytes.subarray(index * size, (index + 1) * size)),
  );
}

/** Takes the same time wherever the two differ. */
export function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  let difference = 0;
  for (let at = 0; at < one.length; at++) difference |= (one[at] ?? 0) ^ (other[at] ?? 0);
  return difference === 0;
}

/** -1, 0 or 1, byte by byte. */
export function compare(one: Uint8Array, other: Uint8Array): number {
  for (let at = 0; at < Math.min(one.length, other.length); at++) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return Math.sign(one.length - other.length);
}
