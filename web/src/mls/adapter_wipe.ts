// Secrets of epochs that are over, overwritten. JavaScript gives no promise about copies that the
// engine made; what we hold we do not leave lying about.

import type { ClientState } from 'ts-mls/clientState.js';
import type { EpochReceiverData } from 'ts-mls/epochReceiverData.js';
import type { KeySchedule } from 'ts-mls/keySchedule.js';
import type { SecretTree } from 'ts-mls/secretTree.js';
import { OLD_EPOCHS_MAX } from './adapter_suite';

export function wipeBytes(all: Iterable<Uint8Array | undefined>): void {
  for (const bytes of all) bytes?.fill(0);
}

function treeSecrets(tree: SecretTree): Uint8Array[] {
  return tree.flatMap(({ handshake, application }) => [
    handshake.secret,
    application.secret,
    ...Object.values(handshake.unusedGenerations),
    ...Object.values(application.unusedGenerations),
  ]);
}

const scheduleSecrets = (schedule: KeySchedule): Uint8Array[] =>
  Object.values<Uint8Array>({ ...schedule });

/** Everything that an old epoch still needs to read late messages, and nothing else. */
export function toOldEpoch(state: ClientState): EpochReceiverData {
  return {
    secretTree: state.secretTree,
    ratchetTree: state.ratchetTree,
    senderDataSecret: state.keySchedule.senderDataSecret,
    groupContext: state.groupContext,
    resumptionPsk: new Uint8Array(),
  };
}

export function wipeOldEpoch(old: EpochReceiverData): void {
  wipeBytes([old.senderDataSecret, old.resumptionPsk, ...treeSecrets(old.secretTree)]);
}

/**
 * The state of the next epoch with the old epochs as they stand now: the ones in `next` date from when
 * the commit was made, and have generations in them that have been used since.
 */
export function enterEpoch(before: ClientState, next: ClientState): ClientState {
  const old = new Map(before.historicalReceiverData);
  old.set(before.groupContext.epoch, toOldEpoch(before));
  const epochs = [...old.keys()].sort((a, b) => (a < b ? -1 : 1));
  for (const epoch of epochs.slice(0, -OLD_EPOCHS_MAX)) {
    const data = old.get(epoch);
    if (data) wipeOldEpoch(data);
    old.delete(epoch);
  }
  // Keys of nodes that are blank now open nothing any more, and keys of other nodes only what is past.
  const privateKeys = Object.fromEntries(
    Object.entries(next.privatePath.privateKeys).filter(
      ([node]) => next.ratchetTree[Number(node)] !== undefined,
    ),
  );
  const kept = new Set<Uint8Array>([
    before.keySchedule.senderDataSecret,
    ...Object.values(privateKeys),
    next.signaturePrivateKey,
  ]);
  wipeBytes(
    [
      ...scheduleSecrets(before.keySchedule),
      ...Object.values(before.privatePath.privateKeys),
      ...Object.values(next.privatePath.privateKeys),
    ].filter((bytes) => !kept.has(bytes)),
  );
  return {
    ...next,
    historicalReceiverData: old,
    privatePath: { ...next.privatePath, privateKeys },
  };
}

/** A commit that lost the race: what it made, without what it shares with the present state. */
export function wipePending(pending: ClientState, present: ClientState): void {
  const shared = new Set(Object.values(present.privatePath.privateKeys));
  wipeBytes([
    ...scheduleSecrets(pending.keySchedule),
    ...treeSecrets(pending.secretTree),
    ...Object.values(pending.privatePath.privateKeys).filter((key) => !shared.has(key)),
  ]);
}

/** The end: nothing can be read or said with this state any more. */
export function wipeState(state: ClientState): void {
  for (const old of state.historicalReceiverData.values()) wipeOldEpoch(old);
  wipeBytes([
    state.signaturePrivateKey,
    ...scheduleSecrets(state.keySchedule),
    ...treeSecrets(state.secretTree),
    ...Object.values(state.privatePath.privateKeys),
  ]);
}
