// IcState (docs/protocol/encryption.md 6): what a newcomer must know, in the GroupInfo of its Welcome.

import { Reader, Writer, concat, pieces, type Bytes } from './bytes';
import { BAN_TAG_BYTES } from './commit_data';

const VERSION = 1;
const SEAL_ID_BYTES = 4;
const SEAL_KEY_BYTES = 32;
const SEAL_BYTES = SEAL_ID_BYTES + SEAL_KEY_BYTES;
export const EARLIER_SEALS_MAX = 32;

/** Opens the identities of those who came with the link of another generation. */
export interface EarlierSeal {
  readonly sealId: Bytes;
  readonly sealKey: Bytes;
}

export interface IcState {
  readonly instanceNonce: Bytes;
  readonly isLocked: boolean;
  readonly generation: number;
  readonly banKey: Bytes;
  readonly bans: readonly Bytes[];
  /** Of the log before the commit that brings the newcomer. */
  readonly logSize: number;
  readonly logRoot: Bytes;
  /** Newest first. */
  readonly earlierSeals: readonly EarlierSeal[];
}

export function encodeIcState(state: IcState): Bytes {
  return new Writer()
    .u8(VERSION)
    .bytes(state.instanceNonce, 16)
    .u8(state.isLocked ? 1 : 0)
    .u32(state.generation)
    .bytes(state.banKey, 32)
    .vector(concat(...state.bans), 0, 8192)
    .u64(BigInt(state.logSize))
    .bytes(state.logRoot, 32)
    .vector(concat(...state.earlierSeals.map(encodeSeal)), 0, SEAL_BYTES * EARLIER_SEALS_MAX)
    .finish();
}

export function decodeIcState(bytes: Uint8Array): IcState | undefined {
  const reader = new Reader(bytes);
  reader.refuseUnless(reader.u8() === VERSION);
  const instanceNonce = reader.bytes(16);
  const isLocked = reader.u8();
  const generation = reader.u32();
  const banKey = reader.bytes(32);
  const bans = reader.vector(0, 8192);
  const logSize = reader.u64();
  const logRoot = reader.bytes(32);
  const seals = reader.vector(0, SEAL_BYTES * EARLIER_SEALS_MAX);
  reader.refuseUnless(isLocked <= 1 && generation >= 1);
  reader.refuseUnless(bans.length % BAN_TAG_BYTES === 0 && seals.length % SEAL_BYTES === 0);
  reader.refuseUnless(logSize <= BigInt(Number.MAX_SAFE_INTEGER));
  if (!reader.isWhole) return undefined;
  return {
    instanceNonce,
    isLocked: isLocked === 1,
    generation,
    banKey,
    bans: pieces(bans, BAN_TAG_BYTES),
    logSize: Number(logSize),
    logRoot,
    earlierSeals: pieces(seals, SEAL_BYTES).map((seal) => ({
      sealId: seal.slice(0, SEAL_ID_BYTES),
      sealKey: seal.slice(SEAL_ID_BYTES),
    })),
  };
}

function encodeSeal({ sealId, sealKey }: EarlierSeal): Bytes {
  return new Writer().bytes(sealId, SEAL_ID_BYTES).bytes(sealKey, SEAL_KEY_BYTES).finish();
}
