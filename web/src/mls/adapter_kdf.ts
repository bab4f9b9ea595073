// SHA-256, HMAC and HKDF of the group in the worker's own thread. WebCrypto gives each of them to another
// thread, and a commit asks for some two hundred of them, one after the other: the way there and back is
// ten times the work (docs/decisions/0008).

import { extract, expand } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { Hash } from 'ts-mls/crypto/hash.js';
import type { Kdf } from 'ts-mls/crypto/kdf.js';
import { areEqual, asBytes } from '../wire/bytes';

/** Set by vite.config.ts; not there where a test bundles these files by itself. */
declare const __AUDIT__: boolean;

const HASH_BYTES = 32;

/** The audit of the server's memory searches it for every key; it hears of those that WebCrypto is given. */
function noted(key: Uint8Array): Uint8Array {
  if (typeof __AUDIT__ === 'undefined' || !__AUDIT__) return key;
  const use = { name: 'HMAC', hash: 'SHA-256' };
  crypto.subtle.importKey('raw', asBytes(key), use, false, ['sign']).catch(() => undefined);
  return key;
}

export const ownHash: Hash = {
  digest: (data) => Promise.resolve(sha256(data)),
  mac: (key, data) => Promise.resolve(hmac(sha256, noted(key), data)),
  verifyMac: (key, mac, data) => Promise.resolve(areEqual(hmac(sha256, noted(key), data), mac)),
};

export const ownKdf: Kdf = {
  extract: (salt, ikm) => Promise.resolve(extract(sha256, noted(ikm), salt)),
  expand: (prk, info, length) => Promise.resolve(expand(sha256, noted(prk), info, length)),
  size: HASH_BYTES,
};
