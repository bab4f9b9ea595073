// Somebody who plays by hand: with the raw state of one member and the library behind the adapter, he
// says what no client of ours would say.

import { createCommit, type CreateCommitOptions } from 'ts-mls/createCommit.js';
import { makePskIndex, nextEpochContext, type ClientState } from 'ts-mls/clientState.js';
import { getCiphersuiteFromName, type CiphersuiteImpl } from 'ts-mls/crypto/ciphersuite.js';
import { defaultCryptoProvider } from 'ts-mls/crypto/implementation/default/provider.js';
import { encode } from 'ts-mls/codec/tlsEncoder.js';
import {
  createConfirmationTag,
  createContentCommitSignature,
  type FramedContentCommit,
} from 'ts-mls/framedContent.js';
import { groupContextEncoder } from 'ts-mls/groupContext.js';
import { decryptWithLabel } from 'ts-mls/crypto/hpke.js';
import { accumulatePskSecret } from 'ts-mls/pskIndex.js';
import { initializeEpoch } from 'ts-mls/keySchedule.js';
import { decodeMlsMessage, mlsMessageEncoder, type MLSMessage } from 'ts-mls/message.js';
import { protectPublicMessage } from 'ts-mls/messageProtectionPublic.js';
import type { Proposal } from 'ts-mls/proposal.js';
import { treeHashRoot } from 'ts-mls/treeHash.js';
import type { RatchetTree } from 'ts-mls/ratchetTree.js';
import { joinFromWelcome } from '../../../src/mls/adapter_join';
import { encodeCommitData } from '../../../src/wire/commit_data';
import {
  hosted,
  IC_STATE_BYTES,
  person,
  POLICY,
  PSK,
  pskOf,
  type Circle,
  type Person,
} from './circle';

export const suite: Promise<CiphersuiteImpl> = defaultCryptoProvider.getCiphersuiteImpl(
  getCiphersuiteFromName('MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519'),
);

export const writeMessage = (message: MLSMessage): Uint8Array => encode(mlsMessageEncoder)(message);

export interface Attacker {
  readonly state: ClientState;
  readonly person: Person;
  readonly leaf: number;
}

/** Lets people in whose states are in the attacker's hands, and who take no further part. */
export async function infiltrate(circle: Circle, count = 1): Promise<Attacker[]> {
  const adds: Person[] = [];
  while (adds.length < count) adds.push(await person());
  const made = await circle.make(0, { adds, data: hosted() });
  await circle.deliver(0, made, { known: adds });
  if (made.welcome === null) throw new Error('no Welcome');
  const attackers: Attacker[] = [];
  for (const who of adds) {
    const joined = await joinFromWelcome({
      welcome: made.welcome,
      tree: circle.tree.encoded(),
      own: who.own,
      pskOf,
      policy: POLICY,
    });
    if (typeof joined === 'string') throw new Error(joined);
    const leaf = joined.state.privatePath.leafIndex;
    circle.people.set(leaf, who);
    attackers.push({ state: joined.state, person: who, leaf });
  }
  return attackers;
}

/** One of them. */
export async function spy(circle: Circle): Promise<Attacker> {
  const [only] = await infiltrate(circle);
  if (!only) throw new Error('nobody came in');
  return only;
}

export function pskProposal(id = PSK.id): Proposal {
  const pskNonce = new Uint8Array(32).fill(3);
  return {
    proposalType: 'psk',
    psk: { preSharedKeyId: { psktype: 'external', pskId: id, pskNonce } },
  };
}

export const addProposal = ({ own }: Person): Proposal => ({
  proposalType: 'add',
  add: { keyPackage: own.publicPackage },
});

export const removeProposal = (removed: number): Proposal => ({
  proposalType: 'remove',
  remove: { removed },
});

/** A commit with any proposals, as the library makes it. */
export async function commitOf(
  { state }: Attacker,
  extraProposals: Proposal[],
  options: CreateCommitOptions = {},
): Promise<{ message: Uint8Array; welcome: Uint8Array | null; next: ClientState }> {
  const pskIndex = makePskIndex(state, {
    [Buffer.from(PSK.id).toString('base64')]: PSK.value,
  });
  const { commit, welcome, newState } = await createCommit(
    { state, cipherSuite: await suite, pskIndex },
    {
      wireAsPublicMessage: true,
      authenticatedData: encodeCommitData(hosted()),
      groupInfoExtensions: [{ extensionType: 0xf1cc, extensionData: IC_STATE_BYTES }],
      extraProposals,
      ...options,
    },
  );
  return {
    message: writeMessage(commit),
    welcome: welcome
      ? writeMessage({ version: 'mls10', wireformat: 'mls_welcome', welcome })
      : null,
    next: newState,
  };
}

export interface Guess {
  /** the confirmation tag of the next epoch comes out: the secrets are known */
  readonly isRight: boolean;
  readonly exporterSecret: Uint8Array;
}

