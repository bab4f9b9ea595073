// Three nodes on a bus of three real servers: where a meeting runs, who takes it over, and what is said when nobody may.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Lab, hostOf, pause, sha256, until } from './lib/lab.mjs';
import { ask, connect, sources } from './lib/pages.mjs';
import { entryOf, lookUp as findEntry } from './lib/entry.mjs';
import { make, newMeeting, knock, refusal } from './lib/people.mjs';

const lab = new Lab();
const { fr1, de1, us1 } = lab.nodes;
const key = (meeting) => meeting.id.toString('hex');

before(() => lab.start());
after(() => lab.end());

const lookUp = (meeting) => findEntry(lab.bus, meeting);
const isAt = (entry, node) => entry.node === sha256(hostOf(node.name)).toString('hex');

async function opened(node, meeting) {
  assert.equal(await make(node, meeting), 201);
  const { member, error } = await knock(node, meeting);
  assert.equal(error, undefined, `${error}\n${node.log.slice(-2000)}`);
  await member.create();
  return member;
}

const link = (node, meeting) => fetch(`${node.url}/m/${meeting.name}`, { redirect: 'manual' });

test('a meeting is entered once, with its node, a number and the hash of its policy, and nothing else', async () => {
  const meeting = newMeeting(lab.terms, ['DE', 'FR']);
  const member = await opened(fr1, meeting);
  const { entries, config, cluster } = await lab.bus.entries();
  const { bytes, headers } = entries.get(key(meeting));
  const entry = entryOf(bytes);
  assert.equal(entry.meeting, key(meeting));
  assert.ok(isAt(entry, fr1));
  assert.equal(entry.policy, sha256(meeting.policy).toString('hex'));
  assert.equal(headers === undefined ? '' : Buffer.from(headers, 'base64').toString().replace(/^(NATS\/1\.0|Nats-Expected-[A-Za-z-]+: *[A-Za-z0-9_-]+|)\r?$/gm, '').trim(), '');
  assert.equal(config.num_replicas, 3);
  assert.deepEqual(config.placement, { cluster: 'lab', tags: ['where:eu'] });
  assert.equal(cluster.name, 'lab');
  member.close();
});

test('where the directory stands is told to anybody who asks', async () => {
  const answer = await fetch(`${us1.url}/api/v1/nodes/directory`);
  assert.deepEqual(await answer.json(), { kept: 'nats', cluster: 'lab', tags: ['where:eu'] });
});

test('a link leads to the node that has the meeting, by its name in its certificate', async () => {
  const meeting = newMeeting(lab.terms, ['DE', 'FR']);
  const member = await opened(de1, meeting);
  for (const node of [fr1, us1]) {
    const answer = await link(node, meeting);
    assert.equal(answer.status, 307);
    assert.equal(answer.headers.get('location'), `https://${hostOf('de1')}/m/${meeting.name}`);
  }
  assert.equal((await link(de1, meeting)).status, 200);
  const nobodys = newMeeting(lab.terms, ['DE']);
  assert.equal((await link(us1, nobodys)).status, 200); // the same page as ever
  assert.equal((await fetch(`${us1.url}/m/none`, { redirect: 'manual' })).status, 200);
  member.close();
});

test('a meeting of France and Germany is never opened in the United States', async () => {
  const meeting = newMeeting(lab.terms, ['DE', 'FR']);
  assert.equal(await make(us1, meeting), 201); // to have it on disk is not to open it
  for (let i = 0; i < 3; i++) {
    const { type, code, reason } = await refusal(us1, meeting);
    assert.deepEqual([type, code], ['error', 'node_refused']);
    assert.equal(reason, 'no_node_in_region');
  }
  assert.equal(await lookUp(meeting), undefined);
  assert.doesNotMatch(us1.log, /region_violation/);
});

test('a node that knocks at a meeting of another one is told that it moved', async () => {
  const meeting = newMeeting(lab.terms, ['DE', 'FR']);
  const member = await opened(fr1, meeting);
  assert.equal(await make(de1, meeting), 201);
  const { code, reason, retry_after: after } = await refusal(de1, meeting);
  assert.deepEqual([code, reason, after], ['node_refused', 'taken_over', 5]);
  assert.ok(isAt(await lookUp(meeting), fr1));
  member.close();
});

