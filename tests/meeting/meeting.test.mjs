// What people do in a meeting, by clients without media over the real server: in and out, and back again.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Server } from '../e2e/lib/server.mjs';
import { makeKeys, modules, pause } from './lib/scripted_client.mjs';
import { on } from './lib/stage.mjs';

const { fromBase64url, pkcs8OfSeed, seedOfPkcs8 } = modules;
const binary = process.env.TEST_BINARY ?? 'build/release/incamera';
const server = new Server({ binary, port: 8420, mediaPort: 10420 });
const BACK_MS = 2000; // docs/protocol/signalling.md 3.8
const hosted = (play) => on(() => server, {}, play);
const unhosted = (play) => on(() => server, { isHosted: false }, play);

before(() => server.start());
after(async () => {
  assert.equal(await server.stop(), 0, server.log.slice(-2000));
  server.forget();
});

const commitsHeard = ({ heard }) => heard.filter(({ type }) => type === 'commit').length;
const refusals = ({ heard }) =>
  heard.filter(({ type }) => type === 'refused').map(({ what, reason }) => `${what} ${reason}`);

// ---- in ----

test('a host begins, guests knock with a note and are admitted, all see the same', hosted(async (stage) => {
  const ben = await stage.client('Ben');
  await ben.until(({ phase }) => phase === 'waiting-for-host');
  ben.act({ type: 'note', text: 'from the office' });
  const ana = await stage.host('Ana');
  await ana.until(() => ana.knockerOf('Ben').note === 'from the office');
  await ben.until(({ phase }) => phase === 'waiting');
  const cem = await stage.client('Cem');
  await ana.until(({ knockers }) => knockers.length === 2);
  ana.act({ type: 'admit', knocks: ana.view.knockers.map(({ knock }) => knock) });
  for (const each of [ben, cem]) await each.until(({ phase }) => phase === 'in');
  await stage.together();
  assert.deepEqual(cem.names, ['Ana', 'Ben', 'Cem']);
  assert.equal(ana.view.epoch, 1, 'both came in with one commit');
  assert.match(ana.view.code, /^\d{5}( ?\d{5}){5}$/);
  assert.deepEqual(ben.view.people.map(({ isHost }) => isHost), [true, false, false]);
  assert.deepEqual([ana.view.mayAdmit, ben.view.mayAdmit, ben.view.isHosted], [true, false, true]);
}));

test('whoever is declined is told so, and nobody else is troubled', hosted(async (stage) => {
  const ana = await stage.host('Ana');
  const eve = await stage.client('Eve');
  await ana.until(() => ana.knockerOf('Eve'));
  ana.act({ type: 'decline', knock: ana.knockerOf('Eve').knock });
  await eve.until(({ phase }) => phase === 'out');
  assert.deepEqual(eve.errors, ['declined']);
  await ana.until(({ knockers }) => knockers.length === 0);
  assert.equal(ana.view.epoch, 0);
  await stage.admitted(ana, 'Ben');
}));

test('a meeting without a host lets everybody with the link in', unhosted(async (stage) => {
  const ana = await stage.client('Ana');
  await ana.until(({ phase }) => phase === 'in');
  const ben = await stage.client('Ben');
  await ben.until(({ phase }) => phase === 'in');
  await stage.together();
  assert.deepEqual(ana.names, ['Ana', 'Ben']);
}));

test('two who come first at the same moment end in one group', unhosted(async (stage) => {
  const both = await Promise.all(['Ana', 'Ben'].map((name) => stage.client(name)));
  for (const each of both) await each.until(({ people }) => people.length === 2);
  await stage.together();
}));

