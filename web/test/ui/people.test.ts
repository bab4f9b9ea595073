import { describe, expect, it } from 'vitest';

import {
  PERSON_COLOURS,
  colourOf,
  everybody,
  handsUp,
  initials,
  pickCells,
  pickTiles,
} from '../../src/ui/people';
import { formatDuration } from '../../src/ui/format';
import { SPEAKING_FROM, SPEAKING_UNTIL, isSpeaking, smooth } from '../../src/ui/levels';
import { call } from './scenes';

const ids = (list: readonly { readonly id: string }[]): string[] => list.map(({ id }) => id);

describe('everybody', () => {
  it('keeps the order of the core, oneself last', () => {
    const state = call(4);
    const own = state.people.filter(({ isSelf }) => isSelf);
    const others = state.people.filter(({ isSelf }) => !isSelf);
    expect(everybody({ ...state, people: [...own, ...others] })).toEqual([...others, ...own]);
  });

  it('holds oneself before the first list has come, claiming nothing', () => {
    expect(everybody({ ...call(3), people: [] })).toMatchObject([
      { isSelf: true, microphone: false, camera: false, state: 'connecting' },
    ]);
  });
});

describe('raised hands', () => {
  it('stand in the order in which they were raised', () => {
    const people = call(4).people.map((one, index) => ({
      ...one,
      handUpAt: [null, 30, 10, null][index] ?? null,
    }));
    expect(handsUp(people).map(({ handUpAt }) => handUpAt)).toEqual([10, 30]);
  });

  it('are on the stage before pictures', () => {
    const people = everybody(call(15)).map((one, index) =>
      index === 13 ? { ...one, handUpAt: 1, videoMid: null, audioMid: null } : one,
    );
    expect(ids(pickTiles(people, 3).tiles)).toContain('p13');
  });
});

describe('the cells of the stage', () => {
  const people = everybody(call(15));

  it('show everybody while there is room', () => {
    expect(pickCells(people, 15)).toEqual({ tiles: people, hidden: 0 });
  });

  it('keep one for the number of the others', () => {
    const { tiles, hidden } = pickCells(people, 12);
    expect(tiles).toHaveLength(11);
    expect(hidden).toBe(4);
  });

  it('always show oneself and those who are seen', () => {
    const behind = people.map((person, index) => ({
      ...person,
      videoMid: index === 13 ? '20' : null,
      audioMid: index === 12 ? '9' : null,
    }));
    const { tiles } = pickTiles(behind, 4);
    expect(ids(tiles)).toEqual(['p0', 'p12', 'p13', 'me']);
  });
});

describe('initials', () => {
  it.each([
    ['Ana', 'A'],
    ['Ana Lima', 'AL'],
    ['  ana   maria  lima ', 'AL'],
    ['', ''],
    ['שרה', 'ש'],
    ['👩‍🏫 Teacher', '👩‍🏫T'],
    ['élan', 'É'],
  ])('of "%s" are "%s"', (name, letters) => {
    expect(initials(name)).toBe(letters);
  });
});

describe('the colour of a person', () => {
  it('depends on the id alone', () => {
    expect(colourOf('p1')).toBe(colourOf('p1'));
  });

  it('is spread over all colours', () => {
    const seen = new Set(Array.from({ length: 100 }, (_, index) => colourOf(`peer-${index}`)));
    expect(seen.size).toBe(PERSON_COLOURS);
    for (const colour of seen) expect(colour).toBeLessThan(PERSON_COLOURS);
  });
});

describe('a duration', () => {
  it.each([
    [0, '0:00'],
    [-5000, '0:00'],
    [65_400, '1:05'],
    [3_599_000, '59:59'],
    [3_600_000, '1:00:00'],
    [36_061_000, '10:01:01'],
  ])('of %i ms is %s', (ms, text) => {
    expect(formatDuration(ms, 'en')).toBe(text);
  });
});

describe('the ring', () => {
  it('follows a louder voice at once and a quieter one slowly', () => {
    expect(smooth(0.1, 0.9)).toBe(0.9);
    const next = smooth(0.9, 0);
    expect(next).toBeLessThan(0.9);
    expect(next).toBeGreaterThan(0.5);
  });

  it('does not flicker between its two limits', () => {
    const between = (SPEAKING_FROM + SPEAKING_UNTIL) / 2;
    expect(isSpeaking(false, between)).toBe(false);
    expect(isSpeaking(true, between)).toBe(true);
    expect(isSpeaking(true, SPEAKING_UNTIL / 2)).toBe(false);
  });
});
