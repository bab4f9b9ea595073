// Checkpoints (C2SP tlog-checkpoint): the head of a log as its keeper signed it.

import { fromBase64 } from '../wire/base64';
import type { Bytes } from '../wire/bytes';
import { HASH_BYTES } from './merkle';
import { openNote, type VerifierKey } from './note';

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Bytes;
}

/** The origin of the log of one group (docs/protocol/encryption.md 10). */
export function originOf(hostName: string, groupId: Uint8Array): string {
  const id = Array.from(groupId, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hostName}/m/${id}`;
}

/** The checkpoint when the key signed it for this origin. */
export async function openCheckpoint(
  note: string,
  key: VerifierKey,
  origin: string,
): Promise<Checkpoint | undefined> {
  const text = await openNote(note, key);
  const checkpoint = text === undefined ? undefined : readCheckpoint(text);
  return checkpoint?.origin === origin ? checkpoint : undefined;
}

/** Three lines and nothing else: our logs have no extension lines. */
export function readCheckpoint(text: string): Checkpoint | undefined {
  const parts = /^([^\s]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n$/.exec(text);
  const [, origin, decimal, coded] = parts ?? [];
  const root = fromBase64(coded ?? '');
  const size = Number(decimal);
  if (origin === undefined || root?.length !== HASH_BYTES || !Number.isSafeInteger(size)) {
    return undefined;
  }
  return { origin, size, root };
}
