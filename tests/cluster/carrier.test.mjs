// Three real browsers in a meeting whose node has room for two: the third one's media go through a second node, which
// its client judges before it sends anything. The second node dies, and comes back.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { allSeeAndHear, seesAll } from '../e2e/lib/expect.mjs';
import { closeDialog } from '../e2e/lib/meeting.mjs';
import { browserLab, peopleAt } from './lib/browsers.mjs';
import { NODES, hostOf, pause } from './lib/lab.mjs';

const RELAY = '--relay-port=10443';
const lab = browserLab({ fr1: [RELAY, '--participants-max=2'], de1: [RELAY], us1: [RELAY] });
const { fr1, de1, us1 } = lab.nodes;
let people = [];

before(() => lab.start());
after(async () => {
  for (const each of people) await each.close();
  await lab.end();
});

/** Where the browser's media go. */
const carrierOf = (person) => person.evaluate(async () => {
  const stats = await globalThis.__probe.connections.at(-1).getStats();
  const { selectedCandidatePairId } = [...stats.values()].find(({ type }) => type === 'transport');
  return stats.get(stats.get(selectedCandidatePairId).remoteCandidateId).address;
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
