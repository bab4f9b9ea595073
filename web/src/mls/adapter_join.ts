// From a Welcome to the state of the group, RFC 9420 12.4.3.1. ts-mls's own function is not used: it
// takes a Welcome without our PSK, and refuses sound trees (see adapter_tree.ts).

import type { ClientState } from 'ts-mls/clientState.js';
import type { CiphersuiteImpl } from 'ts-mls/crypto/ciphersuite.js';
import { deriveSecret } from 'ts-mls/crypto/kdf.js';
import { extensionsEqual } from 'ts-mls/extension.js';
import {
  verifyGroupInfoConfirmationTag,
  verifyGroupInfoSignature,
  type GroupInfo,
} from 'ts-mls/groupInfo.js';
import type { GroupSecrets } from 'ts-mls/groupSecrets.js';
import { makeKeyPackageRef } from 'ts-mls/keyPackage.js';
import { deriveKeySchedule } from 'ts-mls/keySchedule.js';
import { pathToRoot } from 'ts-mls/pathSecrets.js';
import {
  toPrivateKeyPath,
  mergePrivateKeyPaths,
  type PrivateKeyPath,
} from 'ts-mls/privateKeyPath.js';
import { accumulatePskSecret } from 'ts-mls/pskIndex.js';
import { findLeafIndex, type RatchetTree } from 'ts-mls/ratchetTree.js';
import { createSecretTree } from 'ts-mls/secretTree.js';
import { leafToNodeIndex, leafWidth, toLeafIndex, type LeafIndex } from 'ts-mls/treemath.js';
import { firstCommonAncestor } from 'ts-mls/updatePath.js';
import { decryptGroupInfo, decryptGroupSecrets, type Welcome } from 'ts-mls/welcome.js';
import { areEqual } from '../wire/bytes';
import type { OwnKeyPackage } from './adapter_leaf';
import { readMessage } from './adapter_read';
import {
  clientConfig,
  contextExtensions,
  IC_STATE,
  loadSuite,
  pskIndex,
  SUITE_NAME,
  type Psk,
} from './adapter_suite';
import { isSoundTree, readTree } from './adapter_tree';
import { wipeBytes } from './adapter_wipe';

export interface JoinInput {
  /** MLSMessage(Welcome) */
  readonly welcome: Uint8Array;
  /** the encoded ratchet_tree */
  readonly tree: Uint8Array;
  readonly own: OwnKeyPackage;
  /** the PSK of this MLS id, or null: not one of the meeting */
  readonly pskOf: (id: Uint8Array) => Psk | null;
  readonly policy: Uint8Array;
}

export type JoinFailure =
  | 'not-for-us' // no secret for this KeyPackage
  | 'no-psk' // whoever made it does not know the link
  | 'policy' // another policy in the GroupContext
  | 'unsound';

export interface Joined {
  readonly state: ClientState;
  /** the bytes of ic_state */
  readonly icState: Uint8Array;
  /** who signed the GroupInfo: the committer */
  readonly signer: number;
  /** the MLS id of the PSK */
  readonly pskId: Uint8Array;
}

export async function joinFromWelcome(input: JoinInput): Promise<Joined | JoinFailure> {
  const message = readMessage(input.welcome);
  const tree = readTree(input.tree);
  if (message?.wireformat !== 'mls_welcome' || tree === null) return 'unsound';
  if (message.welcome.cipherSuite !== SUITE_NAME) return 'unsound';
  const suite = await loadSuite();
  try {
    return await join(input, message.welcome, tree, suite);
  } catch {
    return 'unsound'; // bytes of others that ts-mls threw at
  }
}

async function join(
  input: JoinInput,
  welcome: Welcome,
  tree: RatchetTree,
  suite: CiphersuiteImpl,
): Promise<Joined | JoinFailure> {
  const secrets = await openSecrets(input.own, welcome, suite);
  if (secrets === null) return 'not-for-us';
  const psk = onlyPsk(secrets, input);
  const pskSecret = psk && (await readPsk(secrets, psk, suite));
  const info = pskSecret && (await openGroupInfo(welcome, secrets.joinerSecret, pskSecret, suite));
  if (!psk || !pskSecret || !info) return 'no-psk';
  if (!extensionsEqual(info.groupContext.extensions, contextExtensions(input.policy))) {
    return 'policy';
  }
  const icState = info.extensions[0];
  const ownLeaf = findLeafIndex(tree, input.own.publicPackage.leafNode);
  if (
    info.extensions.length !== 1 ||
    icState?.extensionType !== IC_STATE ||
    ownLeaf === undefined ||
    info.signer === ownLeaf ||
    !(await isSoundGroup(info, tree, secrets, pskSecret, suite))
  ) {
    return 'unsound';
  }
  const path = await ownPath(input.own, ownLeaf, info.signer, secrets.pathSecret, tree, suite);
  if (path === null) return 'unsound';
  const { groupContext, confirmationTag } = info;
  const [keySchedule, encryptionSecret] = await deriveKeySchedule(
    secrets.joinerSecret,
    pskSecret,
    groupContext,
    suite.kdf,
  );
  const secretTree = await createSecretTree(leafWidth(tree.length), encryptionSecret, suite.kdf);
  wipeBytes([encryptionSecret, secrets.joinerSecret, secrets.pathSecret, pskSecret]);
  const state: ClientState = {
    groupContext,
    keySchedule,
    secretTree,
    ratchetTree: tree,
    privatePath: path,
    signaturePrivateKey: input.own.privatePackage.signaturePrivateKey,
    unappliedProposals: {},
    confirmationTag,
    historicalReceiverData: new Map(),
    groupActiveState: { kind: 'active' },
    clientConfig,
  };
  return { state, icState: icState.extensionData, signer: info.signer, pskId: psk.id };
}

