// The overload story, told as it happens: three times as many people as France and Germany have room for, idle
// machines with room for thousands in the United States and China, a node that is killed. At the end, packets by
// country. Ends with 0 only if nothing went abroad. Use: make demo-geofence

import assert from 'node:assert/strict';

import { pause } from '../../cluster/lib/lab.mjs';
import { CANARY, leak } from './canary.mjs';
import { CAPACITY, RegionLab } from './lab.mjs';
import { KINDS, Packets } from './packets.mjs';
import { Person, bring, meetingAt, refusedAt } from './people.mjs';
import { ABROAD, COUNTRIES, at } from './places.mjs';

const REFUSED_MS = 500;
const LOSS_MAX = 0.01;
const TALK_MS = 15_000;
const LINES = [
  ['udp4', 'media,      UDP  IPv4'], ['udp6', '            UDP  IPv6'], ['tcp4', 'signalling, TCP  IPv4'], ['tcp6', '            TCP  IPv6'],
  ['other', 'anything else'], ['bus', 'bus, on addresses of its own'],
];

const began = Date.now();
const say = (text) => console.log(`${String(((Date.now() - began) / 1000).toFixed(0)).padStart(4)} s  ${text}`);
const lab = new RegionLab();
const { fr1, de1 } = lab.nodes;
const packets = new Packets(at('core'), lab.folder);
const people = [];

async function joins(node, meeting, count) {
  for (let i = 0; i < count; i++) people.push(await (await Person.come(node, meeting, `Guest ${people.length + 1}`)).arrived());
}

/** So many try at both nodes; the slowest answer in ms. */
async function areRefused(count, meetings) {
  let slowest = 0;
  for (let i = 0; i < count; i++) {
    for (const node of [fr1, de1].filter(({ child }) => child !== null)) {
      const { error, ms, isIn } = await refusedAt(node, meetings[i % meetings.length], `Guest ${100 + i}`, { isBack: true });
      assert.ok(!isIn, 'somebody came in who had no seat');
      assert.equal(error.reason, 'no_capacity_in_region', `${node.name}: ${error.code}`);
      slowest = Math.max(slowest, ms);
    }
  }
  assert.ok(slowest < REFUSED_MS, `a refusal took ${slowest} ms`);
  return slowest;
}

function areUnharmed(those) {
  for (const { name, phase, lost, pulse } of those) assert.ok(phase === 'in' && lost < LOSS_MAX, `${name}: ${phase}, ${pulse.unanswered} of ${pulse.asked} not answered`);
}

function table(seen) {
  const cells = (words) => words.map((each) => String(each).padStart(9)).join('');
  console.log(`\n  ${'packets since the leak, by country'.padEnd(36)}${cells(COUNTRIES.map(({ country }) => country))}`);
  for (const [kind, what] of LINES) console.log(`  ${what.padEnd(36)}${cells(COUNTRIES.map(({ name }) => seen[name][kind].toLocaleString('en')))}`);
  console.log(`  ${'may run there'.padEnd(36)}${cells(COUNTRIES.map(({ isAllowed }) => (isAllowed ? 'yes' : 'no')))}\n`);
}

async function control() {
  const before = packets.counted();
  for (const country of COUNTRIES.filter(({ isAllowed }) => !isAllowed)) await leak(country);
  const seen = await packets.since(before, ABROAD);
  for (const name of ABROAD) for (const [kind, least] of Object.entries(CANARY)) assert.ok(seen[name][kind] >= least, `${name}: the leak was not seen: ${kind}`);
}

async function story() {
  say('four countries, each a network namespace with one cable to the core, and a bus of three servers');
  await packets.start();
  await lab.start();
  say(`nodes in France and Germany: room for ${CAPACITY} people each. In the United States and China: idle, room for thousands`);
  say('the control: three datagrams and a connection to the United States and China on purpose, IPv4 and IPv6');
  await control();
  say('   the counters of the kernel and the captures have both seen them. From here on, everything counts');
  const start = packets.counted();

  const [first, second] = [await meetingAt(fr1), await meetingAt(de1)];
  for (const [node, meeting] of [[de1, first], [fr1, second]]) assert.equal(await bring(node, meeting), 201);
  await joins(fr1, first, CAPACITY);
  await joins(de1, second, CAPACITY);
  say(`two meetings that may run in France and Germany, and nowhere else: ${people.length} people are in, every seat is taken`);

  const third = await meetingAt(fr1);
  assert.equal(await bring(de1, third), 201);
  const crowd = 2 * people.length;
  say(`${crowd} more want in: three times as many as there is room for`);
  const slowest = await areRefused(crowd, [first, second, third]);
  say(`   all ${crowd} heard "No capacity in the allowed region", at the latest after ${slowest} ms. Nobody was sent elsewhere`);

  say(`${TALK_MS / 1000} s of a meeting meanwhile`);
  await pause(TALK_MS);
  areUnharmed(people);
  say('   those who are in did not notice: less than 1 % of what they asked of their node was lost');

  say('kill -9 of the node in France: its four people want in again, at the one in Germany, which is full');
  await fr1.end('SIGKILL');
  for (const person of people.slice(0, CAPACITY)) person.stop();
  await areRefused(CAPACITY, [first]);
  areUnharmed(people.slice(CAPACITY));
  say('   they heard why not, and were sent nowhere; those in Germany go on');

  await fr1.start();
  await lab.returned(fr1);
  await pause(3500); // who has watched for less than a lease takes nobody
  say('the node in France is there again, and takes people again');
  const again = await meetingAt(fr1);
  await joins(fr1, again, 1);
  areUnharmed(people.slice(CAPACITY));

  const seen = await packets.since(start, COUNTRIES.map(({ name }) => name)); // both observers agree
  table(seen);
  for (const name of ABROAD) {
    for (const kind of KINDS.filter((each) => each !== 'bus')) assert.equal(seen[name][kind], 0, `${name} ${kind}`);
    assert.ok(seen[name].bus > 0, `the cable of ${name} is dead`);
  }
  assert.ok(seen.fr1.udp4 > 0 && seen.de1.udp6 > 0, 'nothing was counted at all');
  for (const node of Object.values(lab.nodes)) assert.doesNotMatch(node.log, /region_violation/);
}

let status = 1;
try {
  await story();
  console.log('It held: 0 packets out of the region, by the counters of the kernel and by the captures, which agree.\nWhat this shows and what not: docs/geofence.md\n');
  status = 0;
} catch (error) {
  console.error(`\nIt did not hold: ${error.message}\n`);
} finally {
  for (const person of people) person.stop();
  await lab.end().catch(() => {});
  await packets.stop();
}
process.exit(status);
