// Operator key lists (docs/protocol/nodes.md 4): who signs certificates and sets, and how many of them
// must. The first list is bound by its hash in the meeting's policy, each next one by the one before.

import { areEqual, asBytes, compare, type Bytes } from '../wire/bytes';
import { fromUtf8, utf8 } from '../wire/utf8';
import type { FormFault, NodeReason } from '../wire/node_reason';
import { NodeText, readHash, readNumber, type SeenText } from './node_text';
import {
  isSigned,
  readNote,
  readVerifierKey,
  signaturesOf,
  type Note,
  type VerifierKey,
} from './note';

const BYTES_MAX = 8192;
const CHAIN_MAX = 16;
const KEYS_MAX = 16;
/** Lists that are looked at for the one of a policy. */
const SHOWN_MAX = 64;
const KIND = 'in-camera/operator-keys/v1';

export interface OperatorKeys {
  readonly serial: number;
  /** Of the text before; undefined in the first list. */
  readonly previous: Bytes | undefined;
  /** So many of the keys must sign. */
  readonly threshold: number;
  readonly keys: readonly VerifierKey[];
  /** SHA-256 of the text. */
  readonly sha256: Bytes;
}

/** The form alone: nobody has vouched for it. */
export async function readOperatorKeys(text: string): Promise<OperatorKeys | FormFault> {
  const bytes = utf8(text);
  if (bytes.length > BYTES_MAX) return 'too_large';
  const reader = new NodeText(text, KIND);
  const serial = reader.line('serial', 'serial', (value) => readNumber(value)) ?? 0;
  const previous = reader.line('previous', 'previous', (value) => readPrevious(value, serial));
  const [threshold = 0, count = 0] = reader.line('threshold', 'threshold', readThreshold) ?? [];
  const lines: string[] = [];
  const keys: VerifierKey[] = [];
  while (reader.isNext('key')) {
    const line = reader.line('key', 'key', (value) => value) ?? '';
    const key = await readVerifierKey(line);
    const isNew = key && keys.length < KEYS_MAX && keys.every((other) => areDifferent(key, other));
    const isNext = compare(utf8(lines.at(-1) ?? ''), utf8(line)) < 0;
    reader.refuseUnless(isNew === true && isNext, 'key');
    lines.push(line);
    if (key) keys.push(key);
  }
  if (reader.fault) return reader.fault;
  if (keys.length !== count) return 'threshold';
  return { serial, previous: previous || undefined, threshold, keys, sha256: await sha256(bytes) };
}

/**
 * The list in force: the last of a chain, whose first one (text or note) has the hash. seen: the latest
 * list of this chain that was ever accepted. Another list of its serial is a forked chain.
 */
export async function openOperatorKeys(
  lists: readonly Uint8Array[],
  hash: Uint8Array,
  seen?: SeenText,
): Promise<OperatorKeys | NodeReason> {
  const [first, ...rotations] = lists;
  if (!first) return 'missing';
  if (lists.length > CHAIN_MAX || first.length > BYTES_MAX) return 'too_large';
  const text = fromUtf8(first);
  if (text === undefined) return 'kind';
  // No list holds an empty line, so that text alone is never read as a note.
  let keys = await readOperatorKeys(readNote(text)?.text ?? text);
  if (typeof keys === 'string') return keys;
  if (!areEqual(keys.sha256, hash)) return 'operator_keys';
  for (const rotation of rotations) {
    const next = await rotate(keys, rotation);
    if (typeof next === 'string') return next;
    keys = next;
  }
  if (keys.serial < (seen?.serial ?? 0)) return 'operator_keys';
  if (keys.serial === seen?.serial && !areEqual(keys.sha256, seen.sha256)) return 'operator_keys';
  return keys;
}

/** The chain without what comes before the list with the hash: nodes.md 10, a server shows all of them. */
export async function listsFrom(
  lists: readonly Uint8Array[],
  hash: Uint8Array,
): Promise<readonly Uint8Array[]> {
  for (const [at, list] of lists.slice(0, SHOWN_MAX).entries()) {
    const text = fromUtf8(list.subarray(0, BYTES_MAX)) ?? '';
    const found = await sha256(utf8(readNote(text)?.text ?? text));
    if (areEqual(found, hash)) return lists.slice(at);
  }
  return lists;
}

/** Enough of the keys have signed the note, and none of them wrongly: undefined. */
export async function checkSigners(
  { keys, threshold }: OperatorKeys,
  note: Note,
): Promise<'signature_wrong' | 'signatures' | undefined> {
  let signers = 0;
  for (const key of keys) {
    const signatures = signaturesOf(note, key);
    for (const signature of signatures) {
      if (!(await isSigned(utf8(note.text), signature, key))) return 'signature_wrong';
    }
    if (signatures.length > 0) signers++;
  }
  return signers < threshold ? 'signatures' : undefined;
}

async function rotate(keys: OperatorKeys, bytes: Uint8Array): Promise<OperatorKeys | NodeReason> {
  if (bytes.length > BYTES_MAX) return 'too_large';
  const note = readNote(fromUtf8(bytes) ?? '');
  if (!note) return 'not_a_note';
  const next = await readOperatorKeys(note.text);
  if (typeof next === 'string') return next;
  const isNext = next.serial === keys.serial + 1 && next.previous !== undefined;
  if (!isNext || !areEqual(next.previous, keys.sha256)) return 'operator_keys';
  return (await checkSigners(keys, note)) ?? next;
}

function areDifferent(one: VerifierKey, other: VerifierKey): boolean {
  return one.name !== other.name && !areEqual(one.publicKey, other.publicKey);
}

/** False: there is no list before the first. */
function readPrevious(value: string, serial: number): Bytes | false | undefined {
  if (serial === 1) return value === '-' ? false : undefined;
  return readHash(value);
}

function readThreshold(value: string): readonly [number, number] | undefined {
  const [k = '', n = '', ...more] = value.split(' ');
  const count = readNumber(n, 1, KEYS_MAX);
  const threshold = count === undefined ? undefined : readNumber(k, 1, count);
  if (threshold === undefined || count === undefined || more.length > 0) return undefined;
  return [threshold, count];
}

async function sha256(bytes: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', asBytes(bytes)));
}
