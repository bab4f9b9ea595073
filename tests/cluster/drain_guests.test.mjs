// Real browsers in a meeting whose node has room for two: the third one's media go through a second node. That node
// drains, or the meeting's own does, and everybody sees and hears everybody else meanwhile.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { allSeeAndHear } from '../e2e/lib/expect.mjs';
import { closeDialog } from '../e2e/lib/meeting.mjs';
import { unpack } from '../support/evidence.mjs';
import { browserLab, peopleAt } from './lib/browsers.mjs';
import { carrierOf, drain, errorsOf } from './lib/drain.mjs';
import { stoodStill, watch, watchFewer } from './lib/gaps.mjs';
import { NODES, pause, until } from './lib/lab.mjs';

const BINARY = resolve(process.env.TEST_BINARY ?? 'build/release/incamera');
const RELAY = '--relay-port=10443';
/** On a machine that paints the pictures of all, and may have other things to do. */
const STILL_MS = 1500;
const SOUND_MS = 1000;
const lab = browserLab({ fr1: [RELAY, '--participants-max=2'], de1: [RELAY], us1: [RELAY] });
const nodes = Object.values(lab.nodes);
const { fr1, de1 } = lab.nodes;
let people = [];

before(() => lab.start());
after(async () => {
  for (const each of people) await each.close();
  await lab.end();
});

const logs = () => nodes.map(({ name, log }) => `${name}\n${log.slice(-2500)}`).join('\n---\n');
const carriers = () => Promise.all(people.map(carrierOf));

/** They are at these addresses, or all at one, and came there without anybody having noticed much. */
async function moved(what, to, began) {
  const addresses = Array.isArray(to) ? to : people.map(() => to);
  const told = async () => JSON.stringify([await carriers(), await Promise.all(people.map((each) => each.evaluate(() => globalThis.__probe.talk.slice(-12))))]);
  let words = '';
  await until(async () => (words = await told()) && (await carriers()).every((each, i) => each === addresses[i]), () => `${words}\n${logs()}`, 20000);
  const came = Date.now() - began;
  await pause(6500); // the old connections are closed by then
  const still = await Promise.all(people.map(stoodStill));
  console.log(`figures: ${what}: there after ${came} ms, ${still.map(({ picture, sound }) => `picture ${picture} ms, sound ${sound} ms`).join('; ')} at most`);
  assert.ok(still.every(({ picture, sound }) => picture < STILL_MS && sound < SOUND_MS), `${JSON.stringify(still)}\n${logs()}`);
  await allSeeAndHear(people, 20000);
}

/** It is restarted, as in a rolling upgrade, and has watched for longer than a lease. */
async function upgrade(node) {
  assert.equal(await node.end('SIGTERM'), 0);
  await node.start();
  await node.says(/"node_known".*"nodes":3/, 30000);
  await pause(4500);
}

/** The old node is gone, and nobody was told of any trouble. */
async function unharmed() {
  await allSeeAndHear(people, 20000);
  assert.deepEqual(await Promise.all(people.map(errorsOf)), people.map(() => 0), logs());
  for (const node of nodes) assert.doesNotMatch(node.log, /meeting_barred|region_violation|AddressSanitizer|runtime error/);
}

/** Receipts of the person so far, and what the audit finds. */
async function audited(person) {
  const path = join(lab.folder, `${person.person.name}.tar`);
  await person.click('protection');
  const [download] = await Promise.all([person.page.waitForEvent('download'), person.click('save-evidence')]);
  await download.saveAs(path);
  await closeDialog(person);
  const { status, stdout } = spawnSync(BINARY, ['audit', 'verify', '--json', path], { encoding: 'utf8', timeout: 20000 });
  const texts = unpack(readFileSync(path)).filter(([name]) => name.startsWith('receipt/')).map(([, bytes]) => bytes.toString());
  return { status, faults: JSON.parse(stdout).findings.filter(({ verdict }) => verdict !== 'ok'), texts };
}

async function leave(person) {
  people = people.filter((each) => each !== person);
  await person.evaluate(() => document.querySelector('[data-control="leave"]').click());
  await person.until('it has left', () => document.querySelector('.page-left') !== null, 10000);
  await person.close();
}

