// Somebody waits in the lobby of a meeting whose node is drained: the client knocks at the next node by itself, and is let
// in there.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { allSeeAndHear } from '../e2e/lib/expect.mjs';
import { answer, inLobby, makeMeeting } from '../e2e/lib/meeting.mjs';
import { PEOPLE } from '../e2e/lib/people.mjs';
import { browserLab, openBrowser, originOf } from './lib/browsers.mjs';
import { carrierOf, drain } from './lib/drain.mjs';
import { hostOf } from './lib/lab.mjs';

const lab = browserLab();
const { fr1, de1 } = lab.nodes;
let people = [];

before(() => lab.start());
after(async () => {
  for (const each of people) await each.close();
  await lab.end();
});

const talkOf = (person) => person.evaluate(() => globalThis.__probe.talk);

test('who waits does not notice that the meeting moves, and is let in at the next node', async () => {
  people = await Promise.all(PEOPLE.slice(0, 2).map((person) => openBrowser(lab, person)));
  const [host, guest] = people;
  const { link } = await makeMeeting(host, originOf('fr1'), 'lobby', async () => {
    await host.click('change-countries');
    await host.page.focus('[data-control="search-countries"]');
    await host.page.keyboard.type('germany');
    await host.page.keyboard.press('Enter');
    await host.until('Germany is chosen', () => document.querySelector('[data-allowed="DE FR"]') !== null, 10000);
  });
  await host.join(link);
  await guest.prepare(link);
  await guest.click('join');
  await inLobby(guest);
  await guest.evaluate(() => {
    globalThis.__away = 0; // how often another page than the lobby was shown
    new MutationObserver(() => (globalThis.__away += document.querySelector('.page-lobby') === null ? 1 : 0))
      .observe(document.body, { childList: true, subtree: true });
  });
  const { status, states } = await drain(fr1, '--timeout=30');
  assert.equal(status, 0, JSON.stringify(states));
  await guest.until('it waits at the next node', () => globalThis.__probe.talk.filter(([, type]) => type === 'waiting').length > 1, 15000)
    .catch(async (error) => assert.fail(`${error.message}\n${JSON.stringify(await talkOf(guest))}\n${fr1.log.slice(-2000)}\n${de1.log.slice(-2000)}`));
  const talk = await talkOf(guest);
  const at = (type) => talk.findLast(([, each]) => each === type)[2];
  console.log(`figures: waits at ${hostOf('de1')} ${Math.round(at('waiting') - at('moving'))} ms after it was told`);
  assert.equal(await guest.evaluate(() => globalThis.__away), 0);
  await answer(host, PEOPLE[1].name);
  await guest.connected();
  assert.deepEqual(await Promise.all(people.map(carrierOf)), [de1.ip, de1.ip]);
  await allSeeAndHear(people, 20000);
  assert.equal(await fr1.end('SIGTERM'), 0);
  for (const node of Object.values(lab.nodes)) assert.doesNotMatch(node.log, /region_violation|AddressSanitizer|runtime error/);
});
