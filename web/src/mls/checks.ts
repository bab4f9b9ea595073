// The rules for a commit (docs/protocol/encryption.md 2 and 5), judged on every commit before anything
// changes: whatever the server delivers and whoever made it. A function of what is known; signatures,
// tags and sealed identities have been checked before, by adapter.ts and people.ts.

import { compare } from '../wire/bytes';
import { BAN_TAG_BYTES, type CommitData } from '../wire/commit_data';
import {
  hex,
  type CommitFacts,
  type LeafFacts,
  type MemberFacts,
  type ProposalFacts,
  type ReadKeyPackage,
} from './adapter';

export const ADDS_MAX = 50;
const BANS_MAX = 8192 / BAN_TAG_BYTES;
const GENERATION_MAX = 0xffff_ffff;
const LIFETIME_MAX_S = 600;
const GRACE_S = 60;

export type Broken =
  | 'proposal' // of a type that we do not have, or by reference
  | 'order'
  | 'remove' // of nobody, of somebody twice, of the committer
  | 'path' // missing, or its leaf is not the committer's
  | 'psk' // not exactly that of the present generation with Adds, or one without
  | 'too-many'
  | 'key-package'
  | 'lifetime'
  | 'twice'
  | 'data' // CommitData that is none, or an authority that is none
  | 'acts'
  | 'banned'
  | 'locked'
  | 'not-allowed';

/** What is known of somebody who is added, from the sealed identity. */
export interface Newcomer {
  /** null: the identity is missing or broken, and gives no right */
  readonly deviceKey: string | null;
  readonly banTag: string | null;
  /** proves a host's authority for its own leaf */
  readonly hasAuthority: boolean;
}

/** The state before the commit. Byte strings are hexadecimal. */
export interface Before {
  readonly members: readonly MemberFacts[];
  readonly devices: ReadonlyMap<number, string>;
  readonly pskId: Uint8Array;
  readonly isHosted: boolean;
  readonly isOpen: boolean;
  readonly isLocked: boolean;
  readonly generation: number;
  readonly bans: ReadonlySet<string>;
  /** ms since 1970 */
  readonly now: number;
}

export interface Judged {
  readonly facts: CommitFacts;
  /** undefined: the authenticated data is no CommitData */
  readonly data: CommitData | undefined;
  /** of the authority in `data`, when there is one */
  readonly isAuthorityValid: boolean;
  /** in the order of the Adds */
  readonly newcomers: readonly Newcomer[];
}

/** The rule that the commit breaks, or null. */
export function checkCommit(commit: Judged, before: Before): Broken | null {
  const parts = split(commit.facts.proposals);
  if (parts === null) return 'proposal';
  return (
    checkOrder(commit.facts.proposals) ??
    checkRemoves(commit.facts, parts, before) ??
    checkPsk(parts, before) ??
    checkPath(commit.facts, parts, before) ??
    checkKeyPackages(parts.adds, before) ??
    checkData(commit, parts, before) ??
    checkNewcomers(commit, parts, before)
  );
}

interface Parts {
  readonly removes: readonly number[];
  readonly adds: readonly ReadKeyPackage[];
  readonly psks: readonly Uint8Array[];
}

function split(proposals: readonly ProposalFacts[]): Parts | null {
  const removes: number[] = [];
  const adds: ReadKeyPackage[] = [];
  const psks: Uint8Array[] = [];
  for (const proposal of proposals) {
    if (proposal.kind === 'remove') removes.push(proposal.leaf);
    else if (proposal.kind === 'add') adds.push(proposal.keyPackage);
    else if (proposal.kind === 'psk') psks.push(proposal.id);
    else return null;
  }
  return { removes, adds, psks };
}

function checkOrder(proposals: readonly ProposalFacts[]): Broken | null {
  const rank = { remove: 0, add: 1, psk: 2, reference: 3, forbidden: 3 } as const;
  const ranks = proposals.map(({ kind }) => rank[kind]);
  return ranks.every((each, index) => each >= (ranks[index - 1] ?? 0)) ? null : 'order';
}

function checkRemoves(
  { sender }: CommitFacts,
  { removes }: Parts,
  { members }: Before,
): Broken | null {
  const isRight =
    areDistinct(removes.map(String)) &&
    removes.every((leaf) => leaf !== sender && members.some((member) => member.leaf === leaf));
  return isRight ? null : 'remove';
}

