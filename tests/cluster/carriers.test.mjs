// Four real browsers in a meeting at three nodes: two at its own, and one at each of two that have a place left. All see
// and hear each other, and the receipt of each names the two other nodes, with what crossed because of that person.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { allSeeAndHear } from '../e2e/lib/expect.mjs';
import { closeDialog } from '../e2e/lib/meeting.mjs';
import { unpack } from '../support/evidence.mjs';
import { browserLab, peopleAt } from './lib/browsers.mjs';
import { gather } from './lib/calls.mjs';
import { carrierOf } from './lib/drain.mjs';
import { NODES, hostOf } from './lib/lab.mjs';

const BINARY = resolve(process.env.TEST_BINARY ?? 'build/release/incamera');
const RECEIPT_MS = 75_000; // a minute, and the time that a full machine takes
const places = { ...NODES, fr2: { ip: '10.77.1.4', country: 'FR', site: '45.76 4.84 10', mediaPort: 10004 } };
const flags = ['--relay-port=10443', '--participants-max=2'];
const lab = browserLab({ fr1: flags, de1: flags, fr2: flags, us1: flags.slice(0, 1) }, places);
const { fr1, de1, fr2, us1 } = lab.nodes;
let people = [];

before(() => lab.start());
after(async () => {
  for (const each of people) await each.close();
  await lab.end();
});

const logs = () => [fr1, de1, fr2].map(({ log }) => log.slice(-2000)).join('\n---\n');

test('whoever comes to a full node is carried by a second and a third one: all see and hear each other', async () => {
  for (const node of [de1, fr2]) await gather(lab, node, 1); // somebody else's meeting: one place is left
  people = await peopleAt(lab, fr1, 4).catch((error) => assert.fail(`${error.message}\n${logs()}`));
  const at = await Promise.all(people.map(carrierOf));
  assert.deepEqual(at.slice(0, 2), [fr1.ip, fr1.ip]);
  assert.deepEqual(at.slice(2).sort(), [de1.ip, fr2.ip].sort());
  assert.match(de1.log, /"relay_joined".*fr2/);
  assert.match(fr2.log, /"relay_joined".*de1/);
  assert.doesNotMatch(us1.log, /relay_given|relay_joined/);
});

const receiptsOf = (person, count) => person.until(`${count} receipts`, (k) =>
  globalThis.__probe.talk.filter(([who, type]) => who === 'server' && type === 'receipt').length >= k, RECEIPT_MS, count);

/** The bundle, as the shield gives it. */
async function save(person) {
  const path = join(lab.folder, `${person.person.name}.tar`);
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
const linesOf = (text, keyword) => [...text.matchAll(new RegExp(`^${keyword} (.*)$`, 'gm'))].map(([, words]) => words.split(' '));

test('after a minute the receipt of each names the two other nodes, with what crossed; the audit accepts all', async () => {
  assert.equal(people.length, 4);
  await allSeeAndHear(people, 20000);
  await Promise.all(people.map((person) => receiptsOf(person, 1))).catch((error) => assert.fail(`${error.message}\n${logs()}`));
  const all = [fr1, de1, fr2];
  for (const person of people) {
    const own = await carrierOf(person);
    const others = all.filter(({ ip }) => ip !== own).map(({ name }) => hostOf(name)).sort();
    const path = await save(person);
    const judged = audit(path), texts = textsIn(path);
    assert.deepEqual(judged.findings.filter(({ verdict }) => verdict !== 'ok'), [], texts.join('\n'));
    assert.equal(judged.status, 0);
    const [text] = texts;
    assert.equal(linesOf(text, 'node')[0][0], hostOf(all.find(({ ip }) => ip === own).name));
    for (const [keyword, bound] of [['relay-to', 'in'], ['relay-from', 'out']]) {
      const named = linesOf(text, keyword);
      assert.deepEqual(named.map(([node]) => node), others, text);
      for (const [, packets] of named) assert.ok(Number(packets) > 1000 && Number(packets) <= Number(linesOf(text, bound)[0][0]), text);
    }
    console.log(`figures: ${person.person.name} ${text.split('\n').filter((line) => /^(node|in|out|relay-to|relay-from) /.test(line)).join(', ')}`);
  }
  for (const node of [...all, us1]) assert.doesNotMatch(node.log, /region_violation|AddressSanitizer|runtime error/);
});
