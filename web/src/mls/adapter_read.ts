// Messages of others as plain facts, for the rules to judge before anything is done with them.

import { encode } from 'ts-mls/codec/tlsEncoder.js';
import { verifyKeyPackage, type KeyPackage } from 'ts-mls/keyPackage.js';
import { verifyLeafNodeSignatureKeyPackage } from 'ts-mls/leafNode.js';
import { decodeMlsMessage, mlsMessageEncoder, type MLSMessage } from 'ts-mls/message.js';
import type { ProposalOrRef } from 'ts-mls/proposalOrRefType.js';
import type { PublicMessage } from 'ts-mls/publicMessage.js';
import { areEqual } from '../wire/bytes';
import { KEY_BYTES, loadSuite, SUITE_NAME } from './adapter_suite';
import { leafFacts, type LeafFacts } from './adapter_tree';

export interface KeyPackageFacts {
  readonly leaf: LeafFacts;
  /** our suite, no extensions, an init key of its own, a leaf of encryption.md 2 */
  readonly isWellShaped: boolean;
  /** seconds since 1970 */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** A KeyPackage as it is carried about; only this folder's adapter looks into `inner`. */
export interface ReadKeyPackage extends KeyPackageFacts {
  readonly inner: KeyPackage;
}

export type ProposalFacts =
  | { readonly kind: 'add'; readonly keyPackage: ReadKeyPackage }
  | { readonly kind: 'remove'; readonly leaf: number }
  | { readonly kind: 'psk'; readonly id: Uint8Array } // an external one
  | { readonly kind: 'reference' }
  | { readonly kind: 'forbidden' };

export interface CommitFacts {
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
  /** null: not a member */
  readonly sender: number | null;
  readonly proposals: readonly ProposalFacts[];
  readonly path: LeafFacts | null;
  readonly data: Uint8Array;
}

export interface ReadCommit {
  readonly facts: CommitFacts;
  readonly bytes: Uint8Array;
  readonly inner: PublicMessage;
}

/** The MLSMessage that fills these bytes to the end. */
export function readMessage(bytes: Uint8Array): MLSMessage | null {
  try {
    const decoded = decodeMlsMessage(bytes, 0);
    return decoded?.[1] === bytes.length ? decoded[0] : null;
  } catch {
    return null;
  }
}

export const writeMessage = (message: MLSMessage): Uint8Array => encode(mlsMessageEncoder)(message);

/** Null: these bytes are no PublicMessage with a commit. */
export function readCommit(bytes: Uint8Array): ReadCommit | null {
  const message = readMessage(bytes);
  if (message?.wireformat !== 'mls_public_message') return null;
  const inner = message.publicMessage;
  const { content } = inner;
  if (content.contentType !== 'commit') return null;
  const { sender, commit } = content;
  return {
    bytes,
    inner,
    facts: {
      groupId: content.groupId,
      epoch: content.epoch,
      sender: sender.senderType === 'member' ? sender.leafIndex : null,
      proposals: commit.proposals.map(proposalFacts),
      path: commit.path ? leafFacts(commit.path.leafNode) : null,
      data: content.authenticatedData,
    },
  };
}

function proposalFacts(each: ProposalOrRef): ProposalFacts {
  if (each.proposalOrRefType === 'reference') return { kind: 'reference' };
  const { proposal } = each;
  if (typeof proposal.proposalType === 'number') return { kind: 'forbidden' };
  switch (proposal.proposalType) {
    case 'add':
      return { kind: 'add', keyPackage: readInner(proposal.add.keyPackage) };
    case 'remove':
      return { kind: 'remove', leaf: proposal.remove.removed };
    case 'psk': {
      const id = proposal.psk.preSharedKeyId;
      return id.psktype === 'external' ? { kind: 'psk', id: id.pskId } : { kind: 'forbidden' };
    }
    case 'update':
    case 'reinit':
    case 'external_init':
    case 'group_context_extensions':
      return { kind: 'forbidden' };
  }
}

function readInner(inner: KeyPackage): ReadKeyPackage {
  const { leafNode, initKey } = inner;
  const leaf = leafFacts(leafNode);
  // The decoder admits nothing but a leaf with a lifetime here.
  const lifetime =
    leafNode.leafNodeSource === ('key_package' as string) ? leafNode.lifetime : undefined;
  return {
    inner,
    leaf,
    notBefore: seconds(lifetime?.notBefore),
    notAfter: seconds(lifetime?.notAfter),
    isWellShaped:
      inner.cipherSuite === SUITE_NAME &&
      inner.extensions.length === 0 &&
      initKey.length === KEY_BYTES &&
      !areEqual(initKey, leaf.encryptionKey) &&
      leaf.isWellShaped,
  };
}

/** A time of more than 2^53 s holds no clock that we could compare it with. */
const seconds = (value: bigint | undefined): number =>
  value === undefined || value > BigInt(Number.MAX_SAFE_INTEGER)
    ? Number.POSITIVE_INFINITY
    : Number(value);

/** A KeyPackage from a knock, or null: its own signatures are checked here. */
export async function readKeyPackage(bytes: Uint8Array): Promise<ReadKeyPackage | null> {
  const message = readMessage(bytes);
  if (message?.wireformat !== 'mls_key_package') return null;
  const read = readInner(message.keyPackage);
  if (!read.isWellShaped) return null;
  const { signature } = await loadSuite();
  try {
    const isSigned =
      (await verifyLeafNodeSignatureKeyPackage(message.keyPackage.leafNode, signature)) &&
      (await verifyKeyPackage(message.keyPackage, signature));
    return isSigned ? read : null;
  } catch {
    return null; // a key that is none
  }
}
