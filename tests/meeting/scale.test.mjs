// Many people in one meeting, everybody with an ID token that everybody checks: they come in commits of 50, one
// is removed. The figures are printed in one line. SCALE_MEMBERS=200 is the largest meeting; each pair of people
// costs about 15 ms of somebody's processor, so that 200 need 10 min of it, more than the run for everybody has.

import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { Server } from '../e2e/lib/server.mjs';
import { makeMeeting, modules, ScriptedClient } from './lib/scripted_client.mjs';
import { Signer } from './lib/signer.mjs';

const { IssuerKeys, verifyIdToken } = modules;
const binary = process.env.TEST_BINARY ?? 'build/release/incamera';
const MEMBERS = Number(process.env.SCALE_MEMBERS ?? 101);
const ADDS = 50;
const CROWDS = 2;
const MS = 600_000;
const server = new Server({ binary, port: 8470, mediaPort: 10500 });
const signer = new Signer();

class Crowd {
  #waiting = new Map();
  #next = 1;

  constructor() {
    this.process = fork(fileURLToPath(new URL('lib/crowd.mjs', import.meta.url)), {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.ready = new Promise((resolve) => this.#waiting.set(0, { resolve }));
    this.process.on('message', ({ id, told, error }) => {
      const { resolve, reject } = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) resolve(told);
      else reject(new Error(error));
    });
  }

  ask(act, of = {}) {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.process.send({ id, act, ...of });
    });
  }
}

const crowds = [];
const everyCrowd = (act, of) => Promise.all(crowds.map((each) => each.ask(act, of)));

before(async () => {
  await Promise.all([server.start(), signer.start()]);
  while (crowds.length < CROWDS) crowds.push(new Crowd());
  await Promise.all(crowds.map(({ ready }) => ready));
});
after(async () => {
  for (const { process: each } of crowds) each.kill();
  signer.stop();
  assert.equal(await server.stop(), 0);
  server.forget();
});

async function beginAsHost() {
  const place = await makeMeeting(server, { issuers: [signer.issuer] });
  const keys = new IssuerKeys(Date.now);
  const verifyToken = async ({ token, leafKey, policy: { issuers }, isKnocking }) => {
    const asked = { token, leafKey, issuers, now: Date.now(), isKnocking };
    const verdict = await verifyIdToken(asked, keys.of);
    return verdict.kind === 'verified' ? { issuer: verdict.issuer, name: verdict.name } : null;
  };
  const signed = await signer.signIn('Host');
  const options = { host: place.host, signed, verifyToken, hasSeat: false, isBrief: true };
  const host = await new ScriptedClient(place, 'Host', options).start();
  await host.until(({ phase }) => phase === 'in');
  return { place: { ...place, host: null, server: { url: server.url } }, host };
}

/** Up to 50 more: at the door, admitted with one act, in, and everybody checked by everybody. */
async function admitMore({ host, place }, from, count) {
  const people = [];
  for (let index = 0; index < count; index++) {
    const name = `Person ${from + index}`;
    people.push({ name, signed: await signer.signIn(name) });
  }
  const half = Math.ceil(count / CROWDS);
  const parts = crowds.map((_, at) => people.slice(at * half, (at + 1) * half));
  await Promise.all(crowds.map((crowd, at) => crowd.ask('come', { place, people: parts[at] })));
  const isReady = ({ standing }) => standing.kind === 'verified';
  await host.until(({ knockers }) => knockers.filter(isReady).length === count, { ms: MS });
  const { epoch } = host.view;
  const at = performance.now();
  host.act({ type: 'admit', knocks: host.view.knockers.map(({ knock }) => knock) });
  await host.until((view) => view.epoch === epoch + 1, { ms: MS, what: 'one commit for all' });
  const admitMs = Math.round(performance.now() - at);
  await everyCrowd('in', { epoch: epoch + 1 });
  const joinMs = Math.round(performance.now() - at);
  await everyCrowd('verified', { count: from + count });
  const verifiedMs = Math.round(performance.now() - at);
  const commit = host.said.findLast(({ type }) => type === 'commit');
  return {
    members: from + count, admitMs, joinMs, verifiedMs,
    commitBytes: bytesOf(commit.message), welcomeBytes: bytesOf(commit.welcome),
  };
}

const bytesOf = (text) => Math.floor((text.length * 3) / 4);

async function agree(host, epoch, count) {
  const told = await everyCrowd('tell');
  const wanted = `${epoch} ${host.view.code} null ${count}`;
  assert.deepEqual([...new Set(told.flatMap(({ views }) => views))], [wanted], 'everybody sees the same');
  assert.deepEqual(told.flatMap(({ faults }) => faults), []);
  assert.equal(told.flatMap(({ views }) => views).length, count - 1);
  return told;
}

test(`${MEMBERS} people with identities in one group, in commits of ${ADDS}`, { timeout: MEMBERS > 101 ? 1_800_000 : 600_000 }, async () => {
  const { host, place } = await beginAsHost();
  const batches = [];
  for (let members = 1; members < MEMBERS;) {
    const count = Math.min(ADDS, MEMBERS - members);
    batches.push(await admitMore({ host, place }, members, count));
    console.log(JSON.stringify(batches.at(-1)), JSON.stringify(server.usage()));
    members += count;
  }
  await agree(host, batches.length, MEMBERS);

  const name = 'Person 1';
  const at = performance.now();
  host.act({ type: 'remove', leaf: host.leafOf(name), ban: true });
  await host.until(({ epoch }) => epoch === batches.length + 1, { ms: MS });
  const removeMs = Math.round(performance.now() - at);
  await everyCrowd('out', { name });
  await everyCrowd('in', { epoch: batches.length + 1 });
  const removedForAllMs = Math.round(performance.now() - at);
  const told = await agree(host, batches.length + 1, MEMBERS - 1);

  const remove = host.said.findLast(({ type }) => type === 'commit');
  const { residentKiB, cpuS } = server.usage();
  const figures = {
    members: MEMBERS, batches, removeMs, removedForAllMs, removeBytes: bytesOf(remove.message),
    serverCpuS: cpuS, serverMiB: Math.round(residentKiB / 1024),
    clientsMiB: told.reduce((sum, { residentMiB }) => sum + residentMiB, 0),
    clientsCpuS: Math.round(told.reduce((sum, each) => sum + each.cpuS, 0)),
  };
  console.log(`figures ${JSON.stringify(figures)}`);
  assert.ok(Math.max(...batches.map(({ commitBytes }) => commitBytes)) <= 49_152);
  assert.deepEqual(host.faults, []);
  await everyCrowd('stop');
  host.stop();
});
