// Who waits at the door, or was turned away, sends and receives no media packet: counted by the kernel,
// not by the page. Runs inside a network namespace of its own (run.sh).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Participant } from './lib/browser.mjs';
import { allSeeAndHear } from './lib/expect.mjs';
import { between, MediaFlows } from './lib/media_flows.mjs';
import { answer, inLobby, makeMeeting, says } from './lib/meeting.mjs';
import { PEOPLE } from './lib/people.mjs';
import { Server } from './lib/server.mjs';

const WAIT_MS = 4000;
const PATIENCE_MS = 60000; // nothing here is judged by time
const NONE = { sent: 0, received: 0 };

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let server;
let flows;
let people = [];
let link;
let inside; // "address:port" of those who are in

before(async () => {
  server = await new Server({ binary: process.env.TEST_BINARY ?? 'build/release/incamera' }).start();
  flows = new MediaFlows(server.mediaPort);
  people = await Promise.all(PEOPLE.slice(0, 3).map((person) => Participant.open(person)));
});

after(async () => {
  await Promise.all(people.map((p) => p.close().catch(() => {})));
  flows?.stop();
  const status = await server?.stop();
  server?.forget();
  assert.equal(status, 0, server?.log.slice(-3000));
});

/** Of everybody but those who are in, while these go on. */
async function othersDuring(ms) {
  const first = flows.read();
  await sleep(ms);
  const last = flows.read();
  const own = between(first, last, inside, true);
  assert.ok(own.sent > 50 && own.received > 50, `the control: those who are in ${JSON.stringify(own)}`);
  return between(first, last, inside, false);
}

const connectionsOf = (p) => p.evaluate(() => globalThis.__probe.connections.filter((c) => c.connectionState !== 'closed').length);

test('two are in, and the counters see them', async () => {
  const [host, guest] = people;
  ({ link } = await makeMeeting(host, server.url, 'lobby'));
  await host.prepare(link);
  await host.click('join');
  await host.connected(PATIENCE_MS);
  await guest.prepare(link);
  await guest.click('join');
  await answer(host, guest.person.name, 'admit', PATIENCE_MS);
  await guest.connected(PATIENCE_MS);
  await allSeeAndHear([host, guest], PATIENCE_MS);
  inside = new Set(flows.read().keys());
  assert.ok(inside.size >= 2, `flows: ${[...inside]}`);
});

test('who waits: no media packet in either direction', async () => {
  const stranger = people[2];
  await stranger.prepare(link);
  await stranger.click('join');
  await inLobby(stranger, PATIENCE_MS);
  assert.deepEqual(await othersDuring(WAIT_MS), NONE);
  assert.equal(await connectionsOf(stranger), 0);
  assert.deepEqual([...flows.read().keys()].filter((name) => !inside.has(name)), []);
});

test('who was declined: none either', async () => {
  const [host, , stranger] = people;
  await answer(host, stranger.person.name, 'decline', PATIENCE_MS);
  await says(stranger, /You were not let in/, PATIENCE_MS);
  assert.deepEqual(await othersDuring(WAIT_MS / 2), NONE);
  assert.deepEqual([...flows.read().keys()].filter((name) => !inside.has(name)), []);
});

test('the control: once let in, the same browser is counted', async () => {
  const [host, , stranger] = people;
  const first = flows.read();
  await stranger.prepare(link);
  await stranger.click('join');
  await inLobby(stranger, PATIENCE_MS);
  await answer(host, stranger.person.name, 'admit', PATIENCE_MS);
  await stranger.connected(PATIENCE_MS);
  await allSeeAndHear(people, PATIENCE_MS);
  const came = between(first, flows.read(), inside, false);
  assert.ok(came.sent > 50 && came.received > 50, JSON.stringify(came));
});
