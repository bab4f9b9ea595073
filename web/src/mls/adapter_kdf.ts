// SHA-256, HMAC and HKDF of the group in the worker's own thread. WebCrypto gives each of them to another
// thread, and a commit asks for some two hundred of them, one after the other: the way there and back is
// ten times the work (docs/decisions/0008).

import { extract, expand } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { Hash } from 'ts-mls/crypto/hash.js';
import type { Kdf } from 'ts-mls/crypto/kdf.js';
import { areEqual } from '../wire/bytes';

const HASH_BYTES = 32;

export const ownHash: Hash = {
  digest: (data) => Promise.resolve(sha256(data)),
  mac: (key, data) => Promise.resolve(hmac(sha256, key, data)),
  verifyMac: (key, mac, data) => Promise.resolve(areEqual(hmac(sha256, key, data), mac)),
};

export const ownKdf: Kdf = {
  extract: (salt, ikm) => Promise.resolve(extract(sha256, ikm, salt)),
  expand: (prk, info, length) => Promise.resolve(expand(sha256, prk, info, length)),
  size: HASH_BYTES,
};
