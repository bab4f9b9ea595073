// A node is taken out of service, and nobody leaves: its meetings go to another node that their policy allows,
// handed over by the node itself. `incamera drain`, and a rolling upgrade.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { Lab, hostOf, pause, until } from './lib/lab.mjs';
import { clientOf, knock } from './lib/people.mjs';
import { blobOf, checkHead, commit, gather, isAt, isBack, refusal, restored } from './lib/calls.mjs';
import { lookUp } from './lib/entry.mjs';

const BINARY = resolve(process.env.TEST_BINARY ?? 'build/release/incamera');
const lab = new Lab();
const { fr1, de1, us1 } = lab.nodes;

before(() => lab.start());
after(() => lab.end());

/** The command on the machine of the node. { status, states, words, ms } */
function drain(node, ...args) {
  const began = Date.now();
  const words = ['drain', ...args, ...node.settings];
  const child = spawn(BINARY, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, errors] = ['', ''];
  child.stdout.on('data', (bytes) => (out += bytes));
  child.stderr.on('data', (bytes) => (errors += bytes));
  return new Promise((done) => {
    child.once('close', (status) => {
      const states = args.includes('--json') ? out.trim().split('\n').map((line) => JSON.parse(line)) : [];
      done({ status, out, errors, states, ms: Date.now() - began });
    });
  });
}

/** What the member hears next of this type; everything else is worked off. */
const hear = (member, type) => member.until(type, 8000);

/** They leave, so that no seat is kept for them. */
function part(members) {
  for (const member of members) member.say({ type: 'leave' });
}

/** Members keep the old socket until the new node has them, as the page does with its media. */
async function follow(members, node) {
  const sockets = members.map(({ socket }) => socket);
  for (const member of members) {
    const mine = await restored(member, node);
    assert.deepEqual([mine.leaf, mine.epoch], [member.leaf, member.epoch]);
    checkHead(member, mine.log);
  }
  for (const socket of sockets) socket.close();
}

test('a meeting goes to another node, and nobody leaves it', async () => {
  const { meeting, members } = await gather(lab, fr1, 3);
  const [ana, ben, cem] = members;
  const before = await lookUp(lab.bus, meeting);
  const { epoch } = ana;
  const began = Date.now();
  const drained = drain(fr1, hostOf('fr1'), '--timeout', '20', '--json');
  for (const member of members) assert.deepEqual(await hear(member, 'moving'), { type: 'moving', node: hostOf('de1') });
  const told = Date.now() - began;
  const entry = await lookUp(lab.bus, meeting);
  assert.ok(isAt(entry, de1));
  assert.equal(entry.generation, before.generation + 1n);
  assert.equal(entry.policy, before.policy);
  await assert.rejects(ana.commit(), /refused busy/); // fr1 has given it away, and knows
  await follow(members, de1);
  console.log(`figures: told ${told} ms after the command, three members there after ${Date.now() - began} ms`);
  assert.equal(ana.epoch, epoch);
  assert.equal((await lookUp(lab.bus, meeting)).generation, before.generation + 2n);
  const { status, states, errors } = await drained;
  assert.equal(status, 0, errors);
  assert.deepEqual({ ...states.at(-1) }, { state: 'done', alone: false, people: 0, guests: 0, meetings: 0, moving: 0, moved: 1, reason: null });
  await commit(ben, {});
  for (const other of [ana, cem]) await hear(other, 'commit');
  assert.deepEqual([ana.code, cem.code], [ben.code, ben.code]);
  for (const member of members) assert.ok(!member.types().some((type) => /^(gone|error)/.test(type)), member.types().join());

  assert.equal((await fetch(`${fr1.url}/readyz`)).status, 503); // nobody new there, and links lead away
  const link = await fetch(`${fr1.url}/m/${meeting.name}`, { redirect: 'manual' });
  assert.equal(link.headers.get('location'), `https://${hostOf('de1')}/m/${meeting.name}`);
  assert.match((await knock(fr1, meeting)).error, /busy/);
  assert.match((await refusal(cem, fr1)).code, /busy|node_refused/);
  const late = await knock(de1, meeting);
  assert.equal(late.error, undefined);
  await commit(ana, { add: [late.member] });
  await late.member.enter(blobOf(de1));
  assert.equal(late.member.code, ana.code);
  assert.equal(await fr1.end('SIGTERM'), 0);
  await isBack(fr1);
  part([...members, late.member]);
});

test('where no other node may have it, the meeting stays, its people are told, and the command says why', async () => {
  const { meeting, members: [ana, ben] } = await gather(lab, fr1, 2, ['FR']);
  const { status, states, ms } = await drain(fr1, '--timeout=2', '--json');
  assert.equal(status, 1);
  assert.ok(ms > 1900 && ms < 4000, `${ms} ms`);
  assert.deepEqual(states.at(-1), { state: 'over', alone: false, people: 2, guests: 0, meetings: 1, moving: 0, moved: 0, reason: 'draining' });
  await hear(ana, 'draining');
  await hear(ben, 'draining');
  assert.ok(isAt(await lookUp(lab.bus, meeting), fr1));
  await commit(ana); // and it goes on
  await hear(ben, 'commit');
  assert.equal(ana.code, ben.code);
  const words = await drain(fr1, '--timeout', '1');
  assert.equal(words.status, 1);
  assert.match(words.out, /Not drained after 1 s: 2 people in 1 meeting, of which 1 cannot move \(draining\): .*start one there/);
  assert.ok(![...ana.types(), ...ben.types()].includes('moving'));
  part([ana, ben]);
  assert.equal(await fr1.end('SIGTERM'), 0);
  await isBack(fr1);
});

