// The network lab: the server and its guests in one namespace, a stranger in another, joined by a
// cable. What strangers do must cost the meeting nothing and give them nothing.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';

import { Participant } from '../e2e/lib/browser.mjs';
import { allSeeAndHear } from '../e2e/lib/expect.mjs';
import { makeMeeting } from '../e2e/lib/meeting.mjs';
import { PEOPLE } from '../e2e/lib/people.mjs';
import { Server } from '../e2e/lib/server.mjs';

const BINARY = process.env.TEST_BINARY ?? 'build/release/incamera';
const STRANGER = process.env.STRANGER_PID;
const SECONDS = Number(process.env.LAB_SECONDS ?? 12);
const PER_SECOND = 5000;

let server;
let people = [];
const figures = {};

before(async () => {
  assert.ok(STRANGER, 'run tests/netns/run.sh');
  server = await new Server({ binary: BINARY, port: 8080, mediaPort: 10000 }).start();
});

after(async () => {
  await Promise.all(people.map((p) => p.close().catch(() => {})));
  const status = await server?.stop();
  server?.forget();
  console.log(`figures ${JSON.stringify(figures)}`);
  assert.equal(status, 0, server?.log.slice(-3000));
});

function spray(seconds) {
  const child = spawn('nsenter', ['-t', STRANGER, '-n', process.execPath, new URL('stranger.mjs', import.meta.url).pathname, '10.99.0.1', String(server.mediaPort), String(seconds), String(PER_SECOND)]);
  let out = '';
  child.stdout.on('data', (bytes) => { out += bytes; });
  return new Promise((resolve, reject) => child.on('exit', (code) => (code === 0 ? resolve(JSON.parse(out)) : reject(new Error(`stranger: ${code} ${out}`)))));
}

test('a spray of ClientHello, RTP, STUN and noise during joins: everybody joins, not one byte back', async () => {
  people = await Promise.all(PEOPLE.slice(0, 3).map((person) => Participant.open(person)));
  const { link } = await makeMeeting(people[0], server.url);
  for (const p of people) await p.prepare(link);
  const residentBefore = server.usage().residentKiB;
  const spraying = spray(SECONDS);
  for (const p of people) {
    const start = Date.now();
    await p.click('join');
    await p.connected();
    figures.joinMs = [...(figures.joinMs ?? []), Date.now() - start];
  }
  await allSeeAndHear(people, 18000);
  const result = await spraying;
  figures.spray = result;
  figures.residentGrowthKiB = server.usage().residentKiB - residentBefore;
  assert.ok(result.sent > SECONDS * PER_SECOND * 0.3, `only ${result.sent} sent`);
  assert.equal(result.received, 0, 'bytes to a stranger');
  await allSeeAndHear(people, 15000);
});

test('not one log line for it', () => {
  const lines = server.log.split('\n').filter(Boolean).length;
  assert.ok(lines < 60, `${lines} log lines`);
});