/** The next epoch from what somebody knows of this one, the commit, and the tree after it. */
export async function deriveNext(
  state: ClientState,
  message: Uint8Array,
  treeAfter: RatchetTree,
  commitSecret?: Uint8Array,
): Promise<Guess> {
  const cs = await suite;
  const { content, auth } = commitIn(message);
  const context = await nextEpochContext(
    state.groupContext,
    'mls_public_message',
    content,
    auth.signature,
    await treeHashRoot(treeAfter, cs.hash),
    state.confirmationTag,
    cs.hash,
  );
  const ids = content.commit.proposals.flatMap((each) =>
    each.proposalOrRefType === 'proposal' && each.proposal.proposalType === 'psk'
      ? [each.proposal.psk.preSharedKeyId]
      : [],
  );
  const zeroes = new Uint8Array(cs.kdf.size);
  const [pskSecret] = await accumulatePskSecret(ids, { findPsk: () => PSK.value }, cs, zeroes);
  const { keySchedule } = await initializeEpoch(
    state.keySchedule.initSecret,
    commitSecret ?? zeroes,
    context,
    pskSecret,
    cs.kdf,
  );
  const tag = await createConfirmationTag(
    keySchedule.confirmationKey,
    context.confirmedTranscriptHash,
    cs.hash,
  );
  const isRight = Buffer.compare(tag, auth.confirmationTag) === 0;
  return { isRight, exporterSecret: keySchedule.exporterSecret };
}

/** The path secrets of a commit that any private key of this state opens. */
export async function openPath(
  state: ClientState,
  message: Uint8Array,
  treeAfter: RatchetTree,
): Promise<Uint8Array[]> {
  const cs = await suite;
  const { content } = commitIn(message);
  const context = encode(groupContextEncoder)({
    ...state.groupContext,
    epoch: state.groupContext.epoch + 1n,
    treeHash: await treeHashRoot(treeAfter, cs.hash),
  });
  const found: Uint8Array[] = [];
  for (const node of content.commit.path?.nodes ?? []) {
    for (const { kemOutput, ciphertext } of node.encryptedPathSecret) {
      for (const bytes of Object.values(state.privatePath.privateKeys)) {
        const key = await cs.hpke.importPrivateKey(bytes);
        await decryptWithLabel(key, 'UpdatePathNode', context, kemOutput, ciphertext, cs.hpke).then(
          (secret) => found.push(secret),
          () => undefined,
        );
      }
    }
  }
  return found;
}

function commitIn(message: Uint8Array): {
  content: FramedContentCommit;
  auth: { signature: Uint8Array; confirmationTag: Uint8Array };
} {
  const decoded = decode(message);
  if (decoded.wireformat !== 'mls_public_message') throw new Error('no PublicMessage');
  const { content, auth } = decoded.publicMessage;
  if (content.contentType !== 'commit' || auth.contentType !== 'commit')
    throw new Error('no commit');
  return { content, auth };
}

/**
 * A commit without path over `tree`, the tree after its proposals: rightly signed, tagged and confirmed,
 * as ts-mls 1.6.2 made the Remove of one member.
 */
export async function pathlessCommit(
  { state }: Attacker,
  proposals: Proposal[],
  tree: RatchetTree,
): Promise<Uint8Array> {
  const cs = await suite;
  const { signature, framedContent } = await createContentCommitSignature(
    state.groupContext,
    'mls_public_message',
    {
      proposals: proposals.map((proposal) => ({ proposalOrRefType: 'proposal', proposal })),
      path: undefined,
    },
    { senderType: 'member', leafIndex: state.privatePath.leafIndex },
    encodeCommitData(hosted()),
    state.signaturePrivateKey,
    cs.signature,
  );
  const context = await nextEpochContext(
    state.groupContext,
    'mls_public_message',
    framedContent,
    signature,
    await treeHashRoot(tree, cs.hash),
    state.confirmationTag,
    cs.hash,
  );
  const zeroes = new Uint8Array(cs.kdf.size);
  const { keySchedule } = await initializeEpoch(
    state.keySchedule.initSecret,
    zeroes,
    context,
    zeroes,
    cs.kdf,
  );
  const confirmationTag = await createConfirmationTag(
    keySchedule.confirmationKey,
    context.confirmedTranscriptHash,
    cs.hash,
  );
  const publicMessage = await protectPublicMessage(
    state.keySchedule.membershipKey,
    state.groupContext,
    {
      wireformat: 'mls_public_message',
      content: framedContent,
      auth: { contentType: 'commit', signature, confirmationTag },
    },
    cs,
  );
  return writeMessage({ version: 'mls10', wireformat: 'mls_public_message', publicMessage });
}

export function decode(bytes: Uint8Array): MLSMessage {
  const message = decodeMlsMessage(bytes, 0)?.[0];
  if (!message) throw new Error('no MLSMessage');
  return message;
}
