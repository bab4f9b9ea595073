// Who is shown, in which order, with which letters and colour. Pure.

import type { AppState, Person } from '../call/model';

/** Colours of a person without a picture: `--person-0` to `--person-7` in tokens.css. */
export const PERSON_COLOURS = 8;
/** Cells that are still worth a look; one of them then counts the rest, who are in the list of people. */
export const CELLS_MAX = 12;

const SELF_ID = 'self';

/** Oneself until the list of the server has come. */
const newcomer = (state: AppState): Person => ({
  id: SELF_ID,
  leaf: -1,
  name: state.name,
  standing: { kind: 'guest' },
  isHost: false,
  seenSince: null,
  handUpAt: null,
  isUndecodable: false,
  reaction: null,
  state: 'connecting',
  microphone: false,
  camera: false,
  isSelf: true,
  audioMid: null,
  videoMid: null,
});

/** Everybody in the order of the core, oneself last, and always there. */
export function everybody(state: AppState): readonly Person[] {
  const others = state.people.filter((person) => !person.isSelf);
  return [...others, state.people.find((person) => person.isSelf) ?? newcomer(state)];
}

/** Who has raised a hand, in the order in which they did. */
export function handsUp(people: readonly Person[]): readonly Person[] {
  return people
    .filter((person) => person.handUpAt !== null)
    .sort((one, other) => (one.handUpAt ?? 0) - (other.handUpAt ?? 0));
}

export interface Shown {
  readonly tiles: readonly Person[];
  readonly hidden: number;
}

/** Everybody when there is room; otherwise one cell is left for the number of the others. */
export const pickCells = (people: readonly Person[], cells: number): Shown =>
  pickTiles(people, people.length > cells ? cells - 1 : cells);

/** Oneself always, then who asks to speak, then those who have a slot; the order stays. */
export function pickTiles(people: readonly Person[], max: number): Shown {
  if (people.length <= max) return { tiles: people, hidden: 0 };
  const rank = (person: Person): number => {
    if (person.isSelf) return 0;
    if (person.handUpAt !== null) return 1;
    if (person.videoMid !== null) return 2;
    return person.audioMid !== null ? 3 : 4;
  };
  const chosen = new Set(
    people
      .map((person, index) => ({ person, index }))
      .sort((a, b) => rank(a.person) - rank(b.person) || a.index - b.index)
      .slice(0, max)
      .map(({ person }) => person.id),
  );
  return {
    tiles: people.filter((person) => chosen.has(person.id)),
    hidden: people.length - max,
  };
}

/** "Ana Lima" is "AL", "Ana" is "A"; whole graphemes, so that no letter is cut in two. */
export function initials(name: string): string {
  const words = name
    .trim()
    .split(/\s+/u)
    .filter((word) => word !== '');
  const first = words[0];
  if (first === undefined) return '';
  const last = words.length > 1 ? words[words.length - 1] : undefined;
  return (
    firstGrapheme(first) + (last === undefined ? '' : firstGrapheme(last))
  ).toLocaleUpperCase();
}

function firstGrapheme(word: string): string {
  // Firefox knows Intl.Segmenter from 125 on; code points are good enough before.
  if (typeof Intl.Segmenter === 'function') {
    for (const { segment } of new Intl.Segmenter().segment(word)) return segment;
  }
  return Array.from(word)[0] ?? '';
}

/** FNV-1a: the same id has the same colour in every browser. */
export function colourOf(id: string): number {
  let hash = 0x811c9dc5;
  for (const unit of id) hash = Math.imul(hash ^ (unit.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash % PERSON_COLOURS;
}
