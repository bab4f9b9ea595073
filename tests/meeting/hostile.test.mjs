// A server that lies to clients which are as they are in the browser: each lie ends in its alarm, or in a
// refusal, within the time that docs/e2ee.md states. The liar signs its own log, so that no lie fails for want
// of a signature alone.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Server } from '../e2e/lib/server.mjs';
import { Liar } from './lib/liar.mjs';
import { modules, pause, randomBytes } from './lib/scripted_client.mjs';
import { Stage } from './lib/stage.mjs';

const { base64url, falseMeeting, fromBase64url, keysOfLink, pskId, readKeyPackage } = modules;
const binary = process.env.TEST_BINARY ?? 'build/release/incamera';
const isFull = process.env.TEST_KIND === 'full';
const server = new Server({ binary, port: 8424, mediaPort: 10480 });
const AT_ONCE_MS = 5000; // on a loaded machine
const REMOVE_MS = 5000;
const SILENCE_MS = 60_000;
const UNLISTED_MS = 40_000;
const SPLIT_MS = 60_000;
const SPEED = 6;
let port = 8425;

before(() => server.start());
after(async () => {
  assert.equal(await server.stop(), 0);
  server.forget();
});

/** A meeting behind a liar of its own, who is honest until told otherwise. */
function lie(name, alarms, play, options = {}) {
  test(name, options, async () => {
    const liar = await new Liar(server, port++).start();
    const stage = await new Stage(server, { through: liar }).open();
    try {
      await play(stage, liar);
      await stage.close({ alarms });
    } finally {
      stage.stop();
      await liar.stop();
    }
  });
}

async function three(stage) {
  const ana = await stage.host('Ana');
  const ben = await stage.admitted(ana, 'Ben');
  const cem = await stage.admitted(ana, 'Cem');
  return { ana, ben, cem };
}

/** The liar's end of somebody's socket. */
const lineOf = (liar, { said }) => {
  const { key_package: own } = said.findLast(({ type }) => type === 'knock');
  return liar.client(({ said: heard }) => heard.some(({ key_package: each }) => each === own));
};

const stopsSending = ({ frames }) => frames.at(-1)?.type === 'stop';

async function alarmOf(client, alarm, ms = AT_ONCE_MS) {
  const took = await client.until((view) => view.alarm === alarm, { ms, what: `the alarm ${alarm}` });
  return took;
}

/** What a liar does with each kind of message to some; the rest as before. */
function change(liar, type, to, rule) {
  const before = liar.toClient;
  liar.toClient = async (message, client) => {
    if (message.type !== type || !to.includes(client)) return before(message, client);
    return rule(message, () => before(message, client), client);
  };
}

// ---- at the door ----

for (const [how, psk] of [['with a guessed secret', randomBytes(32)], ['without the secret', null]])
  lie(`a meeting that the server made up, ${how}: nobody is deceived into it`, [], async (stage, liar) => {
    await stage.host('Ana');
    const ben = await stage.client('Ben');
    await ben.until(({ phase }) => phase === 'waiting');
    const line = lineOf(liar, ben);
    const { policy } = line.heard.find(({ type }) => type === 'waiting');
    const { key_package: keyPackage } = line.said[0];
    await liar.welcome(line, await falseMeeting({
      meeting: stage.place.meeting,
      policy: fromBase64url(policy),
      keyPackage: fromBase64url(keyPackage),
      psk,
    }));
    await ben.until(({ phase }) => phase === 'out', { ms: AT_ONCE_MS });
    assert.equal(ben.refusal, 'fake-meeting');
    assert.ok(!ben.frames.some(({ type }) => type === 'epoch'), 'no key came from it');
  });

