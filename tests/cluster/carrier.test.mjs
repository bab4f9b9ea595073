// Three real browsers in a meeting whose node has room for two: the third one's media go through a second node, which
// its client judges before it sends anything, and which signs its receipts. The second node dies, and comes back.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { allSeeAndHear, seesAll } from '../e2e/lib/expect.mjs';
import { closeDialog } from '../e2e/lib/meeting.mjs';
import { unpack } from '../support/evidence.mjs';
import { browserLab, peopleAt } from './lib/browsers.mjs';
import { carrierOf } from './lib/drain.mjs';
import { NODES, hostOf, pause } from './lib/lab.mjs';

const BINARY = resolve(process.env.TEST_BINARY ?? 'build/release/incamera');
const RECEIPT_MS = 75_000; // a minute, and the time that a full machine takes
const RELAY = '--relay-port=10443';
const lab = browserLab({ fr1: [RELAY, '--participants-max=2'], de1: [RELAY], us1: [RELAY] });
const { fr1, de1, us1 } = lab.nodes;
let people = [];

before(() => lab.start());
after(async () => {
  for (const each of people) await each.close();
  await lab.end();
});

const logs = () => `${fr1.log.slice(-2000)}\n---\n${de1.log.slice(-2000)}`;

test('who comes to a full node is carried by a second one of the region: all see and hear each other', async () => {
  people = await peopleAt(lab, fr1, 3).catch((error) => assert.fail(`${error.message}\n${logs()}`));
  assert.deepEqual(await Promise.all(people.map(carrierOf)), [NODES.fr1.ip, NODES.fr1.ip, NODES.de1.ip]);
  assert.match(fr1.log, /"relay_opened".*de1\.lab\.example\.org/);
  assert.doesNotMatch(us1.log, /relay_given/);
  for (const { hosts } of people) assert.ok(![...hosts].some((host) => host.startsWith('us1')), [...hosts].join());
});

test('the shield of the one who is carried shows both nodes', async () => {
  const [, , ben] = people;
  await ben.click('protection');
  await ben.until('both nodes', (a, b) => {
    const text = document.querySelector('dialog[open], [role="dialog"]')?.innerText ?? '';
    return text.includes(a) && text.includes(b);
  }, 10000, hostOf('fr1'), hostOf('de1'));
  await closeDialog(ben);
  await allSeeAndHear(people, 20000);
});

const receiptsOf = (person, count) => person.until(`${count} receipts`, (k) =>
  globalThis.__probe.talk.filter(([who, type]) => who === 'server' && type === 'receipt').length >= k, RECEIPT_MS, count);

/** The bundle, as the shield gives it. */
async function save(person, name) {
  const path = join(lab.folder, `${person.person.name}-${name}.tar`);
  await person.click('protection');
  const [download] = await Promise.all([person.page.waitForEvent('download'), person.click('save-evidence')]);
  await download.saveAs(path);
  await closeDialog(person);
  return path;
}

function audit(path) {
  const { status, stdout } = spawnSync(BINARY, ['audit', 'verify', '--json', path], { encoding: 'utf8', timeout: 20000 });
  return { status, ...JSON.parse(stdout) };
}

const textsIn = (path) => unpack(readFileSync(path)).filter(([name]) => name.startsWith('receipt/')).map(([, bytes]) => bytes.toString());
const wordOf = (text, keyword) => new RegExp(`^${keyword} (.*)$`, 'm').exec(text)?.[1].split(' ');

test('after a minute each of them has a receipt of the node that carries them, which names the other one; the audit accepts all', async () => {
  await Promise.all(people.map((person) => receiptsOf(person, 1))).catch((error) => assert.fail(`${error.message}\n${logs()}`));
  for (const [i, person] of people.entries()) {
    const [own, other] = i === 2 ? ['de1', 'fr1'] : ['fr1', 'de1'];
    const path = await save(person, 'minute');
    const judged = audit(path);
    const faults = judged.findings.filter(({ verdict }) => verdict !== 'ok');
    const texts = textsIn(path);
    assert.deepEqual(faults, [], texts.join('\n'));
    assert.equal(judged.status, 0);
    assert.equal(texts.length, 1);
    const [node] = wordOf(texts[0], 'node');
    assert.equal(node, hostOf(own));
    // Ana and Cai are at fr1; what they send crosses once, for Ben; what Ben sends crosses once, for both.
    const [to, came] = wordOf(texts[0], 'relay-to'), [from, back] = wordOf(texts[0], 'relay-from');
    assert.deepEqual([to, from], [hostOf(other), hostOf(other)], texts[0]);
    assert.ok(Number(came) > 1000 && Number(came) <= Number(wordOf(texts[0], 'in')[0]), texts[0]);
    assert.ok(Number(back) > 1000 && Number(back) <= Number(wordOf(texts[0], 'out')[0]), texts[0]);
    console.log(`figures: ${person.person.name} at ${node}, in ${wordOf(texts[0], 'in')[0]}, to ${came}, from ${back}, out ${wordOf(texts[0], 'out')[0]}`);
  }
});

test('the second node dies: who was carried hears why, the others go on; it is back, and all meet', async () => {
  const [ana, cai, ben] = people;
  await de1.end('SIGKILL');
  await ben.until('it is said', () => /No capacity in the allowed region/.test(document.body.innerText), 30000);
  assert.match(await ben.evaluate(() => document.body.innerText), /not sent elsewhere/);
  for (const each of [ana, cai]) assert.equal(await each.evaluate(() => document.querySelector('.call').dataset.connection), 'connected');
  await allSeeAndHear([ana, cai], 20000);
  await de1.start();
  await de1.says(/"node_known".*"nodes":3/, 30000);
  await pause(4500); // it has watched for longer than a lease
  await ben.evaluate(() => document.querySelector('.button-primary[data-control]').click());
  await Promise.all([seesAll(ana, [ben, cai], 90000), seesAll(ben, [ana, cai], 90000)]).catch((error) => assert.fail(`${error.message}\n${logs()}`));
  for (const node of [fr1, de1, us1]) assert.doesNotMatch(node.log, /region_violation|AddressSanitizer|runtime error/);
});

test('they leave: the last receipt of each comes in time, through both nodes for the one who is carried; the audit accepts all', async () => {
  for (const [person, own] of [[people[2], 'de1'], [people[0], 'fr1'], [people[1], 'fr1']]) {
    await person.evaluate(() => document.querySelector('[data-control="leave"]').click());
    await person.until('the page behind the call', () => document.querySelector('.page-left') !== null, 10000);
    await person.until('the last word', () => globalThis.__probe.talk.some(([who, type]) => who === 'page' && type === 'leave'), 10000);
    const path = join(lab.folder, `${person.person.name}-whole.tar`);
    const [download] = await Promise.all([person.page.waitForEvent('download'), person.click('save-evidence')]);
    await download.saveAs(path);
    const texts = textsIn(path), judged = audit(path);
    const faults = judged.findings.filter(({ verdict }) => verdict !== 'ok');
    assert.deepEqual(faults, [], texts.join('\n'));
    assert.equal(judged.status, 0);
    assert.match(texts.at(-1), /\nend leave\n/);
    assert.ok(texts.every((text) => wordOf(text, 'node')[0] === hostOf(own)), texts.join('\n'));
    console.log(`figures: ${person.person.name} has ${texts.length} receipts of ${hostOf(own)}, ${judged.covered_s} s, ${judged.missing_s} s missing`);
  }
});
