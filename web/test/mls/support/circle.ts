// People in one group, played on the adapter and the rules alone: no driver, no server. Whoever is in
// the circle takes every commit that somebody says, judged first as the client judges it.

import {
  Group,
  hex,
  makeCredential,
  makeKeyPackage,
  makeSignatureKey,
  readCommit,
  readKeyPackage,
  type OwnKeyPackage,
  type ReadCommit,
  type ReadKeyPackage,
} from '../../../src/mls/adapter';
import { checkCommit, type Before, type Broken, type Newcomer } from '../../../src/mls/checks';
import { decodeCommitData, encodeCommitData, type CommitData } from '../../../src/wire/commit_data';
import { PublicTree } from './public_tree';

export const POLICY = new Uint8Array(80).fill(7);
export const PSK = { id: new Uint8Array(20).fill(1), value: new Uint8Array(32).fill(9) };
/** What somebody with the link finds for the id of a PSK. */
export const pskOf = (id: Uint8Array): typeof PSK | null => (hex(id) === hex(PSK.id) ? PSK : null);
export const IC_STATE_BYTES = new Uint8Array([1, 2, 3]);
export const NO_DATA: CommitData = { authority: null, acts: [] };
/** An authority whose signature the circle's people believe. */
export const AUTHORITY = { hostKeyIndex: 0, signature: new Uint8Array(64).fill(5) };

export interface Person {
  readonly own: OwnKeyPackage;
  readonly read: ReadKeyPackage;
  readonly device: string;
  readonly isHost: boolean;
}

let made = 0;

export async function person(
  options: { device?: string; isHost?: boolean; now?: number } = {},
): Promise<Person> {
  const key = await makeSignatureKey();
  const own = await makeKeyPackage({
    key,
    identityHash: crypto.getRandomValues(new Uint8Array(32)),
    credential: await makeCredential(),
    now: options.now ?? Date.now(),
  });
  const read = await readKeyPackage(own.message);
  if (!read) throw new Error('our own KeyPackage cannot be read');
  return {
    own,
    read,
    device: options.device ?? `device ${made++}`,
    isHost: options.isHost ?? false,
  };
}

export interface Member {
  readonly group: Group;
  readonly person: Person;
}

export interface Move {
  readonly removes?: readonly number[];
  readonly adds?: readonly Person[];
  readonly data?: CommitData;
  /** whose identities can be opened, besides those of `adds` */
  readonly known?: readonly Person[];
}

export class Circle {
  readonly members = new Map<number, Member>();
  readonly people = new Map<number, Person>();
  readonly rules: { isHosted: boolean; isOpen: boolean; isLocked: boolean; generation: number } = {
    isHosted: true,
    isOpen: false,
    isLocked: false,
    generation: 1,
  };
  readonly bans = new Set<string>();

  readonly tree: PublicTree;

  private constructor(tree: PublicTree) {
    this.tree = tree;
  }

  static async begin(first?: Person): Promise<Circle> {
    const host = first ?? (await person({ isHost: true }));
    const groupId = crypto.getRandomValues(new Uint8Array(32));
    const { group, groupInfo } = await Group.create({ groupId, policy: POLICY, own: host.own });
    const circle = new Circle(PublicTree.begin(groupInfo));
    circle.members.set(0, { group, person: host });
    circle.people.set(0, host);
    return circle;
  }

  static async of(size: number): Promise<Circle> {
    const circle = await Circle.begin();
    const adds = await Promise.all(Array.from({ length: size - 1 }, () => person()));
    if (adds.length > 0) await circle.play(0, { adds, data: hosted() });
    return circle;
  }

  at(leaf: number): Group {
    const member = this.members.get(leaf);
    if (!member) throw new Error(`nobody has leaf ${leaf}`);
    return member.group;
  }

  before(leaf: number): Before {
    return {
      members: this.at(leaf).members(),
      devices: new Map([...this.people].map(([at, { device }]) => [at, device])),
      pskId: PSK.id,
      ...this.rules,
      bans: this.bans,
      now: Date.now(),
    };
  }

  newcomers(adds: readonly ReadKeyPackage[], known: readonly Person[]): Newcomer[] {
    return adds.map(({ leaf }) => {
      const key = hex(leaf.signatureKey);
      const who = known.find(({ read }) => hex(read.leaf.signatureKey) === key);
      return {
        deviceKey: who?.device ?? null,
        banTag: who ? `tag of ${who.device}` : null,
        hasAuthority: who?.isHost ?? false,
      };
    });
  }

  judge(leaf: number, commit: ReadCommit, known: readonly Person[]): Broken | null {
    const adds = commit.facts.proposals.flatMap((each) =>
      each.kind === 'add' ? [each.keyPackage] : [],
    );
    const data = decodeCommitData(commit.facts.data);
    return checkCommit(
      {
        facts: commit.facts,
        data,
        isAuthorityValid: data?.authority?.signature[0] === AUTHORITY.signature[0],
        newcomers: this.newcomers(adds, known),
      },
      this.before(leaf),
    );
  }

  async make(by: number, move: Move): Promise<{ message: Uint8Array; welcome: Uint8Array | null }> {
    return this.at(by).propose({
      removes: move.removes ?? [],
      adds: (move.adds ?? []).map(({ read }) => read),
      psk: PSK,
      data: encodeCommitData(move.data ?? NO_DATA),
      icState: IC_STATE_BYTES,
    });
  }

  /** One commit from its making to the next epoch of everybody, newcomers included. */
  async play(by: number, move: Move): Promise<Uint8Array> {
    const made = await this.make(by, move);
    await this.deliver(by, made, move);
    return made.message;
  }

  async deliver(
    by: number,
    made: { message: Uint8Array; welcome: Uint8Array | null },
    move: Move,
  ): Promise<void> {
    for (const [leaf, { group }] of [...this.members]) {
      const commit = readCommit(made.message);
      if (!commit) throw new Error('a commit of our own cannot be read');
      if (!(await group.isAuthentic(commit))) throw new Error(`not authentic for leaf ${leaf}`);
      const broken = this.judge(leaf, commit, move.known ?? move.adds ?? []);
      if (broken) throw new Error(`leaf ${leaf} finds ${broken}`);
      if (move.removes?.includes(leaf)) this.members.delete(leaf);
      else if (leaf === by) group.applyPending();
      else {
        const applied = await group.apply(commit, PSK);
        if (applied !== 'applied') throw new Error(`leaf ${leaf}: ${applied}`);
      }
    }
    for (const leaf of move.removes ?? []) this.people.delete(leaf);
    await this.tree.apply(made.message);
    for (const each of move.adds ?? []) {
      if (made.welcome === null) throw new Error('no Welcome');
      const joined = await Group.join({
        welcome: made.welcome,
        tree: this.tree.encoded(),
        own: each.own,
        pskOf,
        policy: POLICY,
      });
      if (typeof joined === 'string') throw new Error(`a newcomer finds ${joined}`);
      this.members.set(joined.group.ownLeaf, { group: joined.group, person: each });
      this.people.set(joined.group.ownLeaf, each);
    }
  }

  /** Everybody holds the same epoch with the same secrets. */
  async agreement(): Promise<string> {
    const views = new Set<string>();
    for (const { group } of this.members.values()) {
      const secret = await group.exportSecret('SFrame 1.0 Base Key', 16);
      views.add(`${group.epoch} ${hex(group.epochAuthenticator())} ${hex(secret)}`);
    }
    if (views.size !== 1) throw new Error(`${views.size} views of one epoch`);
    return [...views].join('');
  }
}

export const hosted = (): CommitData => ({ authority: AUTHORITY, acts: [] });