lie('the same meeting with the right secret would be joined, but for who is in it', [], async (stage, liar) => {
  // What the two tests before lack is the secret alone.
  await stage.host('Ana');
  const ben = await stage.client('Ben', { hasSeat: false });
  await ben.until(({ phase }) => phase === 'waiting');
  const line = lineOf(liar, ben);
  const { meeting, secret } = stage.place;
  const { psk } = await keysOfLink(meeting, secret);
  const { policy } = line.heard.find(({ type }) => type === 'waiting');
  const keyPackage = fromBase64url(line.said[0].key_package);
  await liar.welcome(line, await falseMeeting({ meeting, policy: fromBase64url(policy), keyPackage, psk }));
  await ben.until(({ phase }) => phase === 'in');
  await ben.until(({ people }) => people[0].standing.kind === 'unverified' && people[0].name === '');
});

lie('another policy than that of the link: refused, whatever is in it', [], async (stage, liar) => {
  const ana = await stage.host('Ana');
  const before = liar.toClient;
  liar.toClient = async (message, client) => {
    if (message.type !== 'waiting') return before(message, client);
    const policy = fromBase64url(message.policy);
    policy[policy.length - 2] ^= 1; // the frame cipher
    return { ...(await before(message, client)), policy: base64url(policy) };
  };
  const ben = await stage.client('Ben');
  await ben.until(() => ben.refusal !== null, { ms: AT_ONCE_MS });
  assert.equal(ben.refusal, 'wrong-policy');
  assert.equal(ana.view.alarm, null);
});

lie('another log key in the middle: refused', [], async (stage, liar) => {
  await stage.host('Ana');
  const ben = await stage.client('Ben');
  await ben.until(({ phase }) => phase === 'waiting');
  const line = lineOf(liar, ben);
  const told = line.heard.find(({ type }) => type === 'waiting');
  line.tell({ ...told, log_key: (await modules.LogKeeper.of('localhost')).verifier });
  await ben.until(() => ben.refusal === 'broken', { ms: AT_ONCE_MS });
});

lie('a sealed identity that was exchanged: a person without a name, who gets no right', [], async (stage, liar) => {
  const ana = await stage.host('Ana');
  const ben = await stage.admitted(ana, 'Ben');
  const benBlob = await bytesOf(stage, ben);
  let isLie = true;
  liar.body = (path, bytes) => (isLie && path.includes('/blobs/') && bytes.length < 2000 ? benBlob : bytes);
  await stage.client('Eve');
  await ana.until(({ knockers }) => knockers.length === 1);
  const [{ name, standing, deviceKey }] = ana.view.knockers;
  assert.deepEqual([name, standing, deviceKey], ['', { kind: 'unverified', reason: 'missing' }, null]);
  isLie = false;
});

/** The sealed identity that the server keeps for somebody. */
async function bytesOf({ place }, { member }) {
  const { instance } = member;
  const { identityHash } = instance.member(instance.group.ownLeaf);
  const answer = await fetch(`${place.server.url}/api/v1/blobs/${base64url(identityHash)}`);
  assert.equal(answer.status, 200);
  return Buffer.from(await answer.arrayBuffer());
}

// ---- inside ----

lie('a ghost whom a member without authority lets in: refused by everybody', ['invalid-commit'], async (stage, liar) => {
  const { ana, ben, cem } = await three(stage);
  const eve = await stage.client('Eve');
  await ana.until(() => ana.knockerOf('Eve'));
  const read = await readKeyPackage(fromBase64url(eve.said[0].key_package));
  const { meeting, secret } = stage.place;
  const { psk } = await keysOfLink(meeting, secret);
  const { group } = ben.member.instance;
  const made = await group.propose({
    removes: [], adds: [read], psk: { id: pskId(meeting, 1), value: psk }, data: new Uint8Array(), icState: randomBytes(9),
  });
  for (const each of [ana, cem]) await liar.push(lineOf(liar, each), base64url(made.message));
  for (const each of [ana, cem]) {
    await alarmOf(each, 'invalid-commit');
    assert.deepEqual(each.names, ['Ana', 'Ben', 'Cem']);
    assert.ok(stopsSending(each));
  }
});

lie('a commit that the server made in the name of a host: a fork', ['fork'], async (stage, liar) => {
  const { ana, ben, cem } = await three(stage);
  // One that was real, with another signature under the same words.
  const line = lineOf(liar, ben);
  const real = fromBase64url(line.heard.findLast(({ type }) => type === 'commit').message);
  const forged = real.slice();
  forged[forged.length - 50] ^= 1;
  await liar.push(line, base64url(forged));
  await alarmOf(ben, 'fork');
  assert.ok(stopsSending(ben));
  assert.deepEqual([ana.view.alarm, cem.view.alarm], [null, null]);
});

