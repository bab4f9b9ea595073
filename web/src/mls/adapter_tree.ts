// What the rules need to know of leaves and trees, and the check of a tree that came from the server.
// ts-mls 1.6.4's own check (validateRatchetTree) is not used: it refuses sound trees in which two
// non-blank ancestors of a leaf have different unmerged leaves (RFC 9420 7.9.2 asks for less).

import type { CiphersuiteImpl } from 'ts-mls/crypto/ciphersuite.js';
import {
  verifyLeafNodeSignature,
  verifyLeafNodeSignatureKeyPackage,
  type LeafNode,
} from 'ts-mls/leafNode.js';
import { decodeRatchetTree, type RatchetTree } from 'ts-mls/ratchetTree.js';
import { directPath, leafToNodeIndex, leafWidth, toLeafIndex } from 'ts-mls/treemath.js';
import { areEqual } from '../wire/bytes';
import { TreeHashes } from './adapter_hash';
import {
  CREDENTIAL_BYTES,
  IC_IDENTITY,
  IC_POLICY,
  IDENTITY_HASH_BYTES,
  KEY_BYTES,
  SUITE_NAME,
} from './adapter_suite';

/** What a leaf says. Byte strings are compared as hexadecimal texts, so that they can be keys. */
export interface LeafFacts {
  readonly signatureKey: Uint8Array;
  readonly encryptionKey: Uint8Array;
  /** empty when it is not a basic credential */
  readonly credential: Uint8Array;
  /** empty when it does not hold exactly one ic_identity */
  readonly identityHash: Uint8Array;
  /** exactly the leaf of encryption.md 2 */
  readonly isWellShaped: boolean;
}

export interface MemberFacts extends LeafFacts {
  readonly leaf: number;
}

/** ts-mls never changes a tree or a leaf, but makes another one: what was read of one holds for good. */
const readLeaves = new WeakMap<LeafNode, MemberFacts>();
const readTrees = new WeakMap<RatchetTree, readonly MemberFacts[]>();

export function leafFacts(leaf: LeafNode): LeafFacts {
  const { credential, extensions } = leaf;
  const identity = extensions.length === 1 ? extensions[0] : undefined;
  return {
    signatureKey: leaf.signaturePublicKey,
    encryptionKey: leaf.hpkePublicKey,
    credential: credential.credentialType === 'basic' ? credential.identity : new Uint8Array(),
    identityHash:
      identity?.extensionType === IC_IDENTITY ? identity.extensionData : new Uint8Array(),
    isWellShaped: isWellShaped(leaf),
  };
}

function isWellShaped(leaf: LeafNode): boolean {
  const { capabilities: own, credential, extensions } = leaf;
  const identity = extensions[0];
  return (
    leaf.signaturePublicKey.length === KEY_BYTES &&
    leaf.hpkePublicKey.length === KEY_BYTES &&
    credential.credentialType === 'basic' &&
    credential.identity.length === CREDENTIAL_BYTES &&
    extensions.length === 1 &&
    identity?.extensionType === IC_IDENTITY &&
    identity.extensionData.length === IDENTITY_HASH_BYTES &&
    isList(own.versions, ['mls10']) &&
    isList(own.ciphersuites, [SUITE_NAME]) &&
    isList(own.extensions, [IC_POLICY, IC_IDENTITY]) &&
    isList(own.proposals, []) &&
    isList(own.credentials, ['basic'])
  );
}

const isList = <T>(found: readonly T[], wanted: readonly T[]): boolean =>
  found.length === wanted.length && found.every((each, index) => each === wanted[index]);

export function membersOf(tree: RatchetTree): readonly MemberFacts[] {
  const members =
    readTrees.get(tree) ??
    tree.flatMap((node, index) =>
      node?.nodeType === 'leaf' ? [memberFacts(node.leaf, index / 2)] : [],
    );
  readTrees.set(tree, members);
  return members;
}

