// The group as the rest of the client sees it. A commit of ours is two-phased: it changes nothing until
// its message comes back from the server. Every call that waits must have ended before the next one
// begins; the driver sees to that. Rules are not checked here but in checks.ts, before `apply`.

import { createGroup, type ClientState } from 'ts-mls/clientState.js';
import { createCommit, createGroupInfoWithRatchetTree } from 'ts-mls/createCommit.js';
import { createApplicationMessage } from 'ts-mls/createMessage.js';
import type { EpochReceiverData } from 'ts-mls/epochReceiverData.js';
import { signWithLabel } from 'ts-mls/crypto/signature.js';
import { mlsExporter } from 'ts-mls/keySchedule.js';
import { unprotectPrivateMessage } from 'ts-mls/messageProtection.js';
import { unprotectPublicMessage } from 'ts-mls/messageProtectionPublic.js';
import { CryptoVerificationError } from 'ts-mls/mlsError.js';
import { processPublicMessage } from 'ts-mls/processMessages.js';
import type { Proposal } from 'ts-mls/proposal.js';
import type { RatchetTree } from 'ts-mls/ratchetTree.js';
import { areEqual } from '../wire/bytes';
import { joinFromWelcome, type Joined, type JoinFailure, type JoinInput } from './adapter_join';
import type { OwnKeyPackage } from './adapter_leaf';
import { readMessage, writeMessage, type ReadCommit, type ReadKeyPackage } from './adapter_read';
import {
  clientConfig,
  contextExtensions,
  IC_STATE,
  loadSuite,
  paddedFor,
  pskIndex,
  type Psk,
} from './adapter_suite';
import { leafCountOf, membersOf, type MemberFacts } from './adapter_tree';
import { enterEpoch, wipeBytes, wipeOldEpoch, wipePending, wipeState } from './adapter_wipe';

const SIGNATURE_BYTES = 64;
const PSK_NONCE_BYTES = 32;

export interface CommitPlan {
  readonly removes: readonly number[];
  readonly adds: readonly ReadKeyPackage[];
  /** the PSK of the present generation; used when there are Adds */
  readonly psk: Psk;
  /** CommitData */
  readonly data: Uint8Array;
  /** ic_state, for those who are added */
  readonly icState: Uint8Array;
}

export interface MadeCommit {
  /** MLSMessage(PublicMessage) */
  readonly message: Uint8Array;
  /** MLSMessage(Welcome), when somebody is added */
  readonly welcome: Uint8Array | null;
}

export type Applied =
  | 'applied'
  | 'fork' // its confirmation tag is not ours: the sender sees another history
  | 'unsound';

export interface Opened {
  readonly leaf: number;
  readonly epoch: number;
  readonly plaintext: Uint8Array;
}

export class Group {
  #state: ClientState;
  #pending: { readonly message: Uint8Array; readonly next: ClientState } | null = null;

  private constructor(state: ClientState) {
    this.#state = state;
  }

  /** A group of one; `groupInfo` is the MLSMessage(GroupInfo) with which it begins at the server. */
  static async create(config: {
    readonly groupId: Uint8Array;
    readonly policy: Uint8Array;
    readonly own: OwnKeyPackage;
  }): Promise<{ readonly group: Group; readonly groupInfo: Uint8Array }> {
    const suite = await loadSuite();
    const { publicPackage, privatePackage } = config.own;
    const extensions = contextExtensions(config.policy);
    const { groupId } = config;
    const state = await createGroup(
      groupId,
      publicPackage,
      privatePackage,
      extensions,
      suite,
      clientConfig,
    );
    const group = new Group(state);
    return { group, groupInfo: await group.groupInfo() };
  }

  static async join(
    input: JoinInput,
  ): Promise<({ readonly group: Group } & Omit<Joined, 'state'>) | JoinFailure> {
    const joined = await joinFromWelcome(input);
    if (typeof joined === 'string') return joined;
    wipeBytes([input.own.privatePackage.initPrivateKey]);
    const { state, ...rest } = joined;
    return { group: new Group(state), ...rest };
  }

