// Proofs that bind a leaf of the group to a device and to a host (docs/protocol/encryption.md 4, 5).

import { areEqual, asBytes, type Bytes } from '../wire/bytes';
import type { Authority } from '../wire/commit_data';
import { authorityStatement, deviceStatement } from '../wire/identity';

const ED25519 = 'Ed25519';

/** Whose leaf, in which meeting: what every proof speaks about. */
export interface Leaf {
  readonly meeting: Uint8Array;
  /** The leaf's signature key, 32 bytes */
  readonly key: Uint8Array;
}

export async function signDevice(device: CryptoKey, leaf: Leaf): Promise<Bytes> {
  return sign(device, deviceStatement(leaf.meeting, leaf.key));
}

export async function isDevice(
  deviceKey: Uint8Array,
  signature: Uint8Array,
  leaf: Leaf,
): Promise<boolean> {
  return verify(deviceKey, signature, deviceStatement(leaf.meeting, leaf.key));
}

/** By a host, for its own leaf or for that of a co-host. */
export async function makeAuthority(
  host: CryptoKey,
  hostKeyIndex: number,
  leaf: Leaf,
): Promise<Authority> {
  const signature = await sign(host, authorityStatement(leaf.meeting, leaf.key));
  return { hostKeyIndex, signature };
}

export async function hasAuthority(
  hostKeys: readonly Uint8Array[],
  authority: Authority | null,
  leaf: Leaf,
): Promise<boolean> {
  const hostKey = authority ? hostKeys[authority.hostKeyIndex] : undefined;
  if (!authority || !hostKey) return false;
  return verify(hostKey, authority.signature, authorityStatement(leaf.meeting, leaf.key));
}

/** Which of the policy's host keys this is, or null: no host of this meeting. */
export async function hostKeyIndex(
  hostKeys: readonly Uint8Array[],
  host: CryptoKey,
): Promise<number | null> {
  const own = await rawKey(host);
  const index = hostKeys.findIndex((key) => areEqual(key, own));
  return index < 0 ? null : index;
}

/** The 32 bytes of a public key. */
export async function rawKey(publicKey: CryptoKey): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.exportKey('raw', publicKey));
}

async function sign(key: CryptoKey, statement: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.sign(ED25519, key, statement));
}

async function verify(key: Uint8Array, signature: Uint8Array, statement: Bytes): Promise<boolean> {
  try {
    const use: KeyUsage[] = ['verify'];
    const imported = await crypto.subtle.importKey('raw', asBytes(key), ED25519, false, use);
    return await crypto.subtle.verify(ED25519, imported, asBytes(signature), statement);
  } catch {
    return false; // no point of the curve: nobody's key
  }
}