/** The same object in each epoch, so that others can keep by it what they found out. */
function memberFacts(node: LeafNode, leaf: number): MemberFacts {
  const read = readLeaves.get(node);
  if (read?.leaf === leaf) return read;
  const facts = { ...leafFacts(node), leaf };
  readLeaves.set(node, facts);
  return facts;
}

/** Of the ratchet tree, blanks counted: a power of two. */
export const leafCountOf = (tree: RatchetTree): number => leafWidth(tree.length);

export function readTree(bytes: Uint8Array): RatchetTree | null {
  try {
    const decoded = decodeRatchetTree(bytes, 0);
    return decoded?.[1] === bytes.length ? decoded[0] : null;
  } catch {
    return null;
  }
}

/** RFC 9420 12.4.3.1: "Verify the integrity of the ratchet tree". */
export async function isSoundTree(
  tree: RatchetTree,
  groupId: Uint8Array,
  treeHash: Uint8Array,
  suite: CiphersuiteImpl,
): Promise<boolean> {
  if (!isSoundStructure(tree) || !areKeysDistinct(tree)) return false;
  const leaves = tree.flatMap((node, index) =>
    node?.nodeType === 'leaf' ? [{ node: node.leaf, leaf: index / 2 }] : [],
  );
  if (!leaves.every(({ node }) => isWellShaped(node))) return false;
  const areSigned = await Promise.all(
    leaves.map(({ node, leaf }) => isLeafSigned(node, groupId, leaf, suite)),
  );
  if (areSigned.includes(false)) return false;
  const hashes = new TreeHashes(tree, suite.hash);
  return areEqual(treeHash, await hashes.root()) && (await hashes.areParentsSound());
}

async function isLeafSigned(
  leaf: LeafNode,
  groupId: Uint8Array,
  index: number,
  { signature }: CiphersuiteImpl,
): Promise<boolean> {
  switch (leaf.leafNodeSource) {
    case 'key_package':
      return verifyLeafNodeSignatureKeyPackage(leaf, signature);
    case 'commit':
      return verifyLeafNodeSignature(leaf, groupId, index, signature);
    case 'update': // there is no Update proposal in our groups
      return false;
  }
}

/** Leaves stand at even indices, parents at odd ones; unmerged leaves are where RFC 9420 7.9.2 wants them. */
function isSoundStructure(tree: RatchetTree): boolean {
  return tree.every((node, index) => {
    if (node === undefined) return true;
    if (node.nodeType === 'leaf') return index % 2 === 0;
    const { unmergedLeaves } = node.parent;
    return (
      index % 2 === 1 &&
      unmergedLeaves.every((leaf, at) => leaf > (unmergedLeaves[at - 1] ?? -1)) &&
      unmergedLeaves.every((leaf) => isUnmergedBelow(tree, leaf, index))
    );
  });
}

function isUnmergedBelow(tree: RatchetTree, leaf: number, ancestor: number): boolean {
  const node = leafToNodeIndex(toLeafIndex(leaf));
  if (tree[node]?.nodeType !== 'leaf') return false;
  const path = directPath(node, leafWidth(tree.length)).map(Number);
  const height = path.indexOf(ancestor);
  return (
    height >= 0 &&
    path.slice(0, height).every((index) => {
      const between = tree[index];
      return between?.nodeType !== 'parent' || between.parent.unmergedLeaves.includes(leaf);
    })
  );
}

function areKeysDistinct(tree: RatchetTree): boolean {
  const encryption: string[] = [];
  const signature: string[] = [];
  const credentials: string[] = [];
  for (const node of tree) {
    if (node?.nodeType === 'parent') encryption.push(hex(node.parent.hpkePublicKey));
    if (node?.nodeType !== 'leaf') continue;
    encryption.push(hex(node.leaf.hpkePublicKey));
    signature.push(hex(node.leaf.signaturePublicKey));
    credentials.push(hex(leafFacts(node.leaf).credential));
  }
  return [encryption, signature, credentials].every((all) => new Set(all).size === all.length);
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte] ?? '';
  return text;
}
