// Identity (docs/protocol/encryption.md 4): who somebody is, as it is sealed for the others; what is
// signed in it and around it; and the frame of the sealed bytes. The cryptography is in mls/seal.ts.

import { base64url } from './base64';
import { Reader, Writer, concat, type Bytes } from './bytes';
import { readAuthority, writeAuthority, type Authority } from './commit_data';
import { isName } from './name';
import { fromUtf8, utf8 } from './utf8';

export const SEALED_IDENTITY_BYTES_MAX = 8192;
export const NOTE_CODE_POINTS_MAX = 200;

const VERSION = 1;
const BLOCK = 256;
const SEAL_ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface IdToken {
  readonly rz: Bytes;
  /** JWS compact serialisation */
  readonly idToken: string;
}

export interface Identity {
  readonly name: string;
  readonly deviceKey: Bytes;
  readonly deviceSignature: Bytes;
  readonly authority: Authority | null;
  /** null: a guest */
  readonly token: IdToken | null;
}

/** The parts of what is sealed: `version? || seal_id || nonce || ciphertext with tag`. */
export interface Sealed {
  readonly sealId: Bytes;
  readonly nonce: Bytes;
  readonly ciphertext: Bytes;
}

/** Padded to whole blocks, so that the length tells little. */
export function encodeIdentity(identity: Identity): Bytes {
  const writer = new Writer();
  writer.refuseUnless(isName(identity.name));
  writer
    .u8(VERSION)
    .vector(utf8(identity.name), 1, 255)
    .bytes(identity.deviceKey, 32)
    .bytes(identity.deviceSignature, 64);
  writeAuthority(writer, identity.authority);
  writer.vector(identity.token ? encodeIdToken(identity.token) : new Uint8Array(), 0, 7168);
  const padding = (BLOCK - ((writer.length + 1) % BLOCK)) % BLOCK;
  return writer.vector(new Uint8Array(padding), 0, 255).finish();
}

export function decodeIdentity(bytes: Uint8Array): Identity | undefined {
  const reader = new Reader(bytes);
  reader.refuseUnless(reader.u8() === VERSION && bytes.length % BLOCK === 0);
  const name = fromUtf8(reader.vector(1, 255)) ?? '';
  const deviceKey = reader.bytes(32);
  const deviceSignature = reader.bytes(64);
  const authority = readAuthority(reader);
  const token = readIdToken(reader);
  const padding = reader.vector(0, 255);
  reader.refuseUnless(isName(name) && padding.every((byte) => byte === 0));
  return reader.isWhole ? { name, deviceKey, deviceSignature, authority, token } : undefined;
}

export function writeSealedIdentity({ sealId, nonce, ciphertext }: Sealed): Bytes {
  return concat(Uint8Array.of(VERSION), sealId, nonce, ciphertext);
}

export function readSealedIdentity(bytes: Uint8Array): Sealed | undefined {
  if (bytes.length > SEALED_IDENTITY_BYTES_MAX || bytes[0] !== VERSION) return undefined;
  return readSealed(bytes.subarray(1));
}

/** A note has the same frame without the version. */
export function writeSealedNote({ sealId, nonce, ciphertext }: Sealed): Bytes {
  return concat(sealId, nonce, ciphertext);
}

export function readSealed(bytes: Uint8Array): Sealed | undefined {
  const reader = new Reader(bytes);
  const sealId = reader.bytes(SEAL_ID_BYTES);
  const nonce = reader.bytes(NONCE_BYTES);
  reader.refuseUnless(reader.left >= TAG_BYTES);
  const ciphertext = reader.bytes(reader.left);
  return reader.isWhole ? { sealId, nonce, ciphertext } : undefined;
}

/** What the device key signs. */
export function deviceStatement(meeting: Uint8Array, leafKey: Uint8Array): Bytes {
  return concat(utf8('InCamera device v1'), meeting, leafKey);
}

/** What a host key signs. */
export function authorityStatement(meeting: Uint8Array, leafKey: Uint8Array): Bytes {
  return concat(utf8('InCamera authority v1'), meeting, leafKey);
}

export function identityContext(meeting: Uint8Array, leafKey: Uint8Array): Bytes {
  return concat(utf8('InCamera identity v1'), meeting, leafKey);
}

export function noteContext(meeting: Uint8Array, leafKey: Uint8Array): Bytes {
  return concat(utf8('InCamera note v1'), meeting, leafKey);
}

/** The text whose SHA-256 is the nonce of an ID token: it binds the token to the leaf's key. */
export function cicText(rz: Uint8Array, leafKey: Uint8Array): string {
  return JSON.stringify({
    alg: 'EdDSA',
    rz: base64url(rz),
    typ: 'CIC',
    upk: { crv: 'Ed25519', kty: 'OKP', x: base64url(leafKey) },
  });
}

function encodeIdToken({ rz, idToken }: IdToken): Bytes {
  return new Writer().bytes(rz, 32).vector(utf8(idToken), 1, 7000).finish();
}

function readIdToken(outer: Reader): IdToken | null {
  const bytes = outer.vector(0, 7168);
  if (bytes.length === 0) return null;
  const reader = new Reader(bytes);
  const rz = reader.bytes(32);
  const idToken = fromUtf8(reader.vector(1, 7000)) ?? '';
  outer.refuseUnless(reader.isWhole && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(idToken));
  return { rz, idToken };
}