test('kill -9 of the node that drains: its members go to the one that it has named', async () => {
  const { meeting, members } = await gather(lab, fr1, 2);
  const [ana, ben] = members;
  const drained = drain(fr1, '--json');
  await hear(ana, 'moving');
  await fr1.end('SIGKILL');
  const killed = Date.now();
  assert.equal((await drained).status, 1);
  for (const member of members) await restored(member, de1);
  assert.ok(Date.now() - killed < 1500, `${Date.now() - killed} ms`); // nobody has to be silent first
  await commit(ana);
  await hear(ben, 'commit');
  assert.equal(ana.code, ben.code);
  await isBack(fr1);
  assert.equal((await refusal(ana, fr1)).reason, 'taken_over');
  await restored(ana, de1);
  assert.ok(isAt(await lookUp(lab.bus, meeting), de1));
  part(members);
});

test('kill -9 of the node that is to have it: it has it when it is back, and the group does not fork', async () => {
  const { meeting, members } = await gather(lab, fr1, 2);
  const [ana, ben] = members;
  const drained = drain(fr1, '--json', '--timeout=15');
  await hear(ana, 'moving');
  await de1.end('SIGKILL');
  await assert.rejects(ana.commit(), /refused busy/); // fr1 does not take it back
  assert.equal((await drained).status, 0); // nobody is there after 10 s: they were told that it has moved
  await isBack(de1);
  for (const member of members) await restored(member, de1);
  await commit(ben);
  await hear(ana, 'commit');
  assert.equal(ana.code, ben.code);
  assert.ok(isAt(await lookUp(lab.bus, meeting), de1));
  part(members);
  assert.equal(await fr1.end('SIGTERM'), 0);
  await isBack(fr1);
});

test('rolling upgrade: one node after the other, and one call all the time', async () => {
  const { meeting, members } = await gather(lab, fr1, 2);
  const [ana, ben] = members;
  const generations = [(await lookUp(lab.bus, meeting)).generation];
  for (const [from, to] of [[fr1, de1], [de1, fr1]]) {
    const drained = drain(from, '--json');
    for (const member of members) assert.equal((await hear(member, 'moving')).node, hostOf(to.name));
    await follow(members, to);
    const { status, ms } = await drained;
    assert.equal(status, 0);
    console.log(`figures: ${from.name} drained in ${ms} ms`);
    assert.ok(ms < 5000, `${ms} ms`);
    assert.equal(await from.end('SIGTERM'), 0);
    await commit(ana);
    await hear(ben, 'commit');
    assert.equal(ana.code, ben.code);
    generations.push((await lookUp(lab.bus, meeting)).generation);
    await isBack(from);
  }
  assert.ok(generations[0] < generations[1] && generations[1] < generations[2]);
  assert.ok(isAt(await lookUp(lab.bus, meeting), fr1));
  for (const node of [fr1, de1, us1]) assert.doesNotMatch(node.log, /region_violation|AddressSanitizer|runtime error/);
  part(members);
});

test('a node takes no orders for another one, and says where to give them', async () => {
  const other = await drain(fr1, hostOf('de1'));
  assert.equal(other.status, 2);
  assert.match(other.errors, /the node of this machine is "fr1\.lab\.example\.org", not "de1\.lab\.example\.org"/);
  for (const wrong of [['--timeout', '0'], ['--timeout=x'], ['--timeout', '86401']]) {
    const { status, errors } = await drain(fr1, ...wrong);
    assert.equal(status, 2);
    assert.match(errors, /--timeout needs a number of seconds from 1 to 86400/);
  }
});

test('a node that is alone waits for its meetings to end, and says so', async () => {
  await us1.end('SIGTERM');
  const none = await drain(us1);
  assert.equal(none.status, 1);
  assert.match(none.errors, /No server runs with this data_dir/);
  const child = spawn(BINARY, ['serve', ...us1.settings], { stdio: ['ignore', 'ignore', 'pipe'] });
  us1.child = child;
  us1.log = '';
  child.stderr.on('data', (bytes) => (us1.log += bytes));
  us1.ended = new Promise((done) => child.once('close', done));
  await us1.says(/"started"/);
  const { members: [ana, ben] } = await gather(lab, us1, 2, ['US']);
  const { status, out } = await drain(us1, '--timeout=1');
  assert.equal(status, 1);
  assert.match(out, /This node is alone \(nats_url is not set\), so meetings cannot move\. Waiting: 2 people in 1 meeting\./);
  await hear(ana, 'draining');
  const drained = drain(us1, '--json');
  await pause(300);
  for (const member of [ana, ben]) member.say({ type: 'leave' });
  const { states } = await drained;
  assert.deepEqual(states.at(-1), { state: 'done', alone: true, people: 0, guests: 0, meetings: 0, moving: 0, moved: 0, reason: null });
  await until(async () => (await fetch(`${us1.url}/readyz`)).status === 503, () => 'ready');
});
