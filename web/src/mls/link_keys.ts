// The keys that follow from a link's secret (docs/protocol/encryption.md 1).

import { asBytes, concat, wipe, type Bytes } from '../wire/bytes';
import { BAN_TAG_BYTES } from '../wire/commit_data';
import type { EarlierSeal } from '../wire/ic_state';
import { utf8 } from '../wire/utf8';
import { hmacSha256 } from './digest';

/** What opens what was sealed. */
export interface SealKeys {
  readonly meeting: Bytes;
  /** Seals identities and notes. Not extractable. */
  readonly sealKey: CryptoKey;
  /** Names the secret in what was sealed with it. */
  readonly sealId: Bytes;
}

export interface LinkKeys extends SealKeys {
  /** For MLS, which takes bytes; wiped by forgetLink. */
  readonly psk: Bytes;
  /** The seal key again, because newcomers of a later generation are told; wiped by forgetLink. */
  readonly sealBytes: Bytes;
  /** Bytes, because newcomers are told; wiped by forgetLink. */
  readonly banKey: Bytes;
}

/** The secret stays the caller's to wipe. */
export async function keysOfLink(meeting: Uint8Array, secret: Uint8Array): Promise<LinkKeys> {
  const key = await crypto.subtle.importKey('raw', asBytes(secret), 'HKDF', false, ['deriveBits']);
  const derive = async (info: string, bytes: number): Promise<Bytes> => {
    const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: asBytes(meeting), info: utf8(info) };
    return new Uint8Array(await crypto.subtle.deriveBits(hkdf, key, bytes * 8));
  };
  const sealBytes = await derive('InCamera seal v1', 32);
  const sealId = await derive('InCamera seal id v1', 4);
  return {
    ...(await sealKeysOf(meeting, { sealId, sealKey: sealBytes })),
    psk: await derive('InCamera MLS PSK v1', 32),
    sealBytes,
    banKey: await derive('InCamera ban v1', 32),
  };
}

export async function sealKeysOf(
  meeting: Uint8Array,
  { sealId, sealKey }: EarlierSeal,
): Promise<SealKeys> {
  const use: KeyUsage[] = ['encrypt', 'decrypt'];
  const imported = await crypto.subtle.importKey('raw', sealKey, 'AES-GCM', false, use);
  return { meeting: new Uint8Array(meeting), sealKey: imported, sealId };
}

export function forgetLink({ psk, sealBytes, banKey }: LinkKeys): void {
  wipe(psk, sealBytes, banKey);
}

/** The MLS id of the external PSK. */
export function pskId(meeting: Uint8Array, generation: number): Bytes {
  const number = new Uint8Array(4);
  new DataView(number.buffer).setUint32(0, generation);
  return concat(meeting, number);
}

/** Under which a device is refused. Only who knows the ban key can tell devices by it. */
export async function banTag(banKey: Uint8Array, deviceKey: Uint8Array): Promise<Bytes> {
  return (await hmacSha256(banKey, deviceKey)).slice(0, BAN_TAG_BYTES);
}
