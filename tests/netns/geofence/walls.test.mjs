// Three walls keep a meeting of France and Germany out of the United States: placement, the node's own wall, and
// the client. Each of them stands alone here, the other two taken away: nothing of the meeting's media goes
// abroad. With all three taken away it does, which shows that it is they who hold it.
//
//   placement   us1 carries whatever it is asked to, and links lead to it (tests/hostile/hostile_placement.c)
//   node        us1 does not ask its own wall (tests/hostile/hostile_wall.c)
//   client      one that checks nothing (people.mjs); with its wall, a real Chromium

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { hostOf } from '../../cluster/lib/lab.mjs';
import { Participant } from '../../e2e/lib/browser.mjs';
import { PATIENCE_MS } from '../../e2e/lib/patience.mjs';
import { PEOPLE } from '../../e2e/lib/people.mjs';
import { bring, pause, refusedAt } from './people.mjs';
import { ABROAD } from './places.mjs';
import { arrive, begin, figures, from, lab, nothingAbroad, packets } from './stage.mjs';

const BROKEN = process.env.TEST_BROKEN ?? 'build/release/incamera_hostile';
const { fr1, us1 } = lab.nodes;
const words = JSON.parse(readFileSync('web/src/ui/locales/en.json', 'utf8'));
const HERE = { TEST_PLACEMENT_HERE: '1' };
const NO_WALL = { TEST_NO_WALL: '1' };
const LEADS = { TEST_PLACEMENT_LEADS: hostOf('us1') };

/** The node starts again, with walls taken away. */
async function restart(node, variables) {
  assert.equal(await node.end('SIGTERM'), 0, node.log.slice(-2000));
  const isBroken = Object.keys(variables).length > 0;
  node.sound ??= node.binary;
  Object.assign(node, { binary: isBroken ? BROKEN : node.sound, variables });
  await node.start();
  await lab.returned(node);
  await pause(3500); // who has watched for less than a lease takes nobody
}

/** A meeting that us1 knows and nobody has yet: whatever keeps it out of us1 is no other node. */
async function known() {
  const meeting = await begin(fr1);
  assert.equal(await bring(us1, meeting), 201);
  return meeting;
}

/** No media, nor anything that is no HTTPS: of whom a link leads to us1, it is asked for its page. */
async function noMediaAbroad() {
  const seen = await packets.since(from.story, ABROAD);
  for (const name of ABROAD) {
    const { udp4, udp6, other } = seen[name];
    assert.deepEqual({ udp4, udp6, other }, { udp4: 0, udp6: 0, other: 0 }, name);
  }
  return seen.us1.tcp4 + seen.us1.tcp6;
}

test('the node alone: placement leads there and says yes, the client checks nothing', async () => {
  await restart(us1, HERE);
  const { error, isIn } = await refusedAt(us1, await known());
  assert.ok(!isIn);
  assert.equal(error.reason, 'no_node_in_region');
  await noMediaAbroad();
});

test('placement alone: the node has no wall, the client checks nothing', async () => {
  await restart(us1, NO_WALL);
  const { error, isIn } = await refusedAt(us1, await known());
  assert.ok(!isIn);
  assert.equal(error.reason, 'taken_over'); // it would have it at one of the nodes of the region
  await noMediaAbroad();
});

/** Chromium, which trusts the lab's web certificate. */
const browser = () => Participant.open(PEOPLE[0], 'chromium', { flags: ['--ignore-certificate-errors'] });

test('the client alone: placement leads there and says yes, the node has no wall', async () => {
  await restart(us1, { ...HERE, ...NO_WALL });
  await restart(fr1, LEADS);
  const meeting = await known();
  const person = await browser();
  try {
    await person.prepare(`${fr1.origin}/m/${meeting.name}${meeting.fragment}`);
    assert.equal(await person.evaluate(() => location.host), hostOf('us1'), 'the link led there');
    await person.click('join');
    await person.until('it says why not', (text) => document.body.innerText.includes(text), PATIENCE_MS, words['node.region_not_allowed.what']);
    await pause(500);
    figures.clientAlone = { tcp: await noMediaAbroad() };
  } finally {
    await person.close();
  }
});

test('no wall at all: it goes abroad, and is seen', async () => {
  await restart(us1, { ...HERE, ...NO_WALL });
  await restart(fr1, LEADS);
  const meeting = await known();
  const person = await arrive(fr1, meeting, 'Without a wall');
  assert.equal(person.at, us1.origin);
  await pause(500);
  const seen = await packets.since(from.story, ABROAD);
  figures.noWall = seen.us1;
  assert.ok(seen.us1.udp4 > 0 && seen.us1.udp6 > 0, JSON.stringify(seen.us1));
});

test('all walls are back', async () => {
  await restart(us1, {});
  await restart(fr1, {});
  from.story = packets.counted();
  const person = await arrive(fr1, await begin(fr1), 'With all walls');
  assert.equal(person.at, fr1.origin);
  await nothingAbroad();
});