test('of more than there is room for, as many come in as fit, and the rest when somebody leaves', async () => {
  const small = new Server({ binary, port: 8430, mediaPort: 10440, flags: ['--meeting-members-max', '3'] });
  await small.start();
  await on(() => small, {}, async (stage) => {
    const ana = await stage.host('Ana');
    const ben = await stage.admitted(ana, 'Ben');
    const two = await Promise.all(['Cem', 'Dan'].map((name) => stage.client(name)));
    await ana.until(({ knockers }) => knockers.length === 2);
    ana.act({ type: 'admit', knocks: ana.view.knockers.map(({ knock }) => knock) });
    await ana.until(({ people, isFull }) => people.length === 3 && isFull);
    assert.deepEqual(two.map(({ phase }) => phase).sort(), ['in', 'waiting'], 'one of them, and the other waits');
    assert.equal(ana.view.epoch, 2);
    await ben.leave();
    for (const each of two) await each.until(({ phase }) => phase === 'in');
    await stage.together();
    assert.equal(ana.view.isFull, false);
  })();
  assert.equal(await small.stop(), 0, small.log.slice(-2000));
  small.forget();
});

// ---- out ----

test('whoever is removed may knock again; whoever is banned may not, under any name', hosted(async (stage) => {
  const ana = await stage.host('Ana');
  const eve = await stage.admitted(ana, 'Eve');
  const ben = await stage.admitted(ana, 'Ben');
  ana.act({ type: 'remove', leaf: ana.leafOf('Eve'), ban: false });
  await eve.until(({ phase }) => phase === 'out');
  assert.ok(eve.errors.includes('removed'));
  const { device } = eve;
  const again = await stage.admitted(ana, 'Eve', { device });
  ana.act({ type: 'remove', leaf: ana.leafOf('Eve'), ban: true });
  await again.until(({ phase }) => phase === 'out');
  await ben.until(({ people }) => people.length === 2);
  await stage.together();
  assert.deepEqual(ben.names, ['Ana', 'Ben']);
  // A new leaf, another name, the same device: nobody is even asked.
  const mallory = await stage.client('Mallory', { device });
  await mallory.until(({ phase }) => phase === 'out');
  assert.deepEqual(mallory.errors, ['declined']);
  // Nor as somebody who only loads the page again.
  const back = await stage.client('Eve', { device, replaces: again.session });
  await back.until(({ phase }) => phase === 'out');
  assert.deepEqual(back.errors, ['declined']);
  // Another device is somebody else, as far as anybody can tell.
  await stage.admitted(ana, 'Eve');
}));

test('whoever leaves is removed at once, and so is a page that does not come back', hosted(async (stage) => {
  const ana = await stage.host('Ana');
  const ben = await stage.admitted(ana, 'Ben');
  const cem = await stage.admitted(ana, 'Cem');
  await ben.leave();
  const left = await ana.until(({ people }) => people.length === 2);
  assert.ok(left < 2000, `${left} ms`);
  cem.disconnect({ isPageGone: true });
  const gone = await ana.until(({ people }) => people.length === 1);
  assert.ok(gone > 3000 && gone < 8000, `${gone} ms`);
}));

// ---- lock, link ----

test('a locked meeting lets nobody new in until it is unlocked', hosted(async (stage) => {
  const ana = await stage.host('Ana');
  const ben = await stage.admitted(ana, 'Ben');
  ana.act({ type: 'lock', on: true });
  await ben.until(({ isLocked }) => isLocked);
  const cem = await stage.client('Cem');
  await ana.until(() => ana.knockerOf('Cem'));
  ana.act({ type: 'admit', knocks: [ana.knockerOf('Cem').knock] });
  await pause(1500);
  assert.equal(cem.phase, 'waiting');
  assert.equal(ana.view.epoch, 2);
  ana.act({ type: 'lock', on: false });
  await cem.until(({ phase }) => phase === 'in');
  await stage.together();
}));

