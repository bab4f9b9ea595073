// What node certificates and node sets have in common as signed notes: size, form, signatures, validity.

import { fromUtf8 } from '../wire/utf8';
import type { FormFault, NodeReason } from '../wire/node_reason';
import { NodeText, readTime } from './node_text';
import { readNote } from './note';
import { checkSigners, type OperatorKeys } from './operator_keys';

/** In seconds since 1970. */
export interface Validity {
  readonly notBefore: number;
  /** Not valid any more from then on. */
  readonly notAfter: number;
}

/** The lines not-before and not-after. */
export function readValidity(reader: NodeText): Validity {
  return {
    notBefore: reader.line('not-before', 'not_before', readTime) ?? 0,
    notAfter: reader.line('not-after', 'not_after', readTime) ?? 0,
  };
}

/** It ends after it begins, and at most so many seconds later. */
export function isSpan({ notBefore, notAfter }: Validity, secondsMax: number): boolean {
  return notAfter > notBefore && notAfter - notBefore <= secondsMax;
}

/** What the operator has signed and is valid now (in seconds since 1970). */
export async function openNodeNote<T extends Validity>(
  bytes: Uint8Array,
  bytesMax: number,
  read: (text: string) => Promise<T | FormFault>,
  keys: OperatorKeys,
  now: number,
): Promise<T | NodeReason> {
  if (bytes.length > bytesMax) return 'too_large';
  const note = readNote(fromUtf8(bytes) ?? '');
  if (!note) return 'not_a_note';
  const content = await read(note.text);
  if (typeof content === 'string') return content;
  const fault = await checkSigners(keys, note);
  if (fault) return fault;
  if (now < content.notBefore) return 'not_yet_valid';
  return now < content.notAfter ? content : 'expired';
}
