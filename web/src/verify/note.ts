// Signed notes (C2SP signed-note): a text with signature lines below, and the keys that check them.

import { areEqual, concat, type Bytes } from '../wire/bytes';
import { fromBase64 } from '../wire/base64';
import { utf8 } from '../wire/utf8';

/** What an Ed25519 key signs; a key of one type never stands for the same key of another. */
export const KEY_TYPE = { note: 1, cosignature: 4 } as const;
export type KeyType = (typeof KEY_TYPE)[keyof typeof KEY_TYPE];

const KEY_ID_BYTES = 4;
const SIGNATURES_MAX = 16;
const SEPARATOR = '\n\n';
const NAME_BYTES_MAX = 255;
/** C2SP signed-note: the name has no "Unicode spaces or plus"; what \s means differs from those. */
const SIGNATURE_LINE = /^— ([^\p{White_Space}+]+) ([A-Za-z0-9+/]+={0,2})$/u;

export interface VerifierKey {
  readonly name: string;
  readonly id: Bytes;
  readonly publicKey: Bytes;
}

interface NoteSignature {
  readonly name: string;
  readonly id: Bytes;
  readonly signature: Bytes;
}

export interface Note {
  /** Its line end included. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** `<name>+<key id in hex>+<base64 of type and key>`, or undefined. Ed25519 only. */
export async function readVerifierKey(
  text: string,
  type: KeyType = KEY_TYPE.note,
): Promise<VerifierKey | undefined> {
  const parts = /^([^\p{White_Space}+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/u.exec(text);
  const typed = fromBase64(parts?.[3] ?? '');
  const [, name, id] = parts ?? [];
  if (name === undefined || typed?.length !== 33 || typed[0] !== type) return undefined;
  if (utf8(name).length > NAME_BYTES_MAX) return undefined;
  const publicKey = typed.slice(1);
  const key = { name, id: await keyId(name, type, publicKey), publicKey };
  return hex(key.id) === id ? key : undefined;
}

/** The text of a note that the key signed, its line end included; undefined when it did not. */
export async function openNote(note: string, key: VerifierKey): Promise<string | undefined> {
  const read = readNote(note);
  const ours = read && signaturesOf(read, key);
  const [signature] = ours ?? [];
  if (!read || !signature || ours?.length !== 1) return undefined;
  return (await isSigned(utf8(read.text), signature, key)) ? read.text : undefined;
}

/** The form alone: nothing is verified. */
export function readNote(note: string): Note | undefined {
  const end = note.lastIndexOf(SEPARATOR);
  if (end < 0 || !note.endsWith('\n')) return undefined;
  // C2SP signed-note: no "ASCII control characters (those below U+0020) other than newline"
  if (Array.from(note).some((character) => character < ' ' && character !== '\n')) return undefined;
  const signatures = readSignatures(note.slice(end + SEPARATOR.length, -1));
  return signatures && { text: note.slice(0, end + 1), signatures };
}

/** What is said to be signed by the key. */
export function signaturesOf({ signatures }: Note, key: VerifierKey): readonly Bytes[] {
  // C2SP signed-note: "verifiers MUST ignore" signatures of keys that they do not know
  return signatures
    .filter(({ name, id }) => name === key.name && areEqual(id, key.id))
    .map(({ signature }) => signature);
}

function readSignatures(block: string): readonly NoteSignature[] | undefined {
  const lines = block.split('\n');
  if (lines.length > SIGNATURES_MAX) return undefined;
  const signatures = lines.flatMap((line) => {
    const [, name, coded] = SIGNATURE_LINE.exec(line) ?? [];
    const bytes = fromBase64(coded ?? '');
    if (name === undefined || !bytes || bytes.length <= KEY_ID_BYTES) return [];
    return [{ name, id: bytes.slice(0, KEY_ID_BYTES), signature: bytes.slice(KEY_ID_BYTES) }];
  });
  return signatures.length === lines.length ? signatures : undefined;
}

/** The message is signed by the key. */
export async function isSigned(
  message: Bytes,
  signature: Bytes,
  { publicKey }: VerifierKey,
): Promise<boolean> {
  try {
    const use: KeyUsage[] = ['verify'];
    const key = await crypto.subtle.importKey('raw', publicKey, 'Ed25519', false, use);
    return await crypto.subtle.verify('Ed25519', key, signature, message);
  } catch {
    return false;
  }
}

/** The first 4 bytes of SHA-256(name || 0x0A || type || key). */
async function keyId(name: string, type: KeyType, publicKey: Bytes): Promise<Bytes> {
  const named = concat(utf8(`${name}\n`), Uint8Array.of(type), publicKey);
  return new Uint8Array(await crypto.subtle.digest('SHA-256', named)).slice(0, KEY_ID_BYTES);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
