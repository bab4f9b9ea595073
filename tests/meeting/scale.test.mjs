// The largest meeting: 200 people, everybody with an ID token that everybody checks. They come in commits of 50,
// the last one alone; one is removed. The figures are printed in one line. All of them are the client's own
// machine, two of them in processes of their own, who show what it costs one person: the first, and the last. The
// others run in two processes, which hash without WebCrypto and check a signature once for all of theirs
// (lib/quick_crypto.mjs), since a computer of a person has one client.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Server } from '../e2e/lib/server.mjs';
import { Crowds } from './lib/crowds.mjs';
import { LargeMeeting } from './lib/large_meeting.mjs';
import { Signer } from './lib/signer.mjs';

const binary = process.env.TEST_BINARY ?? 'build/release/incamera';
const MEMBERS = Number(process.env.SCALE_MEMBERS ?? 200);
const ADDS = 50;
const COMMIT_MAX = 49_152;
const server = new Server({ binary, port: 8470, mediaPort: 10500 });
const signer = new Signer();
const crowds = new Crowds(2);

before(() => Promise.all([server.start(), signer.start(), crowds.start()]));
after(async () => {
  crowds.stop();
  signer.stop();
  assert.equal(await server.stop(), 0);
  server.forget();
});

/** Everybody sees the same. */
async function agree({ host, members }) {
  const told = await crowds.every('tell');
  const views = told.flatMap((each) => each.views);
  assert.deepEqual([...new Set(views)], [`${host.view.epoch} ${host.view.code} null ${members}`]);
  assert.deepEqual(told.flatMap(({ faults }) => faults), []);
  assert.equal(views.length, members - 1);
  return told;
}

/** Up to 50 more, and until everybody has checked everybody. What it cost the first one. */
async function admit(meeting, first, count) {
  const before = await first.cpuMs();
  await crowds.come(meeting.place, await meeting.people(count));
  await meeting.areAtTheDoor(meeting.knocking);
  meeting.knocking = 0;
  const known = await first.cpuMs();
  const { epoch } = meeting.host.view;
  const admitted = meeting.admitAll();
  await first.ask('in', { epoch: epoch + 1 });
  const taken = await first.cpuMs();
  const batch = await admitted;
  const at = performance.now();
  await crowds.every('verified', { count: meeting.members });
  const verifiedMs = batch.joinMs + Math.round(performance.now() - at);
  const checked = await first.cpuMs();
  const cpu = { knocksMs: known - before, commitMs: taken - known, checksMs: checked - taken };
  return { ...batch, verifiedMs, first: cpu };
}

/** The last one comes, while the others do nothing else. */
async function admitLast(meeting) {
  const last = await crowds.one();
  const before = await last.cpuMs();
  await last.ask('come', { place: meeting.place, people: [await meeting.someone()] });
  await meeting.areAtTheDoor(1);
  const waiting = await last.cpuMs();
  const { epoch } = meeting.host.view;
  const at = performance.now();
  const admitted = meeting.admitAll();
  await last.ask('in', { epoch: epoch + 1 });
  const joinMs = Math.round(performance.now() - at);
  const joined = await last.cpuMs();
  await last.ask('verified', { count: meeting.members });
  const verifiedMs = Math.round(performance.now() - at);
  const cpu = { knockMs: waiting - before, joinMs: joined - waiting, checksMs: (await last.cpuMs()) - joined };
  const { commitBytes, welcomeBytes } = await admitted;
  await crowds.every('verified', { count: meeting.members });
  return { joinMs, verifiedMs, commitBytes, welcomeBytes, cpu };
}

test(`${MEMBERS} people with identities in one group, in commits of ${ADDS}`, { timeout: 900_000 }, async () => {
  const started = performance.now();
  const meeting = await new LargeMeeting({ server, signer, crowds }).begin();
  const first = await crowds.one();
  await first.ask('come', { place: meeting.place, people: [await meeting.someone()] });
  const batches = [];
  meeting.knocking = 1;
  while (meeting.members < MEMBERS - 1) {
    const count = Math.min(ADDS, MEMBERS - 1 - meeting.members) - meeting.knocking;
    meeting.knocking += count;
    batches.push(await admit(meeting, first, count));
    console.log(JSON.stringify(batches.at(-1)), JSON.stringify(server.usage()));
  }
  const last = await admitLast(meeting);
  assert.equal(meeting.members, MEMBERS);
  await agree(meeting);
  const allInS = Math.round((performance.now() - started) / 1000);

  const before = await first.cpuMs();
  const { epoch } = meeting.host.view;
  const removal = meeting.remove('Person 2');
  await first.ask('in', { epoch: epoch + 1 });
  const firstRemoveMs = (await first.cpuMs()) - before;
  const removed = await removal;
  const told = await agree(meeting);

  const { residentKiB, cpuS } = server.usage();
  const figures = {
    members: MEMBERS, allInS, batches, last, ...removed, firstRemoveMs,
    serverCpuS: cpuS, serverMiB: Math.round(residentKiB / 1024),
    clientsMiB: told.reduce((sum, { residentMiB }) => sum + residentMiB, 0),
    clientsCpuS: Math.round(told.reduce((sum, each) => sum + each.cpuS, 0)),
  };
  console.log(`figures ${JSON.stringify(figures)}`);
  assert.ok(Math.max(...batches.map(({ commitBytes }) => commitBytes)) <= COMMIT_MAX);
  assert.ok(last.cpu.joinMs + last.cpu.checksMs < 10_000, 'what coming in costs the last one');
  assert.ok(firstRemoveMs < 3000, 'what a Remove costs one member');
  assert.ok(residentKiB < 128 * 1024, 'memory of the server');
  assert.deepEqual(meeting.host.faults, []);
  await crowds.every('stop');
  meeting.host.stop();
});
