// Cosignatures (C2SP tlog-cosignature) with Ed25519: a witness says that, at a time, this was the largest
// head of the log that it had seen, and that all before it are beginnings of it. Those of other kinds
// (ML-DSA-44) are passed over as signatures of strangers are.

import { concat, Reader } from '../wire/bytes';
import { utf8 } from '../wire/utf8';
import {
  isSigned,
  KEY_TYPE,
  readNote,
  readVerifierKey,
  signaturesOf,
  type VerifierKey,
} from './note';

const SIGNATURE_BYTES = 64;
const TEXT_BYTES_MAX = 4096;
const TIME_MAX = 2n ** 63n - 1n;

/** Who cosigns. A type of its own: no key of a log is taken for one. */
export interface Witness {
  readonly cosigner: VerifierKey;
}

export async function readWitness(text: string): Promise<Witness | undefined> {
  const cosigner = await readVerifierKey(text, KEY_TYPE.cosignature);
  return cosigner && { cosigner };
}

/**
 * When the witness cosigned the note, in seconds since 1970: as often as it did, so not at all when the
 * list is empty. Undefined when the note is none, or when something that is said to be a cosignature of
 * this witness is wrong: then the note is not to be believed.
 */
export async function cosignedAt(
  note: string,
  { cosigner }: Witness,
): Promise<readonly bigint[] | undefined> {
  const read = readNote(note);
  const text = read && utf8(read.text);
  if (!text || text.length > TEXT_BYTES_MAX) return undefined;
  const times: bigint[] = [];
  for (const timed of signaturesOf(read, cosigner)) {
    const reader = new Reader(timed);
    const time = reader.u64();
    const signature = reader.bytes(SIGNATURE_BYTES);
    const message = concat(utf8(`cosignature/v1\ntime ${String(time)}\n`), text);
    if (!reader.isWhole || time > TIME_MAX) return undefined;
    if (!(await isSigned(message, signature, cosigner))) return undefined;
    times.push(time);
  }
  return times;
}
