// The evidence of a call whose node is killed: a receipt of each whole minute by the node that carried it, the time
// of the lost one by the device's own account, and 'incamera audit verify' finds nothing wrong.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { unpack } from '../support/evidence.mjs';
import { browserLab, peopleAt } from './lib/browsers.mjs';
import { hostOf } from './lib/lab.mjs';

const BINARY = resolve(process.env.TEST_BINARY ?? 'build/release/incamera');
const RECEIPT_MS = 75_000; // a minute, and the time that a full machine takes
/** A receipt is of a minute: so much is lost with a node, and the time of the move. */
const MISSING_MAX_S = 75;

const lab = browserLab();
let people = [];

before(() => lab.start());
after(async () => {
  for (const each of people) await each.close();
  await lab.end();
});

const receipts = (person, count) => person.until(`${count} receipts`, (k) =>
  globalThis.__probe.talk.filter(([who, type]) => who === 'server' && type === 'receipt').length >= k, RECEIPT_MS, count);

async function save(person) {
  const path = join(lab.folder, `${person.person.name}.tar`);
  const [download] = await Promise.all([person.page.waitForEvent('download'), person.click('save-evidence')]);
  await download.saveAs(path);
  return path;
}

test('a minute at one node, its death, a minute at another: the audit finds each minute, and how much is missing', async () => {
  const { fr1 } = lab.nodes;
  people = await peopleAt(lab, fr1);
  await Promise.all(people.map((person) => receipts(person, 1)));
  await fr1.end('SIGKILL');
  await Promise.all(people.map((person) => person.until('the line is gone', () => globalThis.__probe.state() !== 'connected' ||
    document.querySelector('.call[data-connection="connected"]') === null, 10000)));
  await Promise.all(people.map((person) => person.connected(20000)));
  await Promise.all(people.map((person) => receipts(person, 2)));
  for (const person of people) {
    await person.click('protection');
    const path = await save(person);
    const { status, stdout } = spawnSync(BINARY, ['audit', 'verify', '--json', path], { encoding: 'utf8', timeout: 20000 });
    const answer = JSON.parse(stdout);
    const faults = answer.findings.filter(({ verdict }) => verdict !== 'ok');
    assert.deepEqual(faults, [], stdout);
    assert.equal(status, 0, stdout);
    assert.ok(answer.missing_s <= MISSING_MAX_S, `${answer.missing_s} s are missing`);
    const texts = unpack(readFileSync(path)).filter(([name]) => name.startsWith('receipt/')).map(([, bytes]) => bytes.toString());
    const nodes = texts.map((text) => /^node (\S+) /m.exec(text)[1]);
    assert.deepEqual([nodes[0], nodes.at(-1)], [hostOf('fr1'), hostOf('de1')], nodes.join());
    console.log(`figures: ${texts.length} receipts, ${answer.missing_s} s missing`);
  }
});