test('the node that carries one of them drains, and no other has room: he stays, and the command says so', async () => {
  people = await peopleAt(lab, fr1, 3).catch((error) => assert.fail(`${error.message}\n${logs()}`));
  assert.deepEqual(await carriers(), [NODES.fr1.ip, NODES.fr1.ip, NODES.de1.ip]);
  const { status, states } = await drain(de1, '--timeout=4');
  assert.equal(status, 1);
  assert.deepEqual(states.at(-1), { state: 'over', alone: false, people: 0, guests: 1, meetings: 0, moving: 0, moved: 0, reason: null });
  assert.equal(await carrierOf(people[2]), NODES.de1.ip);
  await allSeeAndHear(people, 20000);
});

test('somebody leaves, and there is room at the node of the meeting: he comes there', async () => {
  const [ana, cai, ben] = people;
  await Promise.all([ana, ben].map(watch));
  const drained = drain(de1, '--timeout=30');
  await Promise.all([ana, ben].map((each) => watchFewer(each, 1)));
  const began = Date.now();
  await leave(cai);
  await moved('home', NODES.fr1.ip, began);
  const { status, states } = await drained;
  assert.equal(status, 0, `${JSON.stringify(states)}\n${logs()}`);
  await upgrade(de1);
  await unharmed();
  for (const each of people) await leave(each);
});

test('the node of the meeting drains, and hands it over to the node that carries one of them', async () => {
  await pause(8000); // the seats of those who left are gone, and leases have run for a while
  people = await peopleAt(lab, fr1, 3).catch((error) => assert.fail(`${error.message}\n${logs()}`));
  assert.deepEqual(await carriers(), [NODES.fr1.ip, NODES.fr1.ip, NODES.de1.ip]);
  await Promise.all(people.map(watch));
  const began = Date.now();
  const drained = drain(fr1, '--timeout=30');
  await moved('to the one that carried', NODES.de1.ip, began);
  const { status, states, ms } = await drained;
  assert.equal(status, 0, `${JSON.stringify(states)}\n${logs()}`);
  assert.ok(ms < 15000, `${ms} ms`);
  await upgrade(fr1);
  await unharmed();
  for (const each of people) await leave(each);
});

test('the node that carries one of them drains, and that of the meeting is full: a third one gives him a place', async () => {
  await pause(11000); // who has restarted counts as full as before
  people = await peopleAt(lab, fr1, 3, ['DE', 'FR', 'US']).catch((error) => assert.fail(`${error.message}\n${logs()}`));
  const [, , second] = await carriers();
  const third = nodes.find(({ ip }) => ip !== fr1.ip && ip !== second);
  assert.deepEqual(await carriers(), [fr1.ip, fr1.ip, second]);
  await Promise.all(people.map(watch));
  const began = Date.now();
  const drained = drain(nodes.find(({ ip }) => ip === second), '--timeout=30');
  await moved('to a third one that carries', [fr1.ip, fr1.ip, third.ip], began);
  const { status, states, ms } = await drained;
  assert.equal(status, 0, `${JSON.stringify(states)}\n${logs()}`);
  assert.ok(ms < 15000, `${ms} ms`);
  const { status: judged, faults, texts } = await audited(people[2]);
  assert.deepEqual(faults, [], texts.join('\n'));
  assert.equal(judged, 0);
  assert.match(texts[0], /\nend drain\n/); // of the node that he was at
  await upgrade(nodes.find(({ ip }) => ip === second));
  await unharmed();
});

test('the node of the meeting drains, and hands it over to one, while another one carries one of them', async () => {
  await pause(8000); // until it does not count as full as before
  const [, , carries] = await carriers();
  const next = nodes.find(({ ip }) => ip !== fr1.ip && ip !== carries);
  await Promise.all(people.map(watch));
  const began = Date.now();
  const drained = drain(fr1, '--timeout=30');
  await moved('to a third one', next.ip, began);
  const { status, states, ms } = await drained;
  assert.equal(status, 0, `${JSON.stringify(states)}\n${logs()}`);
  assert.ok(ms < 15000, `${ms} ms`);
  await upgrade(fr1);
  await unharmed();
});