/** From the next epoch on Ben and Dora are shown another history than Ana and Cem. `join` ends the lie. */
async function split(stage, liar, options) {
  const ana = await stage.host('Ana', options);
  const ben = await stage.admitted(ana, 'Ben', options);
  const cem = await stage.admitted(ana, 'Cem', options);
  const dora = await stage.admitted(ana, 'Dora', options);
  ana.act({ type: 'make-cohost', leaf: ana.leafOf('Ben') });
  await ben.until(({ mayAdmit }) => mayAdmit);
  await stage.together();
  const half = [lineOf(liar, ben), lineOf(liar, dora)];
  const other = liar.history.fork();
  liar.historyOf = (client) => (half.includes(client) ? other : liar.history);
  liar.toServer = async (message, client) => {
    if (message.type !== 'commit' || client !== half[0]) return message;
    for (const each of half) await liar.push(each, message.message);
    return null;
  };
  let isApart = true;
  change(liar, 'commit', half, (_, pass) => (isApart ? null : pass()));
  ana.act({ type: 'lock', on: true });
  ben.act({ type: 'lock', on: true });
  for (const each of [ana, ben, cem, dora]) await each.until(({ isLocked }) => isLocked);
  assert.equal(ana.view.epoch, ben.view.epoch);
  assert.equal(ana.view.code, cem.view.code);
  assert.equal(ben.view.code, dora.view.code);
  assert.notEqual(ana.view.code, ben.view.code, 'people who read their codes to each other find out');
  const join = () => {
    isApart = false;
  };
  return { ana, ben, cem, dora, half, join };
}

lie('two commits for one epoch, one for each half: other codes, and a fork when the halves meet', ['fork'], async (stage, liar) => {
  const { ana, ben, cem, dora, join } = await split(stage, liar);
  // What one half says the other cannot read, so the liar has to keep them apart for good.
  ana.act({ type: 'chat', text: 'to everybody' });
  await cem.until(() => cem.chats.length === 1);
  assert.deepEqual([ben.chats, dora.chats], [[], []]);
  join();
  ana.act({ type: 'lock', on: false });
  for (const each of [ben, dora]) {
    await alarmOf(each, 'fork');
    assert.ok(stopsSending(each));
  }
  assert.deepEqual([ana.view.alarm, cem.view.alarm], [null, null]);
});

for (const passesOn of [true, false])
  lie(`halves that are kept apart for good, and ${passesOn ? 'hear' : 'do not hear'} each other: all are told within a minute`, ['split'], async (stage, liar) => {
    const { ana, ben, cem, dora, half } = await split(stage, liar, { speed: SPEED });
    const [onward, back] = [liar.toServer, liar.toClient];
    const halfOf = new Map();
    liar.toServer = (message, client) => {
      if (message.type === 'message') halfOf.set(message.message, half.includes(client));
      return onward(message, client);
    };
    let crossed = 0;
    liar.toClient = (message, client) => {
      const isAcross = message.type === 'message' && halfOf.get(message.message) !== half.includes(client);
      crossed += isAcross && passesOn;
      return isAcross && !passesOn ? null : back(message, client);
    };
    const all = [ana, ben, cem, dora];
    const took = await Promise.all(all.map((each) => alarmOf(each, 'split', SPLIT_MS / SPEED + AT_ONCE_MS)));
    for (const ms of took) assert.ok(ms * SPEED > SPLIT_MS - 20_000, `${ms * SPEED} ms`);
    assert.equal(crossed > 0, passesOn);
    for (const each of all) assert.equal(each.names.length, 4, 'nobody is said to have left');
  });