test('the bus stops: nobody new, and those who are there go on', async () => {
  const meeting = newMeeting(lab.terms, ['DE', 'FR']);
  const member = await opened(de1, meeting);
  await lab.bus.stop();
  const other = newMeeting(lab.terms, ['DE', 'FR']);
  assert.equal(await make(de1, other), 201);
  const first = await refusal(de1, other); // the node has just been heard: the directory is asked
  assert.deepEqual([first.code, first.reason], ['node_refused', 'directory_unreachable']);
  assert.ok(first.ms < 2500, `${first.ms} ms`);
  await pause(3500); // its lease is over, too
  const second = await refusal(de1, other);
  assert.equal(second.reason, 'lease_expired');
  assert.ok(second.ms < 1000, `${second.ms} ms`);
  member.say({ type: 'ping', id: 7 });
  assert.equal((await member.until('pong', 2000)).id, 7);
  await assert.rejects(member.commit(), /refused busy/); // another node may have the meeting by now, for all that it knows
  assert.equal((await link(us1, meeting)).status, 200); // it cannot know: the page, and no redirect

  lab.bus.empty(); // and comes back having forgotten everything
  lab.bus.start();
  await until(async () => (await lookUp(meeting).catch(() => undefined)) !== undefined, () => `not put back:\n${de1.log.slice(-2000)}`, 30000);
  assert.ok(isAt(await lookUp(meeting), de1));
  const third = await until(async () => {
    const { member: guest } = await knock(de1, other);
    return guest;
  }, () => `still refused:\n${de1.log.slice(-2000)}`, 30000);
  third.close();
  member.say({ type: 'ping', id: 8 });
  assert.equal((await member.until('pong', 2000)).id, 8);
  await member.commit(); // the group goes on
  assert.equal(member.epoch, 1);
  member.close();
});

test('kill -9: another node of the region takes the meeting over, with a higher generation', async () => {
  const meeting = newMeeting(lab.terms, ['DE', 'FR']);
  await opened(fr1, meeting);
  const before = await lookUp(meeting);
  assert.equal(await make(de1, meeting), 201); // whoever is in it brings its policy along
  assert.equal(await make(us1, meeting), 201);
  await fr1.end('SIGKILL');
  const killed = Date.now();
  const opening = link(us1, meeting); // its lease still runs, and it answers nobody
  const taken = await until(async () => (await knock(de1, meeting)).member, () => `not taken over:\n${de1.log.slice(-3000)}`);
  const ms = Date.now() - killed;
  console.log(`figures: taken over ${ms} ms after kill -9`);
  assert.ok(ms < 3000, `${ms} ms`);
  const entry = await lookUp(meeting);
  assert.ok(isAt(entry, de1));
  assert.equal(entry.generation, before.generation + 1n);
  assert.equal((await opening).status, 200);
  assert.equal((await link(us1, meeting)).status, 307);
  assert.equal((await refusal(us1, meeting)).reason, 'no_node_in_region');

  await fr1.start(); // it comes back, and does not take what is not its own any more
  await fr1.says(/"node_known".*"nodes":3/);
  await until(async () => (await link(fr1, meeting)).status === 307, () => 'fr1 does not see de1');
  await until(async () => {
    const { code, reason } = await refusal(fr1, meeting);
    assert.equal(code, 'node_refused');
    assert.match(reason, /^(lease_expired|taken_over)$/); // who has just come knows nobody yet
    return reason === 'taken_over';
  }, () => 'fr1 does not know whose it is');
  assert.equal((await lookUp(meeting)).generation, before.generation + 1n);
  taken.close();
});

