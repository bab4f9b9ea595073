// Node sets (docs/protocol/nodes.md 3): the certificates that are in force, all of them. A node that is
// not in the set does not exist.

import { areEqual, asBytes, compare, type Bytes } from '../wire/bytes';
import { utf8 } from '../wire/utf8';
import { isSpan, openNodeNote, readValidity, type Validity } from './node_note';
import type { FormFault, NodeReason } from '../wire/node_reason';
import { NodeText, readHash, readNumber, type SeenText } from './node_text';
import type { OperatorKeys } from './operator_keys';

const BYTES_MAX = 65_535;
const VALIDITY_S_MAX = 604_800;
const CERTS_MAX = 1000;
const KIND = 'in-camera/node-set/v1';

export interface NodeSet extends Validity {
  readonly serial: number;
  /** Leaf hashes, sorted. */
  readonly certs: readonly Bytes[];
  /** SHA-256 of the text. */
  readonly sha256: Bytes;
}

/** The form alone: nobody has signed it yet. */
export async function readNodeSet(text: string): Promise<NodeSet | FormFault> {
  const bytes = utf8(text);
  if (bytes.length > BYTES_MAX) return 'too_large';
  const reader = new NodeText(text, KIND);
  const serial = reader.line('serial', 'serial', (value) => readNumber(value)) ?? 0;
  const validity = readValidity(reader);
  const certs: Bytes[] = [];
  while (reader.isNext('cert')) {
    const cert = reader.line('cert', 'cert', (value) => readNext(value, certs));
    if (cert) certs.push(cert);
  }
  if (reader.fault) return reader.fault;
  if (!isSpan(validity, VALIDITY_S_MAX)) return 'validity';
  const sha256 = new Uint8Array(await crypto.subtle.digest('SHA-256', asBytes(bytes)));
  return { ...validity, serial, certs, sha256 };
}

/** What the operator has signed and is valid now (in seconds since 1970). */
export async function openNodeSet(
  bytes: Uint8Array,
  keys: OperatorKeys,
  now: number,
): Promise<NodeSet | NodeReason> {
  return openNodeNote(bytes, BYTES_MAX, readNodeSet, keys, now);
}

/** The set is no older than the policy asks for and than what was seen: undefined. */
export function checkSetSerial(
  { serial, sha256 }: NodeSet,
  serialMin: bigint,
  seen: SeenText | undefined,
): 'set_serial' | 'set_conflict' | undefined {
  if (BigInt(serial) < serialMin || serial < (seen?.serial ?? 0)) return 'set_serial';
  return seen?.serial === serial && !areEqual(sha256, seen.sha256) ? 'set_conflict' : undefined;
}

/** The certificate with this leaf hash is in force. */
export function isInSet(leaf: Uint8Array, { certs }: NodeSet): boolean {
  return certs.some((cert) => areEqual(cert, leaf));
}

function readNext(value: string, before: readonly Bytes[]): Bytes | undefined {
  const hash = readHash(value);
  const last = before.at(-1);
  const isNext = hash && (!last || compare(last, hash) < 0) && before.length < CERTS_MAX;
  return isNext ? hash : undefined;
}
