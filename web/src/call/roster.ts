// Who is in the meeting, and which receive slot carries whom. The server sends a whole list after
// each joined or resumed, in parts, and changes afterwards; slots likewise.

import type { SlotAssignment, WirePeer } from '../wire/message';
import type { Person, Source } from './model';

export interface Roster {
  readonly self: string | null;
  /** in the order of arrival */
  readonly members: ReadonlyMap<string, WirePeer>;
  /** parts of a whole list that is still arriving */
  readonly arriving: readonly WirePeer[];
  readonly slots: ReadonlyMap<string, { readonly peer: string; readonly source: Source }>;
  /** the next slots message names every slot that is taken, not only changes */
  readonly isSlotListWhole: boolean;
}

export const EMPTY_ROSTER: Roster = {
  self: null,
  members: new Map(),
  arriving: [],
  slots: new Map(),
  isSlotListWhole: true,
};

/** A session begins or goes on: whole lists follow, and what was known stays until they are here. */
export function rosterOf(roster: Roster, self: string): Roster {
  return { ...roster, self, arriving: [], isSlotListWhole: true };
}

export function withPart(roster: Roster, part: readonly WirePeer[], isComplete: boolean): Roster {
  const arriving = [...roster.arriving, ...part];
  if (!isComplete) return { ...roster, arriving };
  const members = new Map(arriving.map((member) => [member.peer, member]));
  return { ...roster, arriving: [], members };
}

export function withMember(roster: Roster, member: WirePeer): Roster {
  return { ...roster, members: new Map(roster.members).set(member.peer, member) };
}

export function withoutMember(roster: Roster, peer: string): Roster {
  const members = new Map(roster.members);
  members.delete(peer);
  return { ...roster, members };
}

export function withSlots(roster: Roster, changes: readonly SlotAssignment[]): Roster {
  const slots = new Map(roster.isSlotListWhole ? [] : roster.slots);
  for (const change of changes) {
    if (change.peer === null) slots.delete(change.mid);
    else slots.set(change.mid, { peer: change.peer, source: change.source });
  }
  return { ...roster, slots, isSlotListWhole: false };
}

/** The people as the user interface shows them: oneself first, with what is known here. */
export function peopleOf(
  roster: Roster,
  self: Partial<Person>,
  before: readonly Person[],
): readonly Person[] {
  const people = [...roster.members.values()]
    .map((member) => personOf(roster, member, member.peer === roster.self ? self : {}))
    .sort((one, other) => Number(other.isSelf) - Number(one.isSelf));
  return reuse(people, before);
}

function personOf(roster: Roster, member: WirePeer, known: Partial<Person>): Person {
  return {
    id: member.peer,
    name: member.name,
    state: member.state,
    microphone: member.microphone,
    camera: member.camera,
    isSelf: member.peer === roster.self,
    audioMid: midOf(roster, member.peer, 'microphone'),
    videoMid: midOf(roster, member.peer, 'camera'),
    ...known,
  };
}

function midOf(roster: Roster, peer: string, source: Source): string | null {
  for (const [mid, slot] of roster.slots) {
    if (slot.peer === peer && slot.source === source) return mid;
  }
  return null;
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
  return (Object.keys(one) as (keyof Person)[]).every((key) => one[key] === other[key]);
}
