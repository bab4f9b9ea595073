// The best codec that all members decode, through the real server: colours and tones in AV1, in VP9 and
// in VP8, with members of both kinds of browser, and a change in the midst of the meeting.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Participant } from './lib/browser.mjs';
import { allSeeAndHear } from './lib/expect.mjs';
import { makeMeeting } from './lib/meeting.mjs';
import { PEOPLE } from './lib/people.mjs';
import { Server } from './lib/server.mjs';

const BINARY = process.env.TEST_BINARY ?? 'build/release/incamera';
const PATIENCE_MS = 40000; // this machine has fewer cores than its browsers say
/** What web/src/shell/codecs.ts asks for. */
const CORES = { av1: 8, vp9: 4, vp8: 2 };

let server;
let link;
const people = [];

before(async () => {
  server = await new Server({ binary: BINARY }).start();
});

after(async () => {
  await Promise.all(people.map((p) => p.close().catch(() => {})));
  const status = await server?.stop();
  server?.forget();
  assert.equal(status, 0, server?.log.slice(-3000));
});

async function enter(kind, cores) {
  const p = await Participant.open(PEOPLE[people.length], kind, { cores, viewport: { width: 500, height: 400 } });
  people.push(p);
  if (link === undefined) ({ link } = await makeMeeting(p, server.url));
  await p.prepare(link);
  await p.click('join');
  await p.connected(PATIENCE_MS);
}

async function allIn(codec) {
  for (const p of people)
    await p.until(`pictures in ${codec}`, async (name) => {
      const codecs = await globalThis.__probe.codecs();
      return codecs.includes(name);
    }, PATIENCE_MS, codec);
  await allSeeAndHear(people, PATIENCE_MS);
}

test('AV1, when everybody has it: Chromium and Firefox see and hear each other', async () => {
  await enter('chromium', CORES.av1);
  await enter('firefox', CORES.av1);
  await allIn('av1');
});

test('VP9, as soon as somebody comes who has no AV1', async () => {
  await enter('chromium', CORES.vp9);
  await allIn('vp9');
});

test('AV1 again, when that one has left', async () => {
  const [gone] = people.splice(2);
  await gone.close();
  await allIn('av1');
});

test('VP8, as soon as somebody comes who has nothing else', async () => {
  await enter('chromium', CORES.vp8);
  await allIn('vp8');
});