async function openSecrets(
  own: OwnKeyPackage,
  welcome: Welcome,
  suite: CiphersuiteImpl,
): Promise<GroupSecrets | null> {
  try {
    const reference = await makeKeyPackageRef(own.publicPackage, suite.hash);
    const key = await suite.hpke.importPrivateKey(own.privatePackage.initPrivateKey);
    return (await decryptGroupSecrets(key, reference, welcome, suite.hpke)) ?? null;
  } catch {
    return null;
  }
}

/** Exactly one PSK, and that of the link: else a server could welcome us into a meeting of its own. */
function onlyPsk({ psks }: GroupSecrets, { pskOf }: JoinInput): Psk | null {
  const only = psks[0];
  return psks.length === 1 && only?.psktype === 'external' ? pskOf(only.pskId) : null;
}

async function readPsk(
  { psks }: GroupSecrets,
  psk: Psk,
  suite: CiphersuiteImpl,
): Promise<Uint8Array> {
  const zeroes = new Uint8Array(suite.kdf.size);
  return (await accumulatePskSecret([...psks], pskIndex(psk), suite, zeroes))[0];
}

async function openGroupInfo(
  welcome: Welcome,
  joinerSecret: Uint8Array,
  pskSecret: Uint8Array,
  suite: CiphersuiteImpl,
): Promise<GroupInfo | null> {
  try {
    return (await decryptGroupInfo(welcome, joinerSecret, pskSecret, suite)) ?? null;
  } catch {
    return null; // made with another value of the PSK
  }
}

async function isSoundGroup(
  info: GroupInfo,
  tree: RatchetTree,
  { joinerSecret }: GroupSecrets,
  pskSecret: Uint8Array,
  suite: CiphersuiteImpl,
): Promise<boolean> {
  const { groupContext, signer } = info;
  const node = tree[leafToNodeIndex(toLeafIndex(signer))];
  return (
    groupContext.cipherSuite === SUITE_NAME &&
    node?.nodeType === 'leaf' &&
    (await verifyGroupInfoSignature(info, node.leaf.signaturePublicKey, suite.signature)) &&
    (await isSoundTree(tree, groupContext.groupId, groupContext.treeHash, suite)) &&
    (await verifyGroupInfoConfirmationTag(info, joinerSecret, pskSecret, suite))
  );
}

/** Null: a path secret whose keys are not those of the tree. */
async function ownPath(
  own: OwnKeyPackage,
  ownLeaf: LeafIndex,
  signer: number,
  pathSecret: Uint8Array | undefined,
  tree: RatchetTree,
  suite: CiphersuiteImpl,
): Promise<PrivateKeyPath | null> {
  const leafOnly: PrivateKeyPath = {
    leafIndex: ownLeaf,
    privateKeys: { [leafToNodeIndex(ownLeaf)]: own.privatePackage.hpkePrivateKey },
  };
  if (pathSecret === undefined) return leafOnly;
  const ancestor = firstCommonAncestor(tree, ownLeaf, toLeafIndex(signer));
  const secrets = await pathToRoot(tree, ancestor, pathSecret, suite.kdf);
  // A root whose other half is empty has no key; pathToRoot ends there all the same.
  const named = Object.entries(secrets).filter(([index]) => tree[Number(index)] !== undefined);
  for (const [index, secret] of named) {
    const node = tree[Number(index)];
    if (node?.nodeType !== 'parent') return null;
    const nodeSecret = await deriveSecret(secret, 'node', suite.kdf);
    const { publicKey } = await suite.hpke.deriveKeyPair(nodeSecret);
    if (!areEqual(await suite.hpke.exportPublicKey(publicKey), node.parent.hpkePublicKey)) {
      return null;
    }
  }
  const keys = await toPrivateKeyPath(Object.fromEntries(named), ownLeaf, suite);
  const path = mergePrivateKeyPaths(keys, leafOnly);
  wipeBytes(Object.values(secrets));
  return path;
}
