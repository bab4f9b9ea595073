// What a person of the test must see and hear of the others.

import assert from 'node:assert/strict';

import { PEOPLE } from './people.mjs';

const TONES = PEOPLE.map((p) => p.tone);
const COLOUR_DISTANCE_MAX = 70;

export function isColour(seen, meant) {
  return Math.hypot(...seen.map((v, i) => v - meant[i])) < COLOUR_DISTANCE_MAX;
}

export function shows(tile, person) {
  return tile?.picture != null && isColour(tile.picture.left, person.left) && isColour(tile.picture.right, person.right);
}

/** Waits until the participant sees exactly the right colours in the tiles of the others; ms. */
export async function seesAll(participant, others, ms) {
  const start = Date.now();
  let tiles = [];
  for (;;) {
    tiles = (await participant.tiles()).filter((t) => !t.isSelf);
    const ok = tiles.length === others.length &&
      others.every((o) => shows(tiles.find((t) => t.name.includes(o.person.name)), o.person));
    if (ok) return Date.now() - start;
    if (Date.now() - start > ms)
      assert.fail(`${participant.person.name} (${participant.kind}) does not see ${others.map((o) => o.person.name)} within ${ms} ms: ${JSON.stringify(tiles)}\n${participant.messages.slice(-5).join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Waits until exactly the tones of the others are heard; ms. */
export async function hearsAll(participant, others, ms) {
  const start = Date.now();
  const meant = others.map((o) => o.person.tone).sort((a, b) => a - b);
  let heard = [];
  for (;;) {
    heard = await participant.tones(TONES, 1300);
    if (JSON.stringify(heard) === JSON.stringify(meant)) return Date.now() - start;
    if (Date.now() - start > ms)
      assert.fail(`${participant.person.name} (${participant.kind}) hears ${heard}, not ${meant}, within ${ms} ms`);
  }
}

/** Everybody sees and hears everybody else. */
export async function allSeeAndHear(people, ms = 5000, silent = []) {
  await Promise.all(people.map(async (p) => {
    const others = people.filter((o) => o !== p);
    await seesAll(p, others, ms);
    await hearsAll(p, others.filter((o) => !silent.includes(o)), ms + 3000);
  }));
}
