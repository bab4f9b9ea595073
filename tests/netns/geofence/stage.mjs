// What the stories of the geofence have in common: the lab, both observers, people who come and go. A file
// that is imported by a test begins the lab before its first story, with a leak on purpose, and ends it.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { until } from '../../cluster/lib/lab.mjs';
import { CANARY, leak } from './canary.mjs';
import { RegionLab } from './lab.mjs';
import { Media } from './media.mjs';
import { Packets, zeros } from './packets.mjs';
import { Person, meetingAt, pause } from './people.mjs';
import { ABROAD, COUNTRIES, at } from './places.mjs';

const LOSS_MAX = 0.01;
const ASKED_MIN = 40;
const ARRIVE_MS = 5000;
const COUNTED_OUT_MS = 2500;

export const isFull = process.env.LAB_KIND === 'full';
export const EVERYWHERE = COUNTRIES.map(({ name }) => name);
export const lab = new RegionLab();
export const packets = new Packets(at('core'), lab.folder);
/** All that were made for France and Germany. */
export const meetings = [];
export const present = new Set();
export const figures = {};
/** Counts: when the canary had been seen, and when this story began. */
export const from = { start: null, story: null };

before(async () => {
  await packets.start();
  await lab.start();
});

after(async () => {
  for (const person of present) person.stop();
  await lab.end();
  await packets.stop();
  console.log(`figures ${JSON.stringify(figures)}`);
});

/** Every story ends with all nodes there. */
afterEach(async () => {
  await Promise.all([...present].map((person) => person.go()));
  present.clear();
  const gone = Object.values(lab.nodes).filter(({ child }) => child === null);
  await Promise.all(gone.map((node) => node.start()));
  await Promise.all(gone.map((node) => lab.returned(node)));
  from.story = packets.counted();
});

/** Both observers saw nothing abroad since the story began, and that the cables are not dead. */
export async function nothingAbroad() {
  const seen = await packets.since(from.story, ABROAD);
  for (const [name, counts] of Object.entries(seen)) assert.deepEqual({ ...counts, bus: 0 }, zeros(), name);
  return seen;
}

export async function come(node, meeting, name) {
  const person = await Person.come(node, meeting, name);
  present.add(person);
  return person;
}

/** Media of two at this node; ended with the story at the latest. */
/** When those of the story before are not counted any more: a full node sends people elsewhere. */
export async function mediaAt(node) {
  await pause(COUNTED_OUT_MS);
  const media = await Media.at(node);
  present.add(media);
  return media;
}

export async function begin(node, countries, terms) {
  const meeting = await meetingAt(node, countries, terms);
  meetings.push(meeting);
  return meeting;
}

/** So many people in a new meeting at this node. */
export async function gather(node, count, name = node.name) {
  const meeting = await begin(node);
  const people = [];
  for (let i = 0; i < count; i++) people.push(await arrive(node, meeting, `Guest ${i} at ${name}`));
  meeting.names = people.map((person) => person.name);
  return { meeting, people };
}

/** Comes, and tries again as long as the node still counts those of the story before. */
export async function arrive(node, meeting, name) {
  const deadline = Date.now() + ARRIVE_MS;
  for (;;) {
    const person = await come(node, meeting, name);
    await person.until(({ phase }) => phase === 'in' || phase === 'out');
    if (person.phase === 'in') return person.arrived();
    assert.ok(Date.now() < deadline, `${name}: ${JSON.stringify(person.heard.at(-1))}`);
    present.delete(person);
    person.stop();
    await pause(200);
  }
}

/** They are all still in, and nearly nothing that they asked was lost. */
export async function areUnharmed(people) {
  for (const person of people) {
    await person.until(() => person.pulse.asked >= ASKED_MIN, { what: 'a number of questions' });
    assert.equal(person.phase, 'in', person.name);
    assert.deepEqual(person.faults, []);
    assert.ok(person.lost < LOSS_MAX, `${person.name}: ${person.pulse.unanswered} of ${person.pulse.asked} were not answered`);
  }
}

test('the control: both observers of each cable see a leak', async () => {
  from.story = packets.counted();
  for (const country of COUNTRIES.filter(({ name }) => ABROAD.includes(name))) await leak(country);
  const seen = await packets.since(from.story, ABROAD); // both agree
  for (const name of ABROAD)
    for (const [kind, least] of Object.entries(CANARY)) {
      assert.ok(seen[name][kind] >= least, `${name} ${kind}: ${seen[name][kind]}`);
      if (kind.startsWith('udp')) assert.equal(seen[name][kind], least);
    }
  figures.canary = seen;
  from.start = packets.counted(); // from here on, 0
});