lie('a removal that the server does not take: alarm after 5 s, and over when it comes', ['withheld-removal'], async (stage, liar) => {
  const { ana, ben, cem } = await three(stage);
  let isHeld = true;
  liar.toServer = (message) => (isHeld && message.type === 'commit' ? null : message);
  ana.act({ type: 'remove', leaf: ana.leafOf('Cem'), ban: false });
  const took = await alarmOf(ana, 'withheld-removal', REMOVE_MS + AT_ONCE_MS);
  assert.ok(took > REMOVE_MS - 500 && took < REMOVE_MS + 3000, `${took} ms`);
  assert.deepEqual([ben.view.alarm, cem.view.alarm], [null, null]);
  isHeld = false;
  await cem.until(({ phase }) => phase === 'out');
  await ana.until(({ alarm }) => alarm === null);
});

lie('a removal that was taken and is kept from a member: that one alone stays behind', ['withheld-removal', 'fork'], async (stage, liar) => {
  const { ana, ben, cem } = await three(stage);
  const line = lineOf(liar, ben);
  let isHeld = true;
  change(liar, 'commit', [line], (_, pass) => (isHeld ? null : pass()));
  ana.act({ type: 'remove', leaf: ana.leafOf('Cem'), ban: false });
  await cem.until(({ phase }) => phase === 'out');
  await ana.until(({ people }) => people.length === 2);
  assert.equal(ben.view.people.length, 3);
  ana.act({ type: 'chat', text: 'among us' });
  await pause(500);
  assert.deepEqual(ben.chats, [], 'nothing of the new epoch opens for the one left behind');
  isHeld = false;
  ana.act({ type: 'lock', on: true });
  await alarmOf(ben, 'fork');
  assert.ok(stopsSending(ben));
});

lie('a commit that was shown before: refused', ['invalid-commit'], async (stage, liar) => {
  const { ana, ben } = await three(stage);
  const line = lineOf(liar, ben);
  const { message } = line.heard.findLast(({ type }) => type === 'commit');
  line.tell({ type: 'commit', message, log: await liar.history.again(message) });
  await alarmOf(ben, 'invalid-commit');
  assert.ok(stopsSending(ben));
  assert.equal(ana.view.alarm, null);
});

const UNFIT = {
  'of another root': async (liar, head) => ({ ...head, checkpoint: (await liar.history.fork().again('AAAA')).checkpoint }),
  'of another size': async (_, head) => ({ ...head, size: head.size + 1 }),
  'that nobody signed': async (_, head) => ({ ...head, checkpoint: head.checkpoint.replace(/.(.{20}\n)$/, (end) => (end[0] === 'A' ? 'B' : 'A') + end.slice(1)) }),
  'of another log': async (_, head) => ({ ...head, checkpoint: head.checkpoint.replace('/m/', '/n/') }),
};
for (const [what, unfit] of Object.entries(UNFIT))
  lie(`a checkpoint ${what}: a fork`, ['fork'], async (stage, liar) => {
    const { ana, ben, cem } = await three(stage);
    change(liar, 'commit', [lineOf(liar, ben)], async (_, pass) => {
      const honest = await pass();
      return { ...honest, log: await unfit(liar, honest.log) };
    });
    ana.act({ type: 'lock', on: true });
    await alarmOf(ben, 'fork');
    assert.ok(stopsSending(ben));
    await cem.until(({ isLocked }) => isLocked);
    assert.deepEqual([ana.view.alarm, cem.view.alarm], [null, null]);
  });

lie('silence of all others: alarm after 60 to 100 s, and over with the first word', ['silence'], async (stage, liar) => {
  const { ana, ben } = await three(stage);
  const line = lineOf(liar, ben);
  let isSilent = true;
  for (const type of ['commit', 'message']) change(liar, type, [line], (_, pass) => (isSilent ? null : pass()));
  // People without media are listed as reconnecting after 30 s: that gives them up to 40 s more.
  const took = await alarmOf(ben, 'silence', SILENCE_MS + UNLISTED_MS + AT_ONCE_MS);
  assert.ok(took > SILENCE_MS - 15_000, `${took} ms`);
  assert.equal(ana.view.alarm, null);
  isSilent = false;
  await ben.until(({ alarm }) => alarm === null);
}, { skip: !isFull });
