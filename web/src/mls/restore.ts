// What a member says to another node so that it can carry the meeting on (docs/protocol/signalling.md 4.4).
// Keys stay here: what goes out is the public state of the group, and signatures.

import { base64url } from '../wire/base64';
import { Writer, type Bytes } from '../wire/bytes';
import { encodeAuthority } from '../wire/commit_data';
import type { Restore } from '../wire/message';
import { utf8 } from '../wire/utf8';
import { sha256 } from './digest';
import type { Place } from './entry';
import type { Instance } from './group';

const LABEL = 'InCamera restore v1';
const NODE_BYTES_MAX = 255;

export interface RestorePlan extends Pick<Place, 'policyBytes'> {
  /** name of the node in its certificate */
  readonly node: string;
  readonly instance: Instance;
  /** our own identity */
  readonly sealed: Bytes;
  /** ms since 1970 */
  readonly now: number;
}

/**
 * In a meeting with host keys it shows that somebody who may admit is in the group. Who knows of nobody comes
 * without: to a meeting that somebody else has brought there.
 */
export async function composeRestore(plan: RestorePlan): Promise<Restore> {
  const { instance, now: time } = plan;
  const { log, generation, isLocked } = instance;
  const witness = instance.isHosted ? instance.witness() : null;
  const groupInfo = await instance.group.groupInfo();
  const tbs = await restoreTbs({
    node: plan.node,
    groupInfo,
    root: await log.root(),
    size: log.size,
    time,
    generation,
    isLocked,
  });
  return {
    type: 'restore',
    version: 2,
    policy: base64url(plan.policyBytes),
    group_info: base64url(groupInfo),
    identity: base64url(plan.sealed),
    ...(witness && {
      authority: base64url(encodeAuthority(witness.authority)),
      witness: witness.leaf,
    }),
    log: { size: log.size, frontier: log.frontier.map(base64url) },
    locked: isLocked,
    generation,
    time,
    proof: base64url(await instance.group.sign(LABEL, tbs)),
  };
}

export interface RestoreTerms {
  readonly node: string;
  readonly groupInfo: Uint8Array;
  readonly root: Uint8Array;
  readonly size: number;
  readonly time: number;
  readonly generation: number;
  readonly isLocked: boolean;
}

/** RestoreTBS: said to this node, about this state. */
export async function restoreTbs(terms: RestoreTerms): Promise<Bytes> {
  return new Writer()
    .vector(utf8(terms.node), 0, NODE_BYTES_MAX)
    .bytes(await sha256(terms.groupInfo), 32)
    .bytes(terms.root, 32)
    .u64(BigInt(terms.size))
    .u64(BigInt(terms.time))
    .u32(terms.generation)
    .u8(terms.isLocked ? 1 : 0)
    .finish();
}
