// One instance of the meeting's group: the MLS group, what its acts have made of it, its log, and who is
// in it. Every commit goes through `take`, whoever made it.

import { areEqual, type Bytes } from '../wire/bytes';
import { decodeCommitData, type Authority, type CommitData } from '../wire/commit_data';
import { encodeIcState, type IcState } from '../wire/ic_state';
import type { Policy } from '../wire/policy';
import {
  Group,
  hex,
  readCommit,
  type CommitPlan,
  type LeafFacts,
  type MadeCommit,
  type MemberFacts,
  type ReadCommit,
  type ReadKeyPackage,
} from './adapter';
import { checkCommit, type Before, type Broken, type Newcomer } from './checks';
import { CommitLog, type LogHead } from './log';
import type { Known, People } from './people';
import { hasAuthority } from './proof';
import type { Secrets } from './secrets';

export interface InstanceParts {
  readonly group: Group;
  readonly policy: Policy;
  readonly secrets: Secrets;
  readonly people: People;
  readonly log: CommitLog;
  readonly nonce: Bytes;
  readonly isLocked: boolean;
  readonly banKey: Bytes;
  readonly bans: readonly Bytes[];
}

/** What a commit that was taken has changed. */
export interface Taken {
  readonly by: number;
  readonly removed: readonly number[];
  readonly added: readonly number[];
  /** the secret of a new link; null: none, or it never reached us */
  readonly newSecret: Bytes | null;
}

export type Verdict =
  | { readonly type: 'taken'; readonly taken: Taken }
  /** we are not in the group any more */
  | { readonly type: 'removed'; readonly by: number; readonly removed: readonly number[] }
  | { readonly type: 'fork' }
  | { readonly type: 'invalid'; readonly rule: Broken | 'unreadable' | 'replayed' | 'unsound' };

/** A commit of ours, before it is said. */
export interface Proposal {
  readonly removes: readonly number[];
  readonly adds: readonly ReadKeyPackage[];
  readonly data: CommitData;
}

export class Instance {
  readonly group: Group;
  readonly policy: Policy;
  readonly log: CommitLog;
  readonly #secrets: Secrets;
  readonly #people: People;
  readonly #nonce: Bytes;
  readonly #banKey: Bytes;
  readonly #bans = new Map<string, Bytes>();
  /** by the signature key of the leaf: proofs that were shown in commits and grants */
  readonly #authorities = new Map<string, Authority>();
  #isLocked: boolean;

  constructor(parts: InstanceParts) {
    this.group = parts.group;
    this.policy = parts.policy;
    this.log = parts.log;
    this.#secrets = parts.secrets;
    this.#people = parts.people;
    this.#nonce = parts.nonce;
    this.#banKey = parts.banKey;
    this.#isLocked = parts.isLocked;
    for (const tag of parts.bans) this.#bans.set(hex(tag), tag);
  }

  get isLocked(): boolean {
    return this.#isLocked;
  }
  get generation(): number {
    return this.#secrets.generation;
  }
  get isHosted(): boolean {
    return this.policy.hostKeys.length > 0;
  }
  get isOpen(): boolean {
    return this.policy.lobby === 'open';
  }

  member(leaf: number): MemberFacts | undefined {
    return this.group.members().find((member) => member.leaf === leaf);
  }

  /** Whether a leaf may admit and act: by its identity, or by a proof that it has shown. */
  isHost(leaf: LeafFacts): boolean {
    return this.#authorityOf(leaf) !== null;
  }

  /** Somebody in the group who may admit, and the proof of it: we ourselves, if we do. */
  witness(): { readonly leaf: number; readonly authority: Authority } | null {
    const isOwn = ({ leaf }: MemberFacts): number => Number(leaf === this.group.ownLeaf);
    const members = [...this.group.members()].sort((one, other) => isOwn(other) - isOwn(one));
    for (const member of members) {
      const authority = this.#authorityOf(member);
      if (authority) return { leaf: member.leaf, authority };
    }
    return null;
  }