test('a new link ends the old one, for those outside', hosted(async (stage) => {
  const ana = await stage.host('Ana');
  const ben = await stage.admitted(ana, 'Ben');
  const waiting = await stage.client('Wim');
  await ana.until(() => ana.knockerOf('Wim'));
  ana.act({ type: 'new-link' });
  for (const each of [ana, ben]) await each.until(({ generation }) => generation === 2);
  assert.deepEqual(ana.view.newSecret, ben.view.newSecret);
  await waiting.until(({ phase }) => phase === 'out');
  const late = await stage.client('Lea');
  await late.until(({ phase }) => phase === 'out');
  assert.deepEqual([waiting.errors, late.errors], [['link_expired'], ['link_expired']]);
  const place = { ...stage.place, secret: ana.view.newSecret };
  const cem = await stage.admitted(ana, 'Cem', {}, place);
  assert.deepEqual(cem.names, ['Ana', 'Ben', 'Cem'], 'those of the first link have names for the newcomer');
}));

// ---- back again ----

test('a page that is loaded again comes back in one commit, unasked, though it is locked', hosted(async (stage) => {
  const ana = await stage.host('Ana');
  const ben = await stage.admitted(ana, 'Ben');
  const cem = await stage.admitted(ana, 'Cem');
  ana.act({ type: 'lock', on: true });
  await ben.until(({ isLocked }) => isLocked);
  const [before, leaf] = [commitsHeard(cem), ben.leaf];
  const again = await stage.reload(ben);
  const took = await again.until(({ phase }) => phase === 'in');
  await stage.together();
  assert.ok(took < 3000, `${took} ms`);
  assert.equal(commitsHeard(cem), before + 1);
  assert.deepEqual(cem.names, ['Ana', 'Ben', 'Cem']);
  assert.equal(again.leaf, leaf);
}));

test('a host alone loads the page again: a new instance at once, and who waits still waits', hosted(async (stage) => {
  const ana = await stage.host('Ana');
  const { code } = ana.view;
  const ben = await stage.client('Ben');
  await ana.until(() => ana.knockerOf('Ben'));
  const again = await stage.reload(ana);
  const took = await again.until(({ phase }) => phase === 'in');
  assert.ok(took < BACK_MS, `${took} ms`);
  assert.deepEqual([again.view.epoch, again.view.code === code], [0, false]);
  await again.until(() => again.knockerOf('Ben'));
  again.act({ type: 'admit', knocks: [again.knockerOf('Ben').knock] });
  await ben.until(({ phase }) => phase === 'in');
  await stage.together();
}));

test('a host alone moves to another tab, or leaves a dead socket behind: in again at once', hosted(async (stage) => {
  const ana = await stage.host('Ana');
  const { device, session } = ana;
  const again = await stage.client('Ana', { device, host: stage.place.host, replaces: session });
  const took = await again.until(({ phase }) => phase === 'in');
  assert.ok(took < BACK_MS, `${took} ms`);
  await ana.until(({ phase }) => phase === 'out');
  assert.deepEqual(ana.errors, ['taken_over']);
}));

test('a stranger with the link ends nobody’s meeting, while its only member has no network', hosted(async (stage) => {
  const ana = await stage.host('Ana');
  ana.disconnect();
  const waiting = await stage.client('Eve');
  await waiting.until(({ phase }) => phase === 'waiting-for-host');
  const eve = await stage.client('Ana', { replaces: waiting.session });
  await eve.until(({ phase }) => phase === 'waiting-for-host');
  await pause(500);
  ana.connect();
  await ana.until(() => ana.heard.some(({ type }) => type === 'resumed'));
  assert.equal(ana.phase, 'in');
  await stage.admitted(ana, 'Ben');
}));

test('a host with guests loads the page again and goes on as host', hosted(async (stage) => {
  const ana = await stage.host('Ana');
  const ben = await stage.admitted(ana, 'Ben');
  const again = await stage.reload(ana);
  const took = await again.until(({ phase }) => phase === 'in');
  assert.ok(took < 3000, `${took} ms`);
  await stage.together();
  assert.deepEqual(ben.names, ['Ana', 'Ben']);
  await stage.admitted(again, 'Cem');
}));