function checkPsk({ adds, psks }: Parts, { pskId }: Before): Broken | null {
  if (adds.length > ADDS_MAX) return 'too-many';
  if (psks.length !== (adds.length > 0 ? 1 : 0)) return 'psk';
  return psks.every((id) => compare(id, pskId) === 0) ? null : 'psk';
}

/**
 * RFC 9420 12.4: without a path, whoever is removed could work out the next epoch. What a path's leaf
 * may change is its encryption key alone.
 */
function checkPath(facts: CommitFacts, parts: Parts, { members }: Before): Broken | null {
  const { path, sender, proposals } = facts;
  if (path === null) return parts.removes.length > 0 || proposals.length === 0 ? 'path' : null;
  const own = members.find(({ leaf }) => leaf === sender);
  const keys = [...members, ...parts.adds.map(({ leaf }) => leaf)].map(encryptionKey);
  const isRight =
    own !== undefined &&
    path.isWellShaped &&
    compare(path.signatureKey, own.signatureKey) === 0 &&
    compare(path.credential, own.credential) === 0 &&
    compare(path.identityHash, own.identityHash) === 0 &&
    !keys.includes(encryptionKey(path));
  return isRight ? null : 'path';
}

function checkKeyPackages(adds: readonly ReadKeyPackage[], before: Before): Broken | null {
  const now = before.now / 1000;
  if (!adds.every(({ isWellShaped }) => isWellShaped)) return 'key-package';
  const holds = ({ notBefore, notAfter }: ReadKeyPackage): boolean =>
    notAfter - notBefore <= LIFETIME_MAX_S &&
    notBefore <= now + GRACE_S &&
    notAfter >= now - GRACE_S;
  if (!adds.every(holds)) return 'lifetime';
  // ts-mls compares the members' keys with each other only, never with those of an Add.
  // Not even those of whom this commit removes: a leaf is fresh for each join.
  const all = [...before.members, ...adds.map(({ leaf }) => leaf)];
  const areNew =
    areDistinct(all.map(encryptionKey)) &&
    areDistinct(all.map(({ signatureKey }) => hex(signatureKey))) &&
    areDistinct(all.map(({ credential }) => hex(credential)));
  return areNew ? null : 'twice';
}

function checkData(commit: Judged, { adds }: Parts, before: Before): Broken | null {
  const { data, isAuthorityValid } = commit;
  if (data === undefined || (data.authority !== null && !isAuthorityValid)) return 'data';
  if (data.acts.length === 0) return null;
  if (data.authority === null) return 'acts';
  const bans = new Set(before.bans);
  let generations = 0;
  for (const act of data.acts) {
    if (act.type === 'ban') bans.add(hex(act.tag));
    if (act.type !== 'generation') continue;
    const isNext = act.generation === before.generation + 1 && act.generation <= GENERATION_MAX;
    if (!isNext || adds.length > 0 || ++generations > 1) return 'acts';
  }
  return bans.size <= BANS_MAX ? null : 'acts';
}

/** The table of encryption.md 5. */
function checkNewcomers(commit: Judged, parts: Parts, before: Before): Broken | null {
  const { newcomers, data } = commit;
  if (newcomers.length !== parts.adds.length) return 'key-package';
  if (newcomers.some(({ banTag }) => banTag !== null && before.bans.has(banTag))) return 'banned';
  const staying = new Map(before.devices);
  for (const leaf of parts.removes) staying.delete(leaf);
  const devices = newcomers.flatMap(({ deviceKey }) => deviceKey ?? []);
  const present = new Set(staying.values());
  if (!areDistinct(devices) || devices.some((key) => present.has(key))) return 'twice';

  const replaced = new Set(parts.removes.map((leaf) => before.devices.get(leaf)));
  const strangers = newcomers.filter(
    ({ deviceKey, hasAuthority }) =>
      !hasAuthority && (deviceKey === null || !replaced.has(deviceKey)),
  );
  if (strangers.length === 0) return null;
  if (before.isLocked) return 'locked';
  const mayAdmit = !before.isHosted || before.isOpen || (data?.authority ?? null) !== null;
  return mayAdmit ? null : 'not-allowed';
}

const encryptionKey = (leaf: LeafFacts): string => hex(leaf.encryptionKey);

const areDistinct = (keys: readonly string[]): boolean => new Set(keys).size === keys.length;
