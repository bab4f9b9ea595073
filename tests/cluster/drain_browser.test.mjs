// A rolling upgrade under a call of two Chromium and one Firefox: each node is drained and started again, one after the
// other, and nobody's picture or sound stands still for long.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { allSeeAndHear } from '../e2e/lib/expect.mjs';
import { browserLab, peopleAt } from './lib/browsers.mjs';
import { carrierOf, drain, errorsOf } from './lib/drain.mjs';
import { stoodStill, watch } from './lib/gaps.mjs';
import { pause, until } from './lib/lab.mjs';

/** On a machine that paints the pictures of all, and may have other things to do. */
const STILL_MS = 2000;
const SOUND_MS = 1000;
const lab = browserLab();
const nodes = Object.values(lab.nodes);
const { fr1, de1 } = lab.nodes;
let people = [];

before(() => lab.start());
after(async () => {
  for (const each of people) await each.close();
  await lab.end();
});

const logs = () => nodes.map(({ name, log }) => `${name}\n${log.slice(-2500)}`).join('\n---\n');

test('two Chromium and one Firefox in a call', async () => {
  people = await peopleAt(lab, fr1, 3, ['DE', 'FR'], ['chromium', 'chromium', 'firefox']).catch((error) => assert.fail(`${error.message}\n${logs()}`));
});

for (const [from, to] of [[fr1, de1], [de1, fr1]]) {
  test(`${from.name} is drained and started again: the call goes on at ${to.name}`, async () => {
    await Promise.all(people.map(watch));
    const began = Date.now();
    const { status, states, ms } = await drain(from, '--timeout=30');
    assert.equal(status, 0, JSON.stringify(states));
    await until(async () => (await Promise.all(people.map(carrierOf))).every((each) => each === to.ip), logs, 20000);
    const came = Date.now() - began;
    await pause(6500); // the old connections are closed by then
    const still = await Promise.all(people.map(stoodStill));
    console.log(`figures: ${from.name} drained in ${ms} ms, all at ${to.name} after ${came} ms, ${people.map(({ kind }, i) => `${kind}: picture ${still[i].picture} ms, sound ${still[i].sound} ms`).join('; ')} at most`);
    assert.equal(await from.end('SIGTERM'), 0);
    await allSeeAndHear(people, 20000);
    await from.start();
    await from.says(/"node_known".*"nodes":3/, 30000);
    await pause(11000); // until it does not count as full as before
    assert.ok(still.every(({ picture, sound }) => picture < STILL_MS && sound < SOUND_MS), `${JSON.stringify(still)}\n${logs()}`);
    assert.deepEqual(await Promise.all(people.map(errorsOf)), [0, 0, 0]);
    for (const node of nodes) assert.doesNotMatch(node.log, /meeting_barred|region_violation|AddressSanitizer|runtime error/);
  });
}
