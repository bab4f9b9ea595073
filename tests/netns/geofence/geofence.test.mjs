// The geofence, in a lab of namespaces: nodes in France and Germany, where the meetings may run, and in the
// United States and China, where they may not; these are idle, and have all the room in the world. Whatever
// happens to the nodes and the bus, not one packet goes over the cables of the other two.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { until } from '../../cluster/lib/lab.mjs';
import { heardOnBus } from './bus_words.mjs';
import { CAPACITY } from './lab.mjs';
import { MEDIA_SEATS, flowed } from './media.mjs';
import { minus, zeros } from './packets.mjs';
import { bring, open, pause, refusedAt } from './people.mjs';
import { ABROAD, BUS_PORT } from './places.mjs';
import { EVERYWHERE, areUnharmed, arrive, begin, come, figures, from, gather, isFull, lab, mediaAt, meetings, nothingAbroad, packets } from './stage.mjs';

const REFUSED_MS = 500;
const BACK_MS = 3000;
/** A greeting of TLS 1.3 with its certificate, a request and the redirect. */
const REDIRECT_BYTES_MAX = 6000;

const { fr1, de1, us1 } = lab.nodes;
let opened; // the meeting whose link was opened abroad
const exception = Object.fromEntries(ABROAD.map((name) => [name, zeros()])); // packets of the one that is allowed

test('a meeting of France and Germany, by IPv4 and IPv6: nothing goes abroad', async () => {
  const { people } = await gather(fr1, 3);
  await areUnharmed(people);
  const seen = await packets.since(from.story, EVERYWHERE);
  assert.ok(seen.fr1.udp4 > 20 && seen.fr1.udp6 > 20 && seen.fr1.tcp4 + seen.fr1.tcp6 > 20, JSON.stringify(seen.fr1));
  await nothingAbroad();
});

test('three times as many as there is room for: those who are too many hear so at once', async () => {
  const media = await mediaAt(fr1);
  const first = await gather(fr1, CAPACITY - MEDIA_SEATS);
  const second = await gather(de1, CAPACITY);
  const inside = [...first.people, ...second.people];
  const more = await begin(fr1);
  assert.equal(await bring(de1, more), 201);
  const slowest = [];
  for (let i = 0; i < 4 * CAPACITY; i++) {
    const meeting = [first.meeting, second.meeting, more][i % 3];
    const { error, ms, isIn } = await refusedAt([fr1, de1][i % 2], meeting, `Late ${i}`);
    assert.ok(!isIn, `${i} came in`);
    assert.deepEqual([error.code, error.reason, error.countries, error.retry_after], ['node_refused', 'no_capacity_in_region', ['DE', 'FR'], 5]);
    slowest.push(ms);
  }
  figures.refusedMs = { most: Math.max(...slowest), refusals: slowest.length };
  assert.ok(figures.refusedMs.most < REFUSED_MS, `${figures.refusedMs.most} ms`);
  await areUnharmed(inside);
  figures.mediaAtFull = await media.end();
  flowed(figures.mediaAtFull);
  await nothingAbroad();
});

test('kill -9 of a node: back at the other one', async () => {
  const there = await gather(de1, 2);
  const { meeting, people } = await gather(fr1, 2);
  await fr1.end('SIGKILL');
  const killed = Date.now();
  for (const person of people) person.stop();
  assert.equal(await bring(de1, meeting), 201); // whoever was in it brings it along
  await until(async () => (await refusedAt(de1, meeting, 'Back', { isBack: true })).isIn, () => `nobody got in:\n${de1.log.slice(-2000)}`, 10000);
  figures.backMs = Date.now() - killed;
  assert.ok(figures.backMs < BACK_MS, `${figures.backMs} ms`);
  await areUnharmed(there.people);
  await nothingAbroad();
});