  get epoch(): number {
    return Number(this.#state.groupContext.epoch);
  }
  get groupId(): Uint8Array {
    return this.#state.groupContext.groupId;
  }
  get ownLeaf(): number {
    return this.#state.privatePath.leafIndex;
  }
  get isPending(): boolean {
    return this.#pending !== null;
  }
  /** Of the ratchet tree: a power of two with blanks counted. */
  get leafCount(): number {
    return leafCountOf(this.#state.ratchetTree);
  }
  members(): readonly MemberFacts[] {
    return membersOf(this.#state.ratchetTree);
  }

  /** Makes a commit and keeps what it leads to. There is one at a time. */
  async propose(plan: CommitPlan): Promise<MadeCommit> {
    this.dropPending();
    const suite = await loadSuite();
    const { newState, commit, welcome } = await createCommit(
      { state: this.#state, cipherSuite: suite, pskIndex: pskIndex(plan.psk) },
      {
        wireAsPublicMessage: true,
        extraProposals: proposalsOf(plan, suite.rng.randomBytes(PSK_NONCE_BYTES)),
        authenticatedData: plan.data,
        groupInfoExtensions: [{ extensionType: IC_STATE, extensionData: plan.icState }],
      },
    );
    const message = writeMessage(commit);
    this.#pending = { message, next: newState };
    return {
      message,
      welcome: welcome
        ? writeMessage({ version: 'mls10', wireformat: 'mls_welcome', welcome })
        : null,
    };
  }

  isOwnPending(message: Uint8Array): boolean {
    return this.#pending !== null && areEqual(this.#pending.message, message);
  }

  /** Our commit has come back. */
  applyPending(): void {
    if (this.#pending === null) throw new Error('no commit is pending');
    const { next } = this.#pending;
    this.#pending = null;
    this.#state = enterEpoch(this.#state, next);
  }

  /** Another commit was first, or the server refused ours: nothing of it stays. */
  dropPending(): void {
    if (this.#pending !== null) wipePending(this.#pending.next, this.#state);
    this.#pending = null;
  }

  /** The commit is of this group and epoch, and its sender, a member, signed and tagged it. */
  async isAuthentic({ facts, inner }: ReadCommit): Promise<boolean> {
    const { groupContext, keySchedule, ratchetTree } = this.#state;
    const { sender } = facts;
    if (
      sender === null ||
      ratchetTree[2 * sender]?.nodeType !== 'leaf' ||
      facts.epoch !== groupContext.epoch ||
      !areEqual(facts.groupId, groupContext.groupId)
    ) {
      return false;
    }
    const suite = await loadSuite();
    try {
      const key = keySchedule.membershipKey;
      await unprotectPublicMessage(key, groupContext, ratchetTree, inner, suite);
      return true;
    } catch {
      return false;
    }
  }

  /** A commit of somebody else that has passed the rules and does not remove us. */
  async apply(commit: ReadCommit, psk: Psk | null): Promise<Applied> {
    const suite = await loadSuite();
    try {
      const { newState, consumed } = await processPublicMessage(
        this.#state,
        commit.inner,
        pskIndex(psk),
        suite,
      );
      if (newState.groupActiveState.kind !== 'active') return 'unsound';
      this.dropPending();
      this.#state = enterEpoch(this.#state, newState);
      wipeBytes(consumed);
      return 'applied';
    } catch (error) {
      const isTag =
        error instanceof CryptoVerificationError && error.message.includes('confirmation tag');
      return isTag ? 'fork' : 'unsound';
    }
  }

  /** Encrypts for the group: MLSMessage(PrivateMessage). */
  async seal(plaintext: Uint8Array): Promise<Uint8Array> {
    const suite = await loadSuite();
    const bytes = vectorBytes(plaintext.length) + vectorBytes(SIGNATURE_BYTES);
    const state = {
      ...this.#state,
      clientConfig: { ...clientConfig, paddingConfig: paddedFor(bytes) },
    };
    const { newState, privateMessage, consumed } = await createApplicationMessage(
      state,
      plaintext,
      suite,
    );
    this.#state = { ...newState, clientConfig };
    wipeBytes(consumed);
    return writeMessage({ version: 'mls10', wireformat: 'mls_private_message', privateMessage });
  }

  /** Null: garbage, a replay, of another group or of an epoch that we do not hold. */
  async open(bytes: Uint8Array): Promise<Opened | null> {
    const message = readMessage(bytes);
    if (message?.wireformat !== 'mls_private_message') return null;
    const { privateMessage } = message;
    const { groupContext } = this.#state;
    if (
      privateMessage.contentType !== 'application' ||
      privateMessage.authenticatedData.length !== 0 ||
      privateMessage.epoch > groupContext.epoch ||
      !areEqual(privateMessage.groupId, groupContext.groupId)
    ) {
      return null;
    }
    const suite = await loadSuite();
    const { epoch } = privateMessage;
    const old = this.#state.historicalReceiverData.get(epoch);
    const isPresent = epoch === groupContext.epoch;
    const at = isPresent ? { ...this.#state, ...this.#state.keySchedule } : old;
    if (at === undefined) return null;
    try {
      const { content, tree, consumed } = await unprotectPrivateMessage(
        at.senderDataSecret,
        privateMessage,
        at.secretTree,
        at.ratchetTree,
        at.groupContext,
        clientConfig.keyRetentionConfig,
        suite,
      );
      if (isPresent) this.#state = { ...this.#state, secretTree: tree };
      else if (old) this.#keepOld(epoch, { ...old, secretTree: tree });
      wipeBytes(consumed);
      const { content: inner } = content;
      if (inner.contentType !== 'application' || inner.sender.senderType !== 'member') return null;
      const leaf = inner.sender.leafIndex;
      // A leaf that somebody else has by now does not speak for them.
      if (!isSameSigner(at.ratchetTree, this.#state.ratchetTree, leaf)) return null;
      return { leaf, epoch: Number(epoch), plaintext: inner.applicationData };
    } catch {
      return null;
    }
  }

  async exportSecret(
    label: string,
    bytes: number,
    context: Uint8Array = new Uint8Array(),
  ): Promise<Uint8Array> {
    const suite = await loadSuite();
    const { exporterSecret } = this.#state.keySchedule;
    return mlsExporter(exporterSecret, label, context, bytes, suite);
  }

  /** MLSMessage(GroupInfo) of the present epoch, with the ratchet_tree alone, signed by our leaf. */
  async groupInfo(): Promise<Uint8Array> {
    const state = this.#state;
    const groupInfo = await createGroupInfoWithRatchetTree(
      state.groupContext,
      state.confirmationTag,
      state,
      state.ratchetTree,
      [],
      await loadSuite(),
    );
    return writeMessage({ version: 'mls10', wireformat: 'mls_group_info', groupInfo });
  }

  /** SignWithLabel (RFC 9420 5.1.2) by our leaf. */
  async sign(label: string, content: Uint8Array): Promise<Uint8Array> {
    const { signature } = await loadSuite();
    return signWithLabel(this.#state.signaturePrivateKey, label, content, signature);
  }

  epochAuthenticator(): Uint8Array {
    return this.#state.keySchedule.epochAuthenticator.slice();
  }

  /** Late messages of this epoch are not read any more. */
  forget(epoch: number): void {
    const old = this.#state.historicalReceiverData.get(BigInt(epoch));
    if (old === undefined) return;
    wipeOldEpoch(old);
    this.#keepOld(BigInt(epoch), null);
  }

  #keepOld(epoch: bigint, data: EpochReceiverData | null): void {
    const historicalReceiverData = new Map(this.#state.historicalReceiverData);
    if (data === null) historicalReceiverData.delete(epoch);
    else historicalReceiverData.set(epoch, data);
    this.#state = { ...this.#state, historicalReceiverData };
  }

  wipe(): void {
    this.dropPending();
    wipeState(this.#state);
  }
}

/** The order of encryption.md 2: Removes, Adds, PSK. */
function proposalsOf({ removes, adds, psk }: CommitPlan, pskNonce: Uint8Array): Proposal[] {
  const pskProposal: Proposal = {
    proposalType: 'psk',
    psk: { preSharedKeyId: { psktype: 'external', pskId: psk.id, pskNonce } },
  };
  return [
    ...removes.map((removed): Proposal => ({ proposalType: 'remove', remove: { removed } })),
    ...adds.map(({ inner }): Proposal => ({ proposalType: 'add', add: { keyPackage: inner } })),
    ...(adds.length > 0 ? [pskProposal] : []),
  ];
}

function isSameSigner(then: RatchetTree, now: RatchetTree, leaf: number): boolean {
  const before = then[2 * leaf];
  const present = now[2 * leaf];
  return (
    before?.nodeType === 'leaf' &&
    present?.nodeType === 'leaf' &&
    areEqual(before.leaf.signaturePublicKey, present.leaf.signaturePublicKey)
  );
}

/** RFC 9420 2.1.2: a vector with its length in 1, 2 or 4 bytes. */
function vectorBytes(bytes: number): number {
  return bytes + (bytes < 64 ? 1 : bytes < 16_384 ? 2 : 4);
}

export { makeCredential, makeKeyPackage, makeSignatureKey, wipeKeyPackage } from './adapter_leaf';
export type { OwnKeyPackage, SignatureKey } from './adapter_leaf';
export { readCommit, readKeyPackage } from './adapter_read';
export type { CommitFacts, ProposalFacts, ReadCommit, ReadKeyPackage } from './adapter_read';
export type { JoinFailure } from './adapter_join';
export type { Psk } from './adapter_suite';
export { hex, type LeafFacts, type MemberFacts } from './adapter_tree';
