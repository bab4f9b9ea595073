// The long figures: memory and CPU of the server, joins and leaves in a row, the time from Join to the
// first picture, nine people. They are printed; only what must not grow or break is judged.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Participant } from './lib/browser.mjs';
import { isColour } from './lib/expect.mjs';
import { makeMeeting } from './lib/meeting.mjs';
import { PEOPLE } from './lib/people.mjs';
import { Server } from './lib/server.mjs';

const BINARY = process.env.TEST_BINARY ?? 'build/release/incamera';
const JOINS = Number(process.env.LONG_JOINS ?? 50);
const WARM_UP = Math.min(10, JOINS - 1);
const SERVER_GROWTH_MAX_KIB = 2048;
const PAGE_GROWTH_MAX_BYTES = 20e6;
const CROWD = 9;

let server;
let people = [];
let link;
const figures = {};
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

before(async () => {
  server = await new Server({ binary: BINARY }).start();
  await sleep(1000);
});

after(async () => {
  await Promise.all(people.map((p) => p.close().catch(() => {})));
  const status = await server.stop();
  server.forget();
  console.log(`figures ${JSON.stringify(figures)}`);
  assert.equal(status, 0, server.log.slice(-3000));
});

/** Packets that have arrived at all receivers. */
async function received() {
  let packets = 0;
  for (const p of people)
    for (const report of await p.evaluate(() => globalThis.__probe.stats()))
      if (report.type === 'inbound-rtp') packets += report.packetsReceived;
  return packets;
}

test('one to four people: memory of a participant, CPU of a forwarded packet', async () => {
  figures.residentKiB = { idle: server.usage().residentKiB, people: [] };
  for (const person of PEOPLE.slice(0, 4)) {
    const p = await Participant.open(person);
    people.push(p);
    if (link === undefined) {
      ({ link } = await makeMeeting(p, server.url));
    }
    await p.join(link);
    await sleep(3000);
    figures.residentKiB.people.push(server.usage().residentKiB);
  }
  const [packetsBefore, cpuBefore, begin] = [await received(), server.usage().cpuS, Date.now()];
  await sleep(20000);
  const [packets, cpuS, ms] = [(await received()) - packetsBefore, server.usage().cpuS - cpuBefore, Date.now() - begin];
  figures.forwarding = {
    packetsPerS: Math.round((packets / ms) * 1000),
    cpuUsPerPacket: Number(((cpuS / packets) * 1e6).toFixed(1)),
    cpuPercentOfACore: Number(((cpuS / ms) * 1e5).toFixed(2)),
  };
  assert.ok(packets > 10000, `${packets} packets in ${ms} ms`);
});

/** Bytes of the page's JavaScript heap after a collection. */
async function heap(session) {
  await session.send('HeapProfiler.collectGarbage');
  return (await session.send('Runtime.getHeapUsage')).usedSize;
}

/** In the page: presses Join; the time until a picture of somebody else was on screen. */
const joinToFirstFrame = () => new Promise((resolve) => {
  const start = performance.now();
  const seen = new WeakSet();
  let isOver = false;
  const look = () => {
    for (const video of document.querySelectorAll('.tile:not([data-self="true"]) video')) {
      if (seen.has(video)) continue;
      seen.add(video);
      video.requestVideoFrameCallback(() => {
        isOver = true;
        resolve(Math.round(performance.now() - start));
      });
    }
    if (!isOver) setTimeout(look, 2);
  };
  document.querySelector('[data-control="join"]').click();
  look();
});

test('joins and leaves in a row: memory stays flat; from Join to the first picture', async () => {
  for (const p of people.splice(2)) await p.close();
  const [stays, comes] = people;
  await comes.click('leave');
  const alone = () => stays.until('alone again', () => document.querySelectorAll('.tile[data-person]').length === 1, 10000);
  await alone();
  const session = await stays.context.newCDPSession(stays.page);
  const times = [];
  const every10 = [];
  let warm;
  for (let i = 0; i < JOINS; i++) {
    if (i === WARM_UP) warm = { residentKiB: server.usage().residentKiB, heap: await heap(session) };
    await comes.prepare(link);
    times.push(await comes.evaluate(joinToFirstFrame));
    await comes.click('leave');
    await alone();
    if (i % 10 === 9) every10.push(server.usage().residentKiB);
  }
  const end = { residentKiB: server.usage().residentKiB, heap: await heap(session) };
  figures.joinToFirstFrameMs = { median: median(times), least: Math.min(...times), most: Math.max(...times), joins: JOINS };
  figures.joinsAndLeaves = {
    residentKiB: [warm.residentKiB, end.residentKiB],
    residentKiBEvery10: every10,
    heapMB: [warm.heap, end.heap].map((bytes) => Number((bytes / 1e6).toFixed(2))),
  };
  assert.ok(end.residentKiB - warm.residentKiB < SERVER_GROWTH_MAX_KIB, `resident memory of the server: ${warm.residentKiB} to ${end.residentKiB} KiB`);
  assert.ok(end.heap - warm.heap < PAGE_GROWTH_MAX_BYTES, `heap of the page that stays: ${warm.heap} to ${end.heap} bytes`);
});

test(`${CROWD} people: every tile is there and shows a picture`, async () => {
  await Promise.all(people.splice(0).map((p) => p.close()));
  const { left, right, tone } = PEOPLE[0];
  const crowd = Array.from({ length: CROWD }, (_, i) => ({ name: `Chair ${i + 1}`, left, right, tone }));
  people = await Participant.openCrowd(crowd, { viewport: { width: 800, height: 600 } });
  ({ link } = await makeMeeting(people[0], server.url)); // the host of the other one is gone, and nobody else may begin it
  for (const p of people) await p.join(link);
  const begin = Date.now();
  for (const p of people) {
    for (;;) {
      const others = (await p.tiles()).filter((t) => !t.isSelf);
      const missing = crowd.filter((o) => o !== p.person && !others.some((t) => t.name.includes(o.name) && t.picture !== null && isColour(t.picture.left, left) && isColour(t.picture.right, right)));
      if (missing.length === 0 && others.length === CROWD - 1) break;
      assert.ok(Date.now() - begin < 60000, `${p.person.name} does not see ${missing.map((o) => o.name)}: ${JSON.stringify(others)}`);
      await sleep(200);
    }
  }
  figures.crowd = { people: CROWD, allSeenMs: Date.now() - begin, residentKiB: server.usage().residentKiB };
});
