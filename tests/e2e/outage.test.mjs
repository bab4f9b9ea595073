// One person's network is gone while the group goes on without them, and one person's tab crashes: real
// browsers of both kinds, the real server. Their line to it goes over a proxy that can be cut, their media
// are dropped by the kernel. Runs inside a network namespace of its own (run.sh).

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';

import { HostileServer } from '../hostile/hostile_server.mjs';
import { Participant } from './lib/browser.mjs';
import { allSeeAndHear } from './lib/expect.mjs';
import { MediaFlows } from './lib/media_flows.mjs';
import { actOn, answer, codeOf, inLobby, makeMeeting } from './lib/meeting.mjs';
import { patience } from './lib/patience.mjs';
import { PEOPLE } from './lib/people.mjs';
import { Server } from './lib/server.mjs';

const BINARY = process.env.TEST_BINARY ?? 'build/release/incamera';
const OUTAGE_MS = 10_000;
const GRACE_MS = 30_000; // that a lost seat is kept

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const nft = (...args) => execFileSync('nft', args);
const figures = {};

let server;
let line; // an honest proxy, until it is cut
let flows;
let link;
let people = [];

before(async () => {
  server = await new Server({ binary: BINARY }).start();
  line = await new HostileServer(server, 8090).start();
  flows = new MediaFlows(server.mediaPort);
  people = await Promise.all(PEOPLE.slice(0, 4).map((each, i) => Participant.open(each, i === 1 ? 'firefox' : 'chromium')));
});

after(async () => {
  await Promise.all(people.map((p) => p.close().catch(() => {})));
  await line?.stop();
  flows?.stop();
  const status = await server?.stop();
  server?.forget();
  console.log(`figures ${JSON.stringify(figures)}`);
  assert.equal(status, 0, server?.log.slice(-3000));
});

async function letIn(host, p, to) {
  await p.prepare(to);
  await p.click('join');
  await inLobby(p);
  await answer(host, p.person.name);
  await p.connected();
}

/** Nothing comes or goes at these addresses, nor by the line. */
async function cut(names) {
  await line.stop();
  nft('add', 'table', 'inet', 'outage');
  nft('add', 'chain', 'inet', 'outage', 'in', '{ type filter hook input priority 10; }');
  for (const name of names) {
    const port = name.split(':').at(-1);
    for (const way of ['sport', 'dport']) nft('add', 'rule', 'inet', 'outage', 'in', 'udp', way, port, 'drop');
  }
}

async function mend() {
  nft('delete', 'table', 'inet', 'outage');
  line = await new HostileServer(server, 8090).start();
}

test('10 s without a network, in which one person comes and one is removed: back in the new epoch', async () => {
  const [host, east, lost, newcomer] = people;
  ({ link } = await makeMeeting(host, server.url, 'lobby'));
  await host.join(link);
  await letIn(host, east, link);
  const before = flows.read();
  await letIn(host, lost, link.replace(server.url, line.url));
  await allSeeAndHear([host, east, lost], patience(5000));
  const own = [...flows.read().keys()].filter((name) => !before.has(name));
  assert.ok(own.length > 0, 'the addresses of the one who will be cut off');
  const code = await codeOf(lost);

  await cut(own);
  const start = Date.now();
  try {
    await lost.until('it says that it reconnects', () => document.querySelector('[data-banner="reconnecting"]') !== null, OUTAGE_MS);
    await letIn(host, newcomer, link);
    await actOn(host, east.person.name, 'remove', 'remove-now');
    await newcomer.until('one less', () => ![...document.querySelectorAll('.tile')].some((each) => each.textContent.includes('East')), patience(3000));
    await sleep(Math.max(0, OUTAGE_MS - (Date.now() - start)));
    assert.ok(Date.now() - start < GRACE_MS, 'in time');
  } finally {
    await mend();
  }
  const mended = Date.now();
  await lost.connected(patience(10_000));
  await allSeeAndHear([host, lost, newcomer], patience(8000));
  figures.backInNewEpochMs = Date.now() - mended;
  const codes = await Promise.all([host, lost, newcomer].map(codeOf));
  assert.deepEqual(codes, [codes[0], codes[0], codes[0]]);
  assert.notEqual(codes[0], code, 'keys have changed meanwhile');
});

test('a tab crashes: its tile goes, the others go on; by the link one is at the door again', async () => {
  const [host, , lost, crashing] = people;
  crashing.page.goto('chrome://crash').catch(() => {});
  const start = Date.now();
  await host.until('it is gone', (name) => ![...document.querySelectorAll('.tile')].some((each) => each.textContent.includes(name)), patience(GRACE_MS), crashing.person.name);
  figures.crashedGoneMs = Date.now() - start;
  await allSeeAndHear([host, lost], patience(5000));
  const page = await crashing.context.newPage();
  const again = Object.assign(Object.create(Participant.prototype), crashing, { page, messages: [] });
  await letIn(host, again, link);
  await allSeeAndHear([host, lost, again], patience(8000));
  assert.equal(await host.evaluate(() => document.querySelectorAll('.tile').length), 3, 'one tile a person');
});