  #authorityOf(leaf: LeafFacts): Authority | null {
    const shown = this.#authorities.get(hex(leaf.signatureKey));
    return shown ?? this.#people.peek(leaf)?.authority ?? null;
  }

  /** A proof for a leaf; false: it is none. */
  async show(leafKey: Uint8Array, authority: Authority): Promise<boolean> {
    const proof = { meeting: this.#secrets.meeting, key: leafKey };
    const isValid = await hasAuthority(this.policy.hostKeys, authority, proof);
    if (isValid) this.#authorities.set(hex(leafKey), authority);
    return isValid;
  }

  async isBanned(known: Known): Promise<boolean> {
    const tag = await this.#people.banTag(this.#banKey, known);
    return tag !== null && this.#bans.has(hex(tag));
  }

  /** Under which a member's device would be banned; null: nobody knows the device. */
  async banTagOf(leaf: LeafFacts): Promise<Bytes | null> {
    const known = await this.#people.identify(leaf);
    return this.#people.banTag(this.#banKey, known);
  }

  /** The leaf whose device this is. */
  leafOf(deviceKey: Uint8Array | null): number | null {
    const same = (member: MemberFacts): boolean => {
      const key = this.#people.peek(member)?.deviceKey;
      return deviceKey !== null && !!key && areEqual(key, deviceKey);
    };
    return this.group.members().find(same)?.leaf ?? null;
  }

  /** A commit of our own, which passes our own rules; or the rule that it would break. */
  async propose(proposal: Proposal, data: Uint8Array, now: number): Promise<MadeCommit | Broken> {
    const { psk } = this.#secrets;
    if (psk === null && proposal.adds.length > 0) return 'psk';
    const plan: CommitPlan = {
      removes: proposal.removes,
      adds: proposal.adds,
      psk: psk ?? { id: this.#secrets.pskId, value: new Uint8Array() },
      data,
      icState: encodeIcState(await this.#icState(proposal.data)),
    };
    const made = await this.group.propose(plan);
    const commit = readCommit(made.message);
    const broken = commit ? await this.#judge(commit, now) : 'proposal';
    if (broken === null) return made;
    this.group.dropPending();
    return broken;
  }

  /** A commit as the server delivers it. */
  async take(bytes: Uint8Array, head: LogHead, now: number): Promise<Verdict> {
    const isReplay = await this.log.holds(bytes);
    const isSameHistory = await this.log.append(bytes, head);
    const commit = readCommit(bytes);
    if (!isSameHistory) return { type: 'fork' };
    if (commit === null) return { type: 'invalid', rule: 'unreadable' };
    const { facts } = commit;
    if (isReplay) return { type: 'invalid', rule: 'replayed' };
    // Of another epoch, or tagged with another key: its sender has another history.
    if (!(await this.group.isAuthentic(commit))) return { type: 'fork' };
    const by = facts.sender ?? -1;
    const removed = facts.proposals.flatMap((each) => (each.kind === 'remove' ? [each.leaf] : []));
    // Whoever is removed has no say in it, and cannot follow.
    if (removed.includes(this.group.ownLeaf)) return { type: 'removed', by, removed };
    const before = this.group.members();
    if (this.group.isOwnPending(bytes)) {
      this.group.applyPending();
    } else {
      const broken = await this.#judge(commit, now);
      if (broken !== null) return { type: 'invalid', rule: broken };
      const applied = await this.group.apply(commit, this.#secrets.psk);
      if (applied === 'fork') return { type: 'fork' };
      if (applied === 'unsound') return { type: 'invalid', rule: 'unsound' };
    }
    const data = decodeCommitData(facts.data) ?? { authority: null, acts: [] };
    const newSecret = await this.#enact(by, before, data);
    return { type: 'taken', taken: { by, removed, added: this.#addedSince(before), newSecret } };
  }

  async #judge(commit: ReadCommit, now: number): Promise<Broken | null> {
    const { facts } = commit;
    const data = decodeCommitData(facts.data);
    const sender = this.member(facts.sender ?? -1);
    const adds = facts.proposals.flatMap((each) =>
      each.kind === 'add' ? [each.keyPackage.leaf] : [],
    );
    // Whoever nobody has asked for yet: a newcomer's first commit finds a group of strangers.
    const unasked = this.group.members().filter((member) => this.#people.peek(member) === null);
    if (adds.length > 0) await Promise.all(unasked.map((leaf) => this.#people.identify(leaf)));
    const known = await Promise.all(adds.map((leaf) => this.#people.identify(leaf)));
    const newcomers = await Promise.all(known.map((each) => this.#newcomer(each)));
    const isAuthorityValid =
      sender !== undefined &&
      data?.authority !== undefined &&
      data.authority !== null &&
      (await this.#isAuthority(sender, data.authority));
    return checkCommit({ facts, data, isAuthorityValid, newcomers }, this.#before(now));
  }

  #isAuthority(sender: LeafFacts, authority: Authority): Promise<boolean> {
    const proof = { meeting: this.#secrets.meeting, key: sender.signatureKey };
    return hasAuthority(this.policy.hostKeys, authority, proof);
  }

  async #newcomer(known: Known): Promise<Newcomer> {
    const tag = await this.#people.banTag(this.#banKey, known);
    return {
      deviceKey: known.deviceKey && hex(known.deviceKey),
      banTag: tag && hex(tag),
      hasAuthority: known.authority !== null,
    };
  }

  #before(now: number): Before {
    const members = this.group.members();
    const devices = members.flatMap((member): [number, string][] => {
      const key = this.#people.peek(member)?.deviceKey;
      return key ? [[member.leaf, hex(key)]] : [];
    });
    return {
      members,
      devices: new Map(devices),
      pskId: this.#secrets.pskId,
      isHosted: this.isHosted,
      isOpen: this.isOpen,
      isLocked: this.#isLocked,
      generation: this.#secrets.generation,
      bans: new Set(this.#bans.keys()),
      now,
    };
  }

  /** Acts take effect with their commit. */
  async #enact(
    by: number,
    before: readonly MemberFacts[],
    { authority, acts }: CommitData,
  ): Promise<Bytes | null> {
    const sender = before.find(({ leaf }) => leaf === by);
    if (sender && authority) this.#authorities.set(hex(sender.signatureKey), authority);
    let newSecret: Bytes | null = null;
    for (const act of acts) {
      if (act.type === 'lock') this.#isLocked = act.on;
      else if (act.type === 'ban') this.#bans.set(hex(act.tag), act.tag);
      else newSecret = await this.#secrets.advance(by, act.generation);
    }
    return newSecret;
  }

  #addedSince(before: readonly MemberFacts[]): number[] {
    const keys = new Map(before.map(({ leaf, signatureKey }) => [leaf, hex(signatureKey)]));
    return this.group
      .members()
      .filter(({ leaf, signatureKey }) => keys.get(leaf) !== hex(signatureKey))
      .map(({ leaf }) => leaf);
  }

  /** As it will be after a commit with these acts. */
  async #icState({ acts }: CommitData): Promise<IcState> {
    const bans = new Map(this.#bans);
    let isLocked = this.#isLocked;
    for (const act of acts) {
      if (act.type === 'ban') bans.set(hex(act.tag), act.tag);
      if (act.type === 'lock') isLocked = act.on;
    }
    return {
      instanceNonce: this.#nonce,
      isLocked,
      generation: this.#secrets.generation,
      banKey: this.#banKey,
      bans: [...bans.values()],
      logSize: this.log.size,
      logRoot: await this.log.root(),
      earlierSeals: this.#secrets.earlierSeals,
    };
  }

  wipe(): void {
    this.group.wipe();
    this.#banKey.fill(0);
  }
}