test('the host link opens the meeting on a second device, though it is locked', hosted(async (stage) => {
  const host = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
  const seed = seedOfPkcs8(new Uint8Array(await crypto.subtle.exportKey('pkcs8', host.privateKey)));
  const raw = new Uint8Array(await crypto.subtle.exportKey('raw', host.publicKey));
  const imported = {
    privateKey: await crypto.subtle.importKey('pkcs8', pkcs8OfSeed(seed), 'Ed25519', false, ['sign']),
    publicKey: await crypto.subtle.importKey('raw', raw, 'Ed25519', true, ['verify']),
  };
  await stage.open({ hostKeys: host });
  const ana = await stage.host('Ana');
  const ben = await stage.admitted(ana, 'Ben');
  ana.act({ type: 'lock', on: true });
  await ben.until(({ isLocked }) => isLocked);
  const phone = await stage.client('Ana', { host: imported });
  await phone.until(({ phase }) => phase === 'in');
  await stage.together();
  assert.deepEqual(phone.view.people.map(({ isHost }) => isHost), [true, false, true]);
  phone.act({ type: 'lock', on: false });
  await ben.until(({ isLocked }) => !isLocked);
  await stage.admitted(phone, 'Cem');
}));

test('while the host is gone newcomers wait for one, and the host comes back without asking', hosted(async (stage) => {
  const ana = await stage.host('Ana');
  const { device } = ana;
  const ben = await stage.admitted(ana, 'Ben');
  await ana.leave();
  await ben.until(({ people }) => people.length === 1);
  const cem = await stage.client('Cem');
  await cem.until(({ phase }) => phase === 'waiting-for-host');
  const again = await stage.host('Ana', { device });
  await cem.until(({ phase }) => phase === 'waiting');
  await again.until(() => again.knockerOf('Cem'));
  again.act({ type: 'admit', knocks: [again.knockerOf('Cem').knock] });
  await cem.until(({ phase }) => phase === 'in');
  await stage.together();
  assert.deepEqual(cem.names, ['Ana', 'Ben', 'Cem']);
}));

test('when the last one has left, the next one begins a new group', unhosted(async (stage) => {
  const ana = await stage.client('Ana');
  await ana.until(({ phase }) => phase === 'in');
  const ben = await stage.client('Ben');
  await ben.until(({ phase }) => phase === 'in');
  await stage.together();
  const { code } = ana.view;
  await ana.leave();
  await ben.until(({ people }) => people.length === 1);
  await ben.leave();
  const cem = await stage.client('Cem');
  await cem.until(({ phase }) => phase === 'in');
  assert.equal(cem.view.epoch, 0);
  assert.notEqual(cem.view.code, code);
  await cem.until(() => cem.names.join() === 'Cem');
}));

// ---- several who act ----

test('a co-host admits, also while the host is gone', hosted(async (stage) => {
  const ana = await stage.host('Ana');
  const ben = await stage.admitted(ana, 'Ben');
  ana.act({ type: 'make-cohost', leaf: ana.leafOf('Ben') });
  await ben.until(({ mayAdmit }) => mayAdmit);
  await ana.until(({ people }) => people.every(({ isHost }) => isHost));
  const cem = await stage.admitted(ben, 'Cem');
  await ana.leave();
  await ben.until(({ people }) => people.length === 2);
  await stage.admitted(ben, 'Dora');
  assert.ok(cem.view.people.some(({ name, isHost }) => name === 'Ben' && isHost));
}));

