// What goes wrong around a meeting of France and Germany: the bus, the clocks, papers and beats that say another
// country, or none. Nothing goes abroad, who comes meanwhile is in or hears why not, and who is in stays.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

import { hostOf, until } from '../../cluster/lib/lab.mjs';
import { Forger } from './forger.mjs';
import { drop, heal, quicken, slow } from './lab.mjs';
import { flowed } from './media.mjs';
import { bring, pause, refusedAt } from './people.mjs';
import { areUnharmed, begin, figures, gather, lab, mediaAt, nothingAbroad } from './stage.mjs';

const { fr1, de1 } = lab.nodes;
const BUS = ['bus1', 'bus2', 'bus3'];
const LEASE_MS = 3000;
const REASONS_OF_BUS = ['directory_unreachable', 'lease_expired', 'directory_busy'];

/** Somebody comes to each of these nodes with a meeting of its own: the reasons that they hear; null: they are in. */
async function answers(nodes) {
  const heard = {};
  for (const node of nodes) {
    const { error, isIn } = await refusedAt(node, await begin(node));
    heard[node.name] = isIn ? null : error.reason;
  }
  return heard;
}

/** Everything is as it was: whoever comes is in. */
async function isWellAgain(nodes = [fr1, de1]) {
  for (const node of nodes) {
    const meeting = await begin(node);
    await until(async () => (await refusedAt(node, meeting).catch(() => ({}))).isIn, () => `still not:\n${node.log.slice(-1500)}`, 60000);
  }
}

/** While it lasts, people are in at both nodes, and stay. */
const story = (name, play) => test(name, async () => {
  const people = [...(await gather(fr1, 1)).people, ...(await gather(de1, 1)).people];
  const media = await mediaAt(fr1);
  await play();
  await areUnharmed(people);
  figures.media = { ...figures.media, [name]: await media.end() };
  flowed(figures.media[name]);
  await nothingAbroad();
});

test('the control: media of which each thirtieth packet is lost are seen to be harmed', async () => {
  const media = await mediaAt(fr1);
  drop('iifname "fr1" meta l4proto udp numgen inc mod 30 == 0');
  try {
    await pause(2500);
  } finally {
    heal();
  }
  figures.mediaHarmed = await media.end();
  assert.throws(() => flowed(figures.mediaHarmed), /lost/);
});

story('the bus is killed, and comes back having forgotten everything', async () => {
  await lab.bus.stop();
  await pause(LEASE_MS + 500);
  for (const reason of Object.values(await answers([fr1, de1]))) assert.ok(REASONS_OF_BUS.includes(reason), reason);
  lab.bus.empty();
  lab.bus.start();
  await isWellAgain();
});

story('one node is cut off from the bus', async () => {
  drop('iifname "de1" tcp dport 4222', 'oifname "de1" tcp sport 4222');
  try {
    await pause(LEASE_MS + 500);
    const heard = await answers([fr1, de1]);
    assert.equal(heard.fr1, null);
    assert.ok(REASONS_OF_BUS.includes(heard.de1), heard.de1);
  } finally {
    heal();
  }
  await isWellAgain();
});

story('the servers of the bus are cut off from each other', async () => {
  drop('tcp dport 6222', 'tcp sport 6222');
  try {
    await pause(2 * LEASE_MS);
    for (const reason of Object.values(await answers([fr1, de1]))) assert.ok(reason === null || REASONS_OF_BUS.includes(reason), reason);
  } finally {
    heal();
  }
  await isWellAgain();
});

story('the bus is slow', async () => {
  for (const cable of BUS) slow(cable, '8kbit');
  try {
    await pause(2 * LEASE_MS);
    for (const reason of Object.values(await answers([fr1, de1]))) assert.ok(reason === null || REASONS_OF_BUS.includes(reason), reason);
  } finally {
    for (const cable of BUS) quicken(cable);
  }
  await isWellAgain();
});

/** Restarts de1 as altered, plays, and starts it again as it was. */
async function withDe1(altered, play) {
  const { within, variables } = de1;
  await de1.end('SIGTERM');
  Object.assign(de1, altered);
  try {
    await de1.start();
    await play();
  } finally {
    Object.assign(de1, { within, variables });
    await de1.end('SIGTERM');
    await de1.start();
    await lab.returned(de1);
  }
}

/** The wall clock alone, by the library of Debian's package faketime. */
function clockAt(shift) {
  const folder = readdirSync('/usr/lib').map((each) => `/usr/lib/${each}/faketime/libfaketimeMT.so.1`).find((path) => existsSync(path));
  assert.ok(folder, 'install faketime');
  return { LD_PRELOAD: folder, FAKETIME: shift, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
}

for (const [shift, what] of [['+20d', 'ahead'], ['-20d', 'behind']])
  test(`a node whose clock is twenty days ${what} takes nobody`, async () => {
    const { people } = await gather(fr1, 2);
    await withDe1({ variables: clockAt(shift) }, async () => {
      await pause(LEASE_MS);
      const meeting = await begin(fr1);
      assert.equal(await bring(de1, meeting), 201);
      const { error, isIn } = await refusedAt(de1, meeting, 'Nobody', { isBack: true });
      assert.ok(!isIn);
      const papers = await fetch(`${de1.origin}/api/v1/nodes/self`); // it cannot show any that are valid by its clock
      assert.equal(papers.status, 404);
      figures[`clock ${what}`] = { told: error.reason ?? error.code, papers: (await papers.json()).code };
    });
    await areUnharmed(people);
    await nothingAbroad();
  });

test('a node whose monotonic clock is another one works as the others do', async (t) => {
  const words = ['unshare', '--time', '--monotonic', '1000000', '--boottime', '1000000'];
  if (Number(execFileSync(words[0], [...words.slice(1), 'cat', '/proc/uptime'], { encoding: 'utf8' }).split(' ')[0]) < 1_000_000) {
    t.skip('this kernel has no namespaces of time');
    return;
  }
  await withDe1({ within: [...de1.within, ...words] }, async () => {
    await lab.returned(de1);
    await isWellAgain([de1]);
  });
  await nothingAbroad();
});

const FORGED = [['de1', 'US'], ['de1', 'CN'], ['de1', '\0\0'], ['de1', '??'], ['de1', 'de'], ['cn1', 'DE'], ['us1', 'FR'], ['cn1', '']];

for (const [name, country] of FORGED)
  test(`a beat of ${name} that names ${JSON.stringify(country)} as its country`, async () => {
    const { people } = await gather(fr1, 2);
    const forger = new Forger(await lab.bus.speaker(hostOf('cn1')));
    await until(() => forger.others === 4, () => 'no beats are heard');
    const speaking = setInterval(() => forger.beat(name, country), 200);
    try {
      await pause(1500);
      const heard = await answers([fr1, de1]);
      assert.equal(heard.fr1, null);
      assert.ok(heard.de1 === null || /^region_(conflict|unknown)$|^lease_expired$/.test(heard.de1), heard.de1);
      figures.forged = { ...figures.forged, [`${name} ${JSON.stringify(country)}`]: heard.de1 };
    } finally {
      clearInterval(speaking);
      forger.end();
    }
    await areUnharmed(people);
    await nothingAbroad();
    await isWellAgain();
  });
