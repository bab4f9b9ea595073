// Two real browsers in a meeting whose node has room for one: the other one's media go through a second node, which
// its client judges before it sends anything. The second node dies, and comes back.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { allSeeAndHear, seesAll } from '../e2e/lib/expect.mjs';
import { closeDialog } from '../e2e/lib/meeting.mjs';
import { browserLab, twoAt } from './lib/browsers.mjs';
import { NODES, hostOf } from './lib/lab.mjs';

const RELAY = '--relay-port=10443';
const lab = browserLab({ fr1: [RELAY, '--participants-max=1'], de1: [RELAY], us1: [RELAY] });
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

test('who comes to a full node is carried by a second one of the region: both see and hear each other', async () => {
  people = await twoAt(lab, fr1).catch((error) => assert.fail(`${error.message}\n${logs()}`));
  assert.deepEqual(await Promise.all(people.map(carrierOf)), [NODES.fr1.ip, NODES.de1.ip]);
  assert.match(fr1.log, /"relay_opened".*de1\.lab\.example\.org/);
  assert.doesNotMatch(us1.log, /relay_given/);
  for (const { hosts } of people) assert.ok(![...hosts].some((host) => host.startsWith('us1')), [...hosts].join());
});

test('the shield of the one who is carried shows both nodes', async () => {
  const [ana, ben] = people;
  await ben.click('protection');
  await ben.until('both nodes', (a, b) => {
    const text = document.querySelector('dialog[open], [role="dialog"]')?.innerText ?? '';
    return text.includes(a) && text.includes(b);
  }, 10000, hostOf('fr1'), hostOf('de1'));
  await closeDialog(ben);
  await allSeeAndHear([ana, ben], 20000);
});

test('the second node dies: who was carried hears why, the other one goes on; back again, both meet', async () => {
  const [ana, ben] = people;
  await de1.end('SIGKILL');
  await ben.until('it is said', () => /No capacity in the allowed region/.test(document.body.innerText) || globalThis.__probe.state() !== 'connected', 30000);
  assert.equal(await ana.evaluate(() => document.querySelector('.call').dataset.connection), 'connected');
  await de1.start();
  await Promise.all([seesAll(ana, [ben], 90000), seesAll(ben, [ana], 90000)]).catch((error) => assert.fail(`${error.message}\n${logs()}`));
  for (const node of [fr1, de1, us1]) assert.doesNotMatch(node.log, /region_violation|AddressSanitizer|runtime error/);
});