test('of two commits at the same moment one is refused, made anew, and nothing is lost', hosted(async (stage) => {
  const ana = await stage.host('Ana');
  const ben = await stage.admitted(ana, 'Ben');
  const cem = await stage.admitted(ana, 'Cem');
  ana.act({ type: 'make-cohost', leaf: ana.leafOf('Ben') });
  await ben.until(({ mayAdmit }) => mayAdmit);
  let lost = 0;
  for (let round = 0; round < 8; round++) {
    const { epoch } = ana.view;
    const on = round % 2 === 0;
    const dora = await stage.client(`Dora ${round}`, {});
    await ana.until(({ knockers }) => knockers.length > 0);
    ana.act({ type: 'lock', on });
    ben.act({ type: 'new-link' });
    await cem.until((view) => view.isLocked === on && view.generation === round + 2);
    assert.equal(cem.view.epoch, epoch + 2);
    await dora.until(({ phase }) => phase === 'out');
    lost += [...refusals(ana), ...refusals(ben)].length;
    await stage.together();
    stage.place = { ...stage.place, secret: ana.view.newSecret };
  }
  assert.ok(lost > 0, 'no two commits ever met');
  assert.ok([...refusals(ana), ...refusals(ben)].every((each) => each === 'commit epoch'));
}));

test('chat, hands, reactions and names reach everybody, and nobody who was not there', hosted(async (stage) => {
  const ana = await stage.host('Ana');
  const ben = await stage.admitted(ana, 'Ben');
  ana.act({ type: 'chat', text: 'before Cem' });
  await ben.until(() => ben.chats.includes('before Cem'));
  const cem = await stage.admitted(ana, 'Cem');
  ben.act({ type: 'chat', text: 'grüß Gott 👋' });
  ben.act({ type: 'hand', up: true });
  ben.act({ type: 'rename', name: 'Benedikt' });
  for (const each of [ana, cem]) {
    await each.until(() => each.chats.includes('grüß Gott 👋'));
    await each.until(() => each.names.includes('Benedikt'));
    await each.until(({ people }) => people.some(({ name, handUpAt }) => name === 'Benedikt' && handUpAt !== null));
  }
  assert.deepEqual(cem.chats, ['grüß Gott 👋']);
  const dora = await stage.admitted(ana, 'Dora');
  await dora.until(() => dora.names.includes('Benedikt'));
  await dora.until(({ people }) => people.some(({ handUpAt }) => handUpAt !== null));
}));

// ---- the network, the server ----

test('what happens while the network is gone is made up for', hosted(async (stage) => {
  const ana = await stage.host('Ana');
  const ben = await stage.admitted(ana, 'Ben');
  ben.disconnect();
  ben.act({ type: 'chat', text: 'said without a network' });
  await stage.client('Cem');
  await ana.until(() => ana.knockerOf('Cem'));
  ana.act({ type: 'admit', knocks: [ana.knockerOf('Cem').knock] });
  await ana.until(({ people }) => people.length === 2 + 1);
  ben.connect();
  await ben.until(({ people }) => people.length === 3);
  await stage.together();
  await ana.until(() => ana.chats.includes('said without a network'));
}));

test('after kill -9 of the server the group lives on, and its epochs and log with it', async () => {
  const own = await new Server({ binary, port: 8421, mediaPort: 10440 }).start();
  await on(() => own, {}, async (stage) => {
    const ana = await stage.host('Ana');
    const ben = await stage.admitted(ana, 'Ben');
    const cem = await stage.admitted(ana, 'Cem');
    const { epoch, code } = ana.view;
    const size = ana.member.instance.log.size;
    await own.stop('SIGKILL');
    await own.start();
    for (const each of [ana, ben, cem]) await each.until(() => each.heard.some(({ type }) => type === 'resumed'));
    assert.deepEqual([ana.view.epoch, ana.view.code], [epoch, code]);
    ben.act({ type: 'chat', text: 'still here' });
    await cem.until(() => cem.chats.includes('still here'));
    const dora = await stage.admitted(ana, 'Dora');
    assert.equal(dora.view.epoch, epoch + 1);
    assert.equal(ana.member.instance.log.size, size + 1);
    ana.act({ type: 'remove', leaf: ana.leafOf('Cem'), ban: true });
    await cem.until(({ phase }) => phase === 'out');
    await ben.until(() => !ben.names.includes('Cem'));
    await stage.together();
    assert.deepEqual(ben.names, ['Ana', 'Ben', 'Dora']);
  })();
  assert.equal(await own.stop(), 0);
  own.forget();
});
