// An Ed25519 private key as WebCrypto imports it. The seed (RFC 8032 5.1.5) is what a host link carries.

import { concat, type Bytes } from './bytes';

export const SEED_BYTES = 32;
export const PUBLIC_KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;

// RFC 8410 7: OneAsymmetricKey, version 0, id-Ed25519, the seed as OCTET STRING in an OCTET STRING
const PREFIX = Uint8Array.from([
  ...[0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70],
  ...[0x04, 0x22, 0x04, 0x20],
]);

/** PKCS #8 of a seed: secret like the seed, to be wiped once it is imported. */
export function pkcs8OfSeed(seed: Uint8Array): Bytes {
  if (seed.length !== SEED_BYTES) throw new RangeError('a seed has 32 bytes');
  return concat(PREFIX, seed);
}

/** The seed in what WebCrypto exports as PKCS #8. */
export function seedOfPkcs8(pkcs8: Uint8Array): Bytes {
  const isOurs =
    pkcs8.length === PREFIX.length + SEED_BYTES && PREFIX.every((byte, at) => pkcs8[at] === byte);
  if (!isOurs) throw new RangeError('no Ed25519 key as expected');
  return new Uint8Array(pkcs8.subarray(PREFIX.length));
}
