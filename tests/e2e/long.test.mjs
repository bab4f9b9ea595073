// The long figures: joins and leaves in a row, the time to the first frame, memory and CPU. They are
// printed; only what must not grow is judged.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Participant } from './lib/browser.mjs';
import { PEOPLE } from './lib/people.mjs';
import { Server } from './lib/server.mjs';

const BINARY = process.env.TEST_BINARY ?? 'build/release/incamera';
const JOINS = Number(process.env.LONG_JOINS ?? 50);
const WARM_UP = 10;
const GROWTH_MAX_KIB = 2048;

let server;
const people = [];
const figures = {};
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

before(async () => {
  server = await new Server({ binary: BINARY }).start();
  figures.residentIdleKiB = server.usage().residentKiB;
});

after(async () => {
  await Promise.all(people.map((p) => p.close().catch(() => {})));
  const status = await server.stop();
  server.forget();
  console.log(`figures ${JSON.stringify(figures)}`);
  assert.equal(status, 0, server.log.slice(-3000));
});

test('joins and leaves in a row: memory stays flat; the time from Join to the first frame', async () => {
  const [stays, comes] = await Promise.all(PEOPLE.slice(0, 2).map((p) => Participant.open(p)));
  people.push(stays, comes);
  await stays.page.goto(`${server.url}/new`);
  await stays.click('open-meeting');
  await stays.page.waitForSelector('[data-control="use-devices"]');
  const link = await stays.evaluate(() => location.href);
  await stays.join(link);
  const resident = [];
  const firstFrameMs = [];
  for (let i = 0; i < JOINS; i++) {
    await comes.prepare(link);
    // The page itself takes the time, so that the test's own polling is not in it.
    firstFrameMs.push(await comes.evaluate(() => new Promise((resolve) => {
      const start = performance.now();
      document.querySelector('[data-control="join"]').click();
      const look = () => {
        const video = document.querySelector('.tile:not([data-self="true"]) video');
        if (video !== null && video.readyState >= 2 && video.videoWidth > 0) resolve(Math.round(performance.now() - start));
        else setTimeout(look, 5);
      };
      look();
    })));
    await comes.click('leave');
    await stays.until('alone again', () => document.querySelectorAll('.tile[data-person]').length === 1, 5000);
    resident.push(server.usage().residentKiB);
  }
  figures.joinToFirstFrameMs = { median: median(firstFrameMs), least: Math.min(...firstFrameMs), most: Math.max(...firstFrameMs), joins: JOINS };
  figures.residentAfterJoinsKiB = { afterWarmUp: resident[Math.min(WARM_UP, JOINS - 1)], last: resident.at(-1) };
  const growth = resident.at(-1) - resident[Math.min(WARM_UP, JOINS - 1)];
  assert.ok(growth < GROWTH_MAX_KIB, `resident memory grew by ${growth} KiB`);
});

test('a meeting of four: memory a participant, CPU a forwarded packet', async () => {
  const link = await people[0].evaluate(() => location.href);
  await people[1].join(link);
  for (const person of PEOPLE.slice(2, 4)) {
    const p = await Participant.open(person);
    people.push(p);
    await p.join(link);
  }
  await sleep(5000);
  const received = async () => {
    let packets = 0;
    for (const p of people)
      for (const report of await p.evaluate(() => globalThis.__probe.stats()))
        if (report.type === 'inbound-rtp') packets += report.packetsReceived;
    return packets;
  };
  const [packetsBefore, cpuBefore] = [await received(), server.usage().cpuS];
  await sleep(20000);
  const [packets, cpu] = [(await received()) - packetsBefore, server.usage().cpuS - cpuBefore];
  figures.residentPerParticipantKiB = Math.round((server.usage().residentKiB - figures.residentIdleKiB) / people.length);
  figures.packetsForwarded = packets;
  figures.cpuUsPerPacket = Math.round((cpu / packets) * 1e6);
  assert.ok(packets > 10000, `${packets} packets in 20 s`);
});
