// Identities and notes as the server carries them: sealed with a key from the link, bound to the leaf
// that they speak for (docs/protocol/encryption.md 4).

import { areEqual, asBytes, type Bytes } from '../wire/bytes';
import {
  decodeIdentity,
  encodeIdentity,
  identityContext,
  NOTE_CODE_POINTS_MAX,
  noteContext,
  readSealed,
  readSealedIdentity,
  writeSealedIdentity,
  writeSealedNote,
  type Identity,
  type Sealed,
} from '../wire/identity';
import { fromUtf8, utf8 } from '../wire/utf8';
import type { SealKeys } from './link_keys';
import { isDevice, type Leaf } from './proof';

export type OpenedIdentity =
  | { readonly kind: 'open'; readonly identity: Identity }
  /** Sealed with a secret that is none of ours: somebody with another link */
  | { readonly kind: 'other-link' }
  /** Does not open, breaks a rule, or the device did not sign for this leaf */
  | { readonly kind: 'broken' };

const BROKEN: OpenedIdentity = { kind: 'broken' };

/** @throws RangeError when the identity breaks a rule */
export async function sealIdentity(
  keys: SealKeys,
  leafKey: Uint8Array,
  identity: Identity,
): Promise<Bytes> {
  const context = identityContext(keys.meeting, leafKey);
  return writeSealedIdentity(await seal(keys, encodeIdentity(identity), context));
}

/** Opens with that of the keys which the bytes name, and believes only what the device signed. */
export async function openIdentity(
  rings: readonly SealKeys[],
  leafKey: Uint8Array,
  bytes: Uint8Array,
): Promise<OpenedIdentity> {
  const sealed = readSealedIdentity(bytes);
  if (!sealed) return BROKEN;
  const keys = ringOf(rings, sealed);
  if (!keys) return { kind: 'other-link' };
  const opened = await open(keys, sealed, identityContext(keys.meeting, leafKey));
  const identity = opened && decodeIdentity(opened);
  if (!identity) return BROKEN;
  const leaf: Leaf = { meeting: keys.meeting, key: leafKey };
  const isSigned = await isDevice(identity.deviceKey, identity.deviceSignature, leaf);
  return isSigned ? { kind: 'open', identity } : BROKEN;
}

/** @throws RangeError when the note is empty or too long */
export async function sealNote(keys: SealKeys, leafKey: Uint8Array, note: string): Promise<Bytes> {
  if (!isNote(note)) throw new RangeError('a note breaks a rule');
  return writeSealedNote(await seal(keys, utf8(note), noteContext(keys.meeting, leafKey)));
}

/** The text, or null when there is none that is fit to be shown. */
export async function openNote(
  rings: readonly SealKeys[],
  leafKey: Uint8Array,
  bytes: Uint8Array,
): Promise<string | null> {
  const sealed = readSealed(bytes);
  const keys = sealed && ringOf(rings, sealed);
  if (!keys) return null;
  const opened = await open(keys, sealed, noteContext(keys.meeting, leafKey));
  const note = opened && fromUtf8(opened);
  return note !== undefined && isNote(note) ? note : null;
}

function isNote(text: string): boolean {
  const { length } = Array.from(text);
  return length >= 1 && length <= NOTE_CODE_POINTS_MAX && !/[\p{Cc}\p{Surrogate}]/u.test(text);
}

function ringOf(rings: readonly SealKeys[], { sealId }: Sealed): SealKeys | undefined {
  return rings.find((keys) => areEqual(keys.sealId, sealId));
}

async function seal({ sealKey, sealId }: SealKeys, plain: Bytes, context: Bytes): Promise<Sealed> {
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const parameters = { name: 'AES-GCM', iv: nonce, additionalData: context };
  const ciphertext = await crypto.subtle.encrypt(parameters, sealKey, plain);
  return { sealId, nonce, ciphertext: new Uint8Array(ciphertext) };
}

async function open(
  { sealKey }: SealKeys,
  { nonce, ciphertext }: Sealed,
  context: Bytes,
): Promise<Bytes | undefined> {
  const parameters = { name: 'AES-GCM', iv: nonce, additionalData: context };
  try {
    const plain = await crypto.subtle.decrypt(parameters, sealKey, asBytes(ciphertext));
    return new Uint8Array(plain);
  } catch {
    return undefined;
  }
}
