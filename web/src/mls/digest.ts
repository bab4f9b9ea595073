// Hashes that name things, and the code that people compare (docs/protocol/encryption.md 1, 2, 8).

import { asBytes, concat, type Bytes } from '../wire/bytes';
import { CODE_BYTES } from '../wire/code';
import { POLICY_HASH_BYTES } from '../wire/link';
import { utf8 } from '../wire/utf8';

export async function sha256(bytes: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', asBytes(bytes)));
}

export async function hmacSha256(key: Uint8Array, bytes: Uint8Array): Promise<Bytes> {
  const hash = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await crypto.subtle.importKey('raw', asBytes(key), hash, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, asBytes(bytes)));
}

/** Of an encoded policy, as the link carries it. */
export async function policyHash(policy: Uint8Array): Promise<Bytes> {
  return (await sha256(policy)).slice(0, POLICY_HASH_BYTES);
}

/** Names one instance of the group of a meeting. */
export async function groupId(
  meeting: Uint8Array,
  instanceNonce: Uint8Array,
  policy: Uint8Array,
): Promise<Bytes> {
  return sha256(concat(meeting, instanceNonce, await sha256(policy)));
}

/** The code of the meeting in this epoch; wire/code.ts makes digits and emoji of it. */
export async function meetingCode(epochAuthenticator: Uint8Array): Promise<Bytes> {
  // RFC 5869 2.3: the first block of HKDF-Expand is HMAC(PRK, info || 0x01)
  const block = await hmacSha256(
    epochAuthenticator,
    concat(utf8('InCamera code v1'), Uint8Array.of(1)),
  );
  return block.slice(0, CODE_BYTES);
}
