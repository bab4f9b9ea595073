// SFrame (RFC 9605) with the cipher suites 4 and 5, on WebCrypto. Numbers are BigInt: KID and counter
// have 64 bits. Keys are non-extractable; a base key that has been imported need not be kept.

export type SframeSuite = 4 | 5;

export interface SframeKeys {
  readonly key: CryptoKey;
  readonly salt: Uint8Array<ArrayBuffer>;
}

export interface SframeHeader {
  readonly kid: bigint;
  readonly counter: bigint;
  /** bytes that it takes */
  readonly length: number;
}

type Bytes = Uint8Array<ArrayBuffer>;

// RFC 9605 4.5
const SUITES = {
  4: { hash: 'SHA-256', keyBits: 128 },
  5: { hash: 'SHA-512', keyBits: 256 },
} as const;

export const TAG_BYTES = 16;
export const HEADER_BYTES_MAX = 17;
const NONCE_BYTES = 12;
const NUMBER_BYTES_MAX = 8;

export function baseKeyBytes(suite: SframeSuite): number {
  return SUITES[suite].keyBits / 8;
}

/** The caller wipes its bytes when the promise has settled, not before. */
export function importBaseKey(baseKey: Bytes): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', baseKey, 'HKDF', false, ['deriveKey', 'deriveBits']);
}

/** RFC 9605 4.4.2. HKDF of WebCrypto is extract and expand in one. */
export async function deriveSframeKeys(
  base: CryptoKey,
  suite: SframeSuite,
  kid: bigint,
  usage: 'encrypt' | 'decrypt',
): Promise<SframeKeys> {
  const { hash, keyBits } = SUITES[suite];
  const hkdf = (label: string): HkdfParams => ({
    name: 'HKDF',
    hash,
    salt: new Uint8Array(),
    info: sframeLabel(label, suite, kid),
  });
  const aes: AesKeyGenParams = { name: 'AES-GCM', length: keyBits };
  const [key, salt] = await Promise.all([
    crypto.subtle.deriveKey(hkdf('SFrame 1.0 Secret key '), base, aes, false, [usage]),
    crypto.subtle.deriveBits(hkdf('SFrame 1.0 Secret salt '), base, NONCE_BYTES * 8),
  ]);
  return { key, salt: new Uint8Array(salt) };
}

export function sframeLabel(label: string, suite: number, kid: bigint): Bytes {
  const bytes = new Uint8Array(label.length + 10);
  new TextEncoder().encodeInto(label, bytes);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(label.length, kid);
  view.setUint16(label.length + 8, suite);
  return bytes;
}

/** RFC 9605 4.4.3 */
export function sframeNonce(salt: Uint8Array, counter: bigint): Bytes {
  const nonce = new Uint8Array(salt);
  const view = new DataView(nonce.buffer);
  const at = nonce.length - 8;
  view.setBigUint64(at, view.getBigUint64(at) ^ counter);
  return nonce;
}

/** RFC 9605 4.3: each number stands in the config byte if it is below 8, else behind it. */
export function writeHeader(kid: bigint, counter: bigint): Bytes {
  const kidBytes = numberBytes(kid);
  const counterBytes = numberBytes(counter);
  const header = new Uint8Array(1 + kidBytes + counterBytes);
  header[0] = (nibble(kid, kidBytes) << 4) | nibble(counter, counterBytes);
  writeNumber(header.subarray(1, 1 + kidBytes), kid);
  writeNumber(header.subarray(1 + kidBytes), counter);
  return header;
}

/** Null when the bytes do not begin with a header, in its shortest form. */
export function readHeader(bytes: Uint8Array): SframeHeader | null {
  const config = bytes[0];
  if (config === undefined) return null;
  const kidBytes = followingBytes(config >> 4);
  const counterBytes = followingBytes(config & 15);
  const length = 1 + kidBytes + counterBytes;
  if (bytes.length < length) return null;
  const kid = readNumber(config >> 4, bytes.subarray(1, 1 + kidBytes));
  const counter = readNumber(config & 15, bytes.subarray(1 + kidBytes, length));
  return numberBytes(kid) === kidBytes && numberBytes(counter) === counterBytes
    ? { kid, counter, length }
    : null;
}

/** Header, ciphertext and tag. */
export async function seal(
  { key, salt }: SframeKeys,
  kid: bigint,
  counter: bigint,
  metadata: Uint8Array,
  plain: Bytes,
): Promise<Bytes> {
  const header = writeHeader(kid, counter);
  const iv = sframeNonce(salt, counter);
  const additionalData = concat(header, metadata);
  const text = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, key, plain);
  return concat(header, new Uint8Array(text));
}

/** The plaintext; null without a valid tag. `header` is that of the sealed bytes. */
export async function open(
  { key, salt }: SframeKeys,
  header: SframeHeader,
  metadata: Uint8Array,
  sealed: Bytes,
): Promise<Bytes | null> {
  const iv = sframeNonce(salt, header.counter);
  const additionalData = concat(sealed.subarray(0, header.length), metadata);
  const text = sealed.subarray(header.length);
  try {
    const algorithm = { name: 'AES-GCM', iv, additionalData };
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, text));
  } catch {
    return null;
  }
}

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Bytes behind the config byte for a number. */
function numberBytes(value: bigint): number {
  if (value < 8n) return 0;
  let bytes = 1;
  while (bytes < NUMBER_BYTES_MAX && value >> BigInt(8 * bytes) !== 0n) bytes++;
  return bytes;
}

function nibble(value: bigint, bytes: number): number {
  return bytes === 0 ? Number(value) : 8 | (bytes - 1);
}

function followingBytes(field: number): number {
  return field < 8 ? 0 : (field & 7) + 1;
}

function writeNumber(to: Uint8Array, value: bigint): void {
  let rest = value;
  for (let index = to.length - 1; index >= 0; index--) {
    to[index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
}

function readNumber(field: number, from: Uint8Array): bigint {
  if (from.length === 0) return BigInt(field);
  return from.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