test('a bus that somebody else certifies is not used', async () => {
  assert.equal(await us1.end('SIGTERM'), 0, us1.log.slice(-2000));
  await us1.start({ ca: lab.bus.strangersCa() });
  const meeting = newMeeting(lab.terms, ['US']);
  assert.equal(await make(us1, meeting), 201);
  await pause(2000);
  assert.match((await refusal(us1, meeting)).reason, /^(lease_expired|directory_unreachable)$/);
  assert.doesNotMatch(us1.log, /"bus_up"/);
  assert.equal(await us1.end('SIGTERM'), 0, us1.log.slice(-2000));
  await us1.start();
  await us1.says(/"node_known".*"nodes":3/);
  await until(async () => (await knock(us1, meeting)).member, () => `not opened:\n${us1.log.slice(-2000)}`);
  assert.ok(isAt(await lookUp(meeting), us1)); // where it may run, it runs
});

test('nothing that must not be on the bus is there, and no rule was broken', async () => {
  const meeting = newMeeting(lab.terms, ['DE', 'FR']);
  const listening = lab.bus.record(4000);
  await pause(500);
  const member = await opened(de1, meeting);
  const messages = await listening;
  assert.ok(messages.filter(({ subject }) => subject === 'incamera.beat').length >= 6);
  const all = Buffer.concat(messages.map(({ bytes }) => bytes));
  assert.ok(!all.includes(meeting.policy), 'no policy');
  assert.ok(!all.includes(Buffer.from('pass-')), 'no password');
  for (const subject of new Set(messages.map(({ subject }) => subject))) assert.match(subject, /^(incamera\.(beat|ask\.[0-9a-f]{64})|_INBOX\.|\$KV\.incamera-directory\.[0-9a-f]{32}$|\$JS\.|_R_\.)/);
  for (const node of Object.values(lab.nodes)) assert.doesNotMatch(node.log, /region_violation|AddressSanitizer|ThreadSanitizer|runtime error/);
  const { entries } = await lab.bus.entries();
  for (const { bytes } of entries.values()) entryOf(bytes);
  member.close();
});

const both = (...names) => names.flatMap((name) => [`https://${hostOf(name)}`, `wss://${hostOf(name)}`]);

test('a page may go on at the other nodes: those of its country first, then by name from its own on', async () => {
  assert.deepEqual(await sources(fr1), both('fr1', 'us1', 'de1'));
  assert.deepEqual(await sources(de1), both('de1', 'fr1', 'us1'));
  assert.deepEqual(await sources(us1), both('us1', 'de1', 'fr1'));
  for (const [node, other] of [[fr1, de1], [de1, us1], [us1, fr1]]) {
    assert.equal((await connect(node, other.origin)).status, 101);
    const { status, headers } = await ask(node, '/api/v1/nodes/self', other);
    assert.equal(status, 200);
    assert.equal(headers['access-control-allow-origin'], other.origin);
    assert.equal(headers['vary'], 'Origin');
    assert.equal(headers['access-control-allow-credentials'], undefined);
    const before = await ask(node, '/api/v1/meetings', { origin: other.origin, method: 'OPTIONS' });
    assert.equal(before.status, 204);
    for (const origin of [`http://${hostOf(other.name)}`, `${other.origin}:8443`, `${other.origin}.example.com`, 'https://lab.example.org', 'null']) {
      assert.equal((await connect(node, origin)).status, 403, origin);
      const answer = await ask(node, '/api/v1/nodes/self', { origin });
      assert.equal(answer.headers['access-control-allow-origin'], undefined, origin);
      assert.equal(answer.headers['vary'], 'Origin');
    }
  }
});

test('a node that leaves the set is nobody to the others at once, and they are nobody to it', async () => {
  lab.signSet(['fr1', 'de1']);
  for (const node of [fr1, de1, us1]) node.child.kill('SIGHUP');
  await until(async () => (await sources(fr1)).length === 4 && (await sources(de1)).length === 4, () => `still there:\n${fr1.log.slice(-2000)}`);
  assert.deepEqual(await sources(fr1), both('fr1', 'de1'));
  for (const node of [fr1, de1]) {
    assert.equal((await connect(node, us1.origin)).status, 403);
    assert.equal((await ask(node, '/api/v1/nodes/self', us1)).headers['access-control-allow-origin'], undefined);
    assert.equal((await ask(node, '/api/v1/meetings', { origin: us1.origin, method: 'OPTIONS' })).status, 405);
  }
  assert.equal((await connect(de1, fr1.origin)).status, 101);
});
