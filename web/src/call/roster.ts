// Who is in the meeting, from three sources that are kept apart. Who somebody is comes from the group's
// tree alone. The server says how a leaf is connected, and which slot it means to put whom into. Whose
// frames a slot really carries is said by the keys that decrypt them.

import type { GroupPerson, GroupView } from '../wire/group';
import type { SlotAssignment, WirePeer } from '../wire/message';
import type { Kind, Person, PersonState } from './model';
import { setOfKey, slotKey, type SlotSet } from './slot_key';
import type { TimedReaction } from './state';

export interface Roster {
  readonly self: string | null;
  readonly peers: ReadonlyMap<string, WirePeer>;
  /** parts of a whole list that is still arriving */
  readonly arriving: readonly WirePeer[];
  /** by mid, as the server means it */
  readonly slots: ReadonlyMap<string, string>;
  /** the next slots message names every slot that is taken, not only changes */
  readonly isSlotListWhole: boolean;
  /** by mid: the leaf whose key decrypts what comes; the latest last */
  readonly leaves: ReadonlyMap<string, number>;
  /** while the meeting moves: how people were connected at the node before, by leaf */
  readonly before: ReadonlyMap<number, WirePeer>;
}

export const EMPTY_ROSTER: Roster = {
  self: null,
  peers: new Map(),
  arriving: [],
  slots: new Map(),
  isSlotListWhole: true,
  leaves: new Map(),
  before: new Map(),
};

/** A session begins or goes on: whole lists follow, and what was known stays until they are here. */
export function rosterOf(roster: Roster, self: string): Roster {
  return { ...roster, self, arriving: [], isSlotListWhole: true };
}

/** The meeting moves, and people with it, one after the other: who has no media at the next node yet is shown as
 * before. */
export function movingRoster(roster: Roster): Roster {
  const known = [...roster.peers.values()].map((peer) => [peer.leaf, peer] as const);
  return { ...roster, before: new Map(known) };
}

/** Everybody had time to come over: what the slots of the node before show is over. */
export function movedRoster(roster: Roster, set: SlotSet): Roster {
  const leaves = new Map([...roster.leaves].filter(([key]) => setOfKey(key) !== set));
  return { ...roster, before: new Map(), leaves };
}

export function withPart(roster: Roster, part: readonly WirePeer[], isComplete: boolean): Roster {
  const arriving = [...roster.arriving, ...part];
  if (!isComplete) return { ...roster, arriving };
  const peers = new Map(arriving.map((each) => [each.peer, each]));
  return { ...roster, arriving: [], peers };
}

export function withPeer(roster: Roster, peer: WirePeer): Roster {
  return { ...roster, peers: new Map(roster.peers).set(peer.peer, peer) };
}

export function withoutPeer(roster: Roster, peer: string): Roster {
  const peers = new Map(roster.peers);
  peers.delete(peer);
  return { ...roster, peers };
}

export function withSlots(
  roster: Roster,
  changes: readonly SlotAssignment[],
  set: SlotSet,
): Roster {
  const slots = new Map(roster.isSlotListWhole ? [] : roster.slots);
  for (const change of changes) {
    const key = slotKey(change.mid, set);
    if (change.peer === null) slots.delete(key);
    else slots.set(key, change.peer);
  }
  return { ...roster, slots, isSlotListWhole: false };
}

export function withSlotLeaf(roster: Roster, mid: string, leaf: number | null): Roster {
  const leaves = new Map(roster.leaves);
  leaves.delete(mid);
  if (leaf !== null) leaves.set(mid, leaf);
  return { ...roster, leaves };
}

/** The leaf that the server means to be in a slot. */
export function leafMeant({ peers, slots }: Roster, mid: string): number | null {
  return peers.get(slots.get(mid) ?? '')?.leaf ?? null;
}

export interface PeopleSources {
  readonly members: GroupView | null;
  readonly roster: Roster;
  readonly reactions: readonly TimedReaction[];
  readonly kindOf: (mid: string) => Kind | null;
  /** slots that cannot be read show nobody */
  readonly isBlank: (mid: string) => boolean;
  /** what is known here about oneself */
  readonly self: Pick<Person, 'state' | 'microphone' | 'camera'>;
}

/** The people as the user interface shows them, oneself first. */
export function peopleOf(sources: PeopleSources, before: readonly Person[]): readonly Person[] {
  const people = (sources.members?.people ?? [])
    .map((member) => personOf(sources, member))
    .sort((one, other) => Number(other.isSelf) - Number(one.isSelf));
  return reuse(people, before);
}

export function idOf(leaf: number): string {
  return `leaf-${leaf}`;
}

function personOf(sources: PeopleSources, member: GroupPerson): Person {
  const { leaf, isSelf } = member;
  const peer = peerOf(sources.roster, leaf);
  return {
    id: idOf(leaf),
    leaf,
    name: member.name,
    standing: member.standing,
    isHost: member.isHost,
    seenSince: member.seenSince,
    handUpAt: member.handUpAt,
    isUndecodable: member.isUndecodable,
    reaction: sources.reactions.findLast((each) => each.leaf === leaf)?.emoji ?? null,
    state: stateOf(peer),
    microphone: peer?.microphone ?? false,
    camera: peer?.camera ?? false,
    isSelf,
    audioMid: isSelf ? null : midOf(sources, leaf, 'audio'),
    videoMid: isSelf ? null : midOf(sources, leaf, 'video'),
    ...(isSelf ? sources.self : {}),
  };
}

function peerOf({ peers, before }: Roster, leaf: number): WirePeer | undefined {
  const peer = [...peers.values()].findLast((each) => each.leaf === leaf);
  const isHere = peer?.state === 'connected' || peer?.state === 'reconnecting';
  return isHere ? peer : (before.get(leaf) ?? peer);
}

function stateOf(peer: WirePeer | undefined): PersonState {
  if (peer === undefined) return 'connecting';
  return peer.state === 'away' ? 'reconnecting' : peer.state;
}

/** The slot that this person's key decrypts. Of several, one of which is older, the server's own word
 * decides: it can hide a picture, which it could in any case, but never give it another name. */
function midOf(
  { roster, kindOf, isBlank }: PeopleSources,
  leaf: number,
  kind: Kind,
): string | null {
  const mids = [...roster.leaves]
    .filter(([mid, each]) => each === leaf && kindOf(mid) === kind && !isBlank(mid))
    .map(([mid]) => mid);
  const meant = mids.find((mid) => leafMeant(roster, mid) === leaf);
  return meant ?? mids.at(-1) ?? null;
}

/** Equal people stay the same objects, so that a tile is drawn again only when it has changed. */
function reuse(people: readonly Person[], before: readonly Person[]): readonly Person[] {
  const known = new Map(before.map((person) => [person.id, person]));
  const reused = people.map((person) => {
    const old = known.get(person.id);
    return old && isEqual(old, person) ? old : person;
  });
  const isUnchanged =
    reused.length === before.length && reused.every((person, index) => person === before[index]);
  return isUnchanged ? before : reused;
}

function isEqual(one: Person, other: Person): boolean {
  return (Object.keys(one) as (keyof Person)[]).every((key) =>
    key === 'standing' ? isSameStanding(one, other) : one[key] === other[key],
  );
}

function isSameStanding({ standing: one }: Person, { standing: other }: Person): boolean {
  if (one.kind === 'verified' && other.kind === 'verified') {
    return one.issuer === other.issuer && one.name === other.name;
  }
  if (one.kind === 'unverified' && other.kind === 'unverified') return one.reason === other.reason;
  return one.kind === other.kind;
}
