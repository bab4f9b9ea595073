// A meeting that outgrows its media worker, in the real server: two workers with room for two people each, three real
// browsers. Everybody sees and hears everybody, whichever worker has them; a stream crosses between the workers once,
// by the kernel's counters; and what was lost between the workers comes back. Runs inside a network namespace (run.sh).

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';

import { Participant } from './lib/browser.mjs';
import { allSeeAndHear, seesAll } from './lib/expect.mjs';
import { MediaFlows } from './lib/media_flows.mjs';
import { makeMeeting } from './lib/meeting.mjs';
import { PATIENCE_MS } from './lib/patience.mjs';
import { PEOPLE } from './lib/people.mjs';
import { Server } from './lib/server.mjs';

const IS_STRICT = process.env.TEST_TIMES !== 'loose';
const PORT = 10700;
const COUNT_MS = 6000;
/** A relay that is silent is given up after 30 s and opened again a second later (docs/protocol/cluster.md 5.1). */
const AGAIN_MS = 31_000 + PATIENCE_MS;

let server;
let flows;
let people = [];
let link;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

before(async () => {
  const flags = ['--media-workers', '2', '--participants-max', '4'];
  server = await new Server({ binary: process.env.TEST_BINARY ?? 'build/release/incamera', port: 8097, mediaPort: PORT, flags }).start();
  flows = new MediaFlows(PORT);
  people = await Promise.all(PEOPLE.slice(0, 3).map((person) => Participant.open(person)));
});

after(async () => {
  await Promise.all(people.map((p) => p.close().catch(() => {})));
  flows?.stop();
  const status = await server?.stop();
  server?.forget();
  assert.equal(status, 0, server?.log.slice(-3000));
});

/** The server's port, which is its worker's, and the browser's own. */
const portsOf = (p) => p.evaluate(async () => {
  const reports = await globalThis.__probe.connections.at(-1).getStats();
  const all = [...reports.values()];
  const pair = reports.get(all.find(({ type }) => type === 'transport').selectedCandidatePairId);
  return { worker: reports.get(pair.remoteCandidateId).port, own: reports.get(pair.localCandidateId).port };
});

const workersOf = async (list) => Promise.all(list.map(async (p) => (await portsOf(p)).worker));

/** Everybody meets everybody; a sanitizer build on a busy machine is judged by pictures alone. */
const allMeet = (present, ms = PATIENCE_MS) => (IS_STRICT ? allSeeAndHear(present, ms)
  : Promise.all(present.map((p) => seesAll(p, present.filter((other) => other !== p), ms))));

/** Bytes of RTP to the media ports within the time, by the port that they came from. */
async function rtpDuring(ms) {
  const byPort = () => new Map([...flows.rtpBytes()].map(([name, bytes]) => [Number(name.split(':').at(-1)), bytes]));
  const first = byPort();
  await sleep(ms);
  return new Map([...byPort()].map(([port, bytes]) => [port, bytes - (first.get(port) ?? 0)]));
}

test('the third person is at another worker, and all see and hear all', async () => {
  ({ link } = await makeMeeting(people[0], server.url));
  for (const p of people) await p.join(link);
  const workers = await workersOf(people);
  assert.equal(workers[0], workers[1], `workers: ${workers}`);
  assert.deepEqual([workers[0], workers[2]].sort(), [PORT, PORT + 1]);
  await allMeet(people);
});

test('one copy of each stream crosses, however many people beyond have it', async () => {
  const [first, second, third] = await Promise.all(people.map(portsOf));
  const rtp = await rtpDuring(COUNT_MS);
  const sent = (list) => list.reduce((sum, { own }) => sum + rtp.get(own), 0);
  const away = rtp.get(third.worker) / sent([third]); // both of the other worker have it
  const here = rtp.get(first.worker) / sent([first, second]);
  const told = JSON.stringify({ away, here, rtp: [...rtp] });
  console.log(`figures ${told}`);
  for (const ratio of [away, here]) assert.ok(ratio > 0.6 && ratio < 1.4, told);
});

test('a camera that is switched off and on again beyond the relay', async () => {
  const [first, second, third] = people;
  await third.click('camera');
  for (const p of [first, second])
    await p.until('the picture is gone', (name) => [...document.querySelectorAll('.tile')].some((t) => t.textContent.includes(name) && t.querySelector('video') === null), PATIENCE_MS, third.person.name);
  await third.click('camera');
  await allMeet(people);
});

test('who leaves the other worker takes the relay along; who comes back has it again', async () => {
  const [first, second, third] = people;
  const { worker } = await portsOf(third);
  await third.click('leave');
  await first.until('the tile is gone', () => document.querySelectorAll('.tile[data-person]').length === 2);
  await sleep(1000);
  const rtp = await rtpDuring(2000);
  assert.equal((rtp.get(PORT) ?? 0) + (rtp.get(PORT + 1) ?? 0), 0, 'nothing crosses when nobody is beyond');
  await allMeet([first, second]);
  await third.join(link);
  assert.equal((await portsOf(third)).worker, worker);
  await allMeet(people);
});

test('what was cut between the workers comes back', async () => {
  const ports = `{ ${PORT}, ${PORT + 1} }`;
  const rules = `
table inet cut {
  chain between {
    type filter hook input priority -1
    iifname "lo" udp sport ${ports} udp dport ${ports} drop
  }
}`;
  execFileSync('nft', ['-f', '-'], { input: rules });
  await sleep(1000);
  const rtp = await rtpDuring(2000);
  assert.equal(rtp.get(PORT) ?? 0, 0, `the cut is one: ${JSON.stringify([...rtp])}`);
  await sleep(33_000);
  execFileSync('nft', ['delete', 'table', 'inet', 'cut']);
  const ends = Date.now() + AGAIN_MS;
  const crossing = async () => {
    const again = await rtpDuring(1000);
    return (again.get(PORT) ?? 0) > 5000 && (again.get(PORT + 1) ?? 0) > 2500;
  };
  while (!(await crossing())) assert.ok(Date.now() < ends, 'the relay does not come back');
  await allMeet(people);
});
