// Real browsers in a meeting whose node has room for two: the third one's media go through a second node. That node
// drains, and the media come to another place that gives room, while everybody sees and hears everybody else.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { allSeeAndHear } from '../e2e/lib/expect.mjs';
import { browserLab, peopleAt } from './lib/browsers.mjs';
import { stoodStill, watch } from './lib/gaps.mjs';
import { NODES, pause } from './lib/lab.mjs';

const BINARY = resolve(process.env.TEST_BINARY ?? 'build/release/incamera');
const RELAY = '--relay-port=10443';
/** On a machine that paints the pictures of all. */
const STILL_MS = 1500;
const SOUND_MS = 500;
const lab = browserLab({ fr1: [RELAY, '--participants-max=2'], de1: [RELAY], us1: [RELAY] });
const { fr1, de1, us1 } = lab.nodes;
let people = [];

before(() => lab.start());
after(async () => {
  for (const each of people) await each.close();
  await lab.end();
});

const logs = () => `${fr1.log.slice(-3000)}\n---\n${de1.log.slice(-2000)}`;

/** Where the browser's media go. */
const carrierOf = (person) => person.evaluate(async () => {
  const stats = await globalThis.__probe.connections.at(-1).getStats();
  const { selectedCandidatePairId } = [...stats.values()].find(({ type }) => type === 'transport');
  return stats.get(stats.get(selectedCandidatePairId)?.remoteCandidateId)?.address;
});

function drain(node, ...args) {
  const child = spawn(BINARY, ['drain', '--json', ...args, ...node.settings], { stdio: ['ignore', 'pipe', 'ignore'] });
  let out = '';
  child.stdout.on('data', (bytes) => (out += bytes));
  const began = Date.now();
  return new Promise((done) => {
    child.once('close', (status) => done({ status, states: out.trim().split('\n').map((line) => JSON.parse(line)), ms: Date.now() - began }));
  });
}

const errorsOf = (person) => person.evaluate(() => globalThis.__probe.talk.filter(([who, type]) => who === 'server' && type === 'error').length);

test('no room anywhere: whoever is carried stays, and the command says so', async () => {
  people = await peopleAt(lab, fr1, 3).catch((error) => assert.fail(`${error.message}\n${logs()}`));
  assert.deepEqual(await Promise.all(people.map(carrierOf)), [NODES.fr1.ip, NODES.fr1.ip, NODES.de1.ip]);
  const { status, states } = await drain(de1, '--timeout=4');
  assert.equal(status, 1);
  assert.deepEqual(states.at(-1), { state: 'over', alone: false, people: 0, guests: 1, meetings: 0, moving: 0, moved: 0, reason: null });
  assert.equal(await carrierOf(people[2]), NODES.de1.ip);
  await allSeeAndHear(people, 20000);
});

test('somebody leaves, and there is room at the node of the meeting: whoever is carried comes there', async () => {
  const [ana, cai, ben] = people;
  people = [ana, ben];
  await Promise.all(people.map(watch));
  await cai.evaluate(() => document.querySelector('[data-control="leave"]').click());
  const began = Date.now();
  const drained = drain(de1, '--timeout=30');
  await ben.until('he is at the node of the meeting', async (ip) => {
    const stats = await globalThis.__probe.connections.at(-1).getStats();
    const pair = [...stats.values()].find(({ type }) => type === 'transport')?.selectedCandidatePairId;
    return stats.get(stats.get(pair)?.remoteCandidateId)?.address === ip;
  }, 15000, NODES.fr1.ip).catch(async (error) => assert.fail(`${error.message}\n${logs()}\n${JSON.stringify(await ben.evaluate(() => globalThis.__probe.talk.slice(-30)))}`));
  const came = Date.now() - began;
  const { status, states, ms } = await drained;
  assert.equal(status, 0, `${JSON.stringify(states)}\n${logs()}`);
  await cai.close();
  await pause(6500); // the old connection is closed by then
  const still = await Promise.all(people.map(stoodStill));
  console.log(`figures: home ${came} ms after there was room, drained after ${ms} ms, ${still.map(({ picture, sound }) => `picture ${picture} ms, sound ${sound} ms`).join('; ')} at most`);
  assert.ok(still.every(({ picture, sound }) => picture < STILL_MS && sound < SOUND_MS), `${JSON.stringify(still)}\n${logs()}`);
  assert.deepEqual(await Promise.all(people.map(errorsOf)), [0, 0]);
  await allSeeAndHear(people, 20000);
  assert.equal(await de1.end('SIGTERM'), 0);
  await allSeeAndHear(people, 20000);
  for (const node of [fr1, de1, us1]) assert.doesNotMatch(node.log, /region_violation|AddressSanitizer|runtime error/);
});