test('kill -9 of both: the meeting pauses, and goes on when a node is there again', async () => {
  const { meeting, people } = await gather(de1, 2);
  await Promise.all(lab.allowed.map((node) => node.end('SIGKILL')));
  for (const node of lab.allowed) await assert.rejects(open(node, meeting), { code: 'ECONNREFUSED' });
  await nothingAbroad();
  for (const person of people) person.stop();
  await Promise.all(lab.allowed.map((node) => node.start()));
  await Promise.all(lab.allowed.map((node) => lab.returned(node)));
  await gather(fr1, 2); // a new one begins at once
  if (!isFull) return; // and the old one when its seats are given up
  const isIn = async () => (await refusedAt(de1, meeting, 'Again', { isBack: true }).catch(() => ({}))).isIn;
  await until(isIn, () => `nobody is in again:\n${de1.log.slice(-2000)}`, 45000);
  await nothingAbroad();
});

/** Nothing more comes. */
async function still() {
  for (let last = ''; ; await pause(400)) {
    const now = JSON.stringify(packets.counted()[us1.name], ['udp4', 'udp6', 'tcp4', 'tcp6', 'other']);
    if (now === last) return;
    last = now;
  }
}

test('the one exception: a node abroad answers the first request of a link with a redirect, and nothing follows', async () => {
  const { meeting } = await gather(fr1, 1);
  await until(async () => (await lab.bus.entries()).entries.has(Buffer.from(meeting.meeting).toString('hex')), () => 'not entered');
  const before = packets.packets(us1.name).length;
  opened = meeting;
  const { origin, seen } = await open(us1, meeting);
  assert.deepEqual(seen.map(({ status }) => status), [307, 200]);
  assert.equal(origin, fr1.origin);
  const guest = await (await come(us1, meeting, 'By way of us1')).arrived(); // a second one, who goes on to the meeting
  assert.equal(guest.at, fr1.origin);
  await still();
  const went = await packets.since(from.story, ABROAD);
  const { tcp4, tcp6, bus, ...others } = went.us1;
  figures.redirect = { tcp4, tcp6, bytes: 0 };
  assert.deepEqual(others, { udp4: 0, udp6: 0, other: 0 });
  assert.ok(tcp4 + tcp6 > 0, 'it was seen');
  assert.deepEqual({ ...went.cn1, bus: 0 }, zeros());
  // Two connections, to the port for HTTPS, and no more bytes than a greeting of TLS and the redirect have.
  const abroad = packets.packets(us1.name).slice(before).filter(({ fromPort, toPort }) => fromPort !== BUS_PORT && toPort !== BUS_PORT);
  const ways = new Set(abroad.filter(({ toPort }) => toPort === 443).map(({ from, fromPort }) => `${from} ${fromPort}`));
  assert.equal(ways.size, 2);
  assert.ok(abroad.every(({ fromPort, toPort }) => fromPort === 443 || toPort === 443));
  figures.redirect.bytes = abroad.reduce((sum, { data }) => sum + data.length, 0);
  assert.ok(figures.redirect.bytes < 2 * REDIRECT_BYTES_MAX, `${figures.redirect.bytes} bytes`);
  Object.assign(exception, went);
});

test('what nodes abroad hear on the bus: beats; and the entry of the one meeting whose link was opened there', async () => {
  const heard = Object.fromEntries(EVERYWHERE.map((name) => [name, heardOnBus(packets.busBytes(name), meetings, lab)]));
  assert.ok(heard.fr1.entries > 0 && heard.fr1.beats > 0, 'the control: what is there is found');
  figures.heard = heard;
  for (const name of ABROAD) {
    assert.ok(heard[name].beats > 0, `${name}: the bus can be read`);
    assert.deepEqual(heard[name].other, [], name);
    const { entries, keys, presences } = heardOnBus(packets.busBytes(name), meetings.filter((meeting) => meeting !== opened), lab);
    assert.deepEqual({ entries, keys, presences }, { entries: 0, keys: 0, presences: 0 }, name);
  }
});

test('over the whole count, nothing', async () => {
  const seen = await packets.since(from.start, EVERYWHERE);
  figures.packets = seen;
  for (const name of ABROAD) {
    const { bus, ...others } = minus(seen[name], exception[name]);
    assert.deepEqual({ ...others, bus: 0 }, zeros());
    assert.ok(bus > 50, `the cable of ${name} is not dead: ${bus}`);
  }
});
