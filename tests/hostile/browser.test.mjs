// Real browsers and a server that lies: what people then see, and that nothing of them is sent when it
// must not be. The lies about messages are told by hostile_server.mjs in front of the real server, those
// about packets by the server itself (hostile_forwarder.c). Use: tests/hostile/run.sh

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';

import { Participant } from '../e2e/lib/browser.mjs';
import { hearsAll, seesAll } from '../e2e/lib/expect.mjs';
import { MediaFlows } from '../e2e/lib/media_flows.mjs';
import { actOn, answer, inLobby, makeMeeting, openPanel, says } from '../e2e/lib/meeting.mjs';
import { PEOPLE } from '../e2e/lib/people.mjs';
import { Server } from '../e2e/lib/server.mjs';
import { Liar } from '../meeting/lib/liar.mjs';
import { modules, randomBytes } from '../meeting/lib/scripted_client.mjs';
import { HostileServer } from './hostile_server.mjs';

const PORT = 8090;
const PATIENCE_MS = 60000; // where nothing is judged by time
const MARKED_MS = 2000 + 8000; // 2 s, and what a busy machine adds
const QUIET_MS = 2500;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const folder = mkdtempSync(join(tmpdir(), 'incamera-hostile-'));
const words = join(folder, 'word');
const packets = (word) => writeFileSync(words, `${word}\n`);

let server;
let hostile;
let flows;
let host, east, watcher, west;
let link;
const sessions = new Map();

before(async () => {
  packets('honest');
  process.env.TEST_HOSTILE = words;
  server = await new Server({ binary: process.env.TEST_BINARY ?? 'build/release/incamera_hostile', flags: ['--media-workers', '1'] }).start();
  hostile = await new HostileServer(server, PORT).start();
  flows = new MediaFlows(server.mediaPort);
  [host, east, watcher, west] = await Promise.all(PEOPLE.slice(0, 4).map((person) => Participant.open(person)));
  for (const p of [host, east, watcher, west]) p.page.setDefaultTimeout(PATIENCE_MS);
});

after(async () => {
  await Promise.all([host, east, watcher, west].map((p) => p?.close().catch(() => {})));
  await hostile?.stop();
  flows?.stop();
  await server?.stop();
  server?.forget();
  rmSync(folder, { recursive: true, force: true });
});

afterEach(() => {
  packets('honest');
  hostile.behave();
});

/** By the link to the door; `control` is 'use-devices' or 'without-devices'. */
async function knock(p, control = 'use-devices', to = link) {
  await p.page.goto('about:blank');
  await p.page.goto(to);
  await p.click(control);
  await p.typeName();
  await p.until('ready', () => document.querySelector('[data-control="join"]')?.disabled === false, PATIENCE_MS);
  await p.click('join');
}

async function comeIn(p, control) {
  await knock(p, control);
  await inLobby(p, PATIENCE_MS);
  sessions.set(p, sessionOf(hostile.client()));
  await answer(host, p.person.name, 'admit', PATIENCE_MS);
  await p.connected(PATIENCE_MS);
}

const sessionOf = ({ said, heard }) =>
  heard.find(({ type }) => type === 'waiting')?.session ?? said.find(({ type }) => type === 'resume')?.session;

/** All lines of somebody's browser, of which the last is open: it opens another one when one is cut. */
const linesOf = (p) => hostile.clients.filter((each) => sessionOf(each) === sessions.get(p));
const lineOf = (p) => linesOf(p).at(-1);

const rtpOf = async (p) => {
  const { audio, video } = await p.sent();
  return audio + video;
};

/** Of nobody but `others`, by the kernel's count; of p by its own. */
async function sendsNothing(p, others) {
  await sleep(500);
  const [first, ...counts] = [flows.rtpSources(), await rtpOf(p)];
  const before = await Promise.all(others.map(rtpOf));
  await sleep(QUIET_MS);
  assert.equal((await rtpOf(p)) - counts[0], 0, `${p.person.name} sends`);
  const senders = [...flows.rtpSources()].filter(([name, count]) => count > (first.get(name) ?? 0));
  assert.ok(senders.length <= others.length, `RTP from ${JSON.stringify(senders)}`);
  const after = await Promise.all(others.map(rtpOf));
  assert.ok(others.every((_, i) => after[i] > before[i]), 'the control: the others send');
}

const isMarked = (p, name, ms = MARKED_MS) =>
  p.until(`${name} is marked`, (n) => {
    const tile = [...document.querySelectorAll('.tile')].find((each) => each.textContent.includes(n));
    return tile?.querySelector('[data-undecodable]') != null && tile.querySelector('video') === null;
  }, ms, name);

const noneIsMarked = (p) => p.until('nobody is marked', () => document.querySelector('[data-undecodable]') === null, PATIENCE_MS);
const alarm = (p, kind, ms = PATIENCE_MS) => p.until(`the alarm ${kind}`, (k) => document.querySelector(`[data-banner="alarm"][data-alarm="${k}"]`) !== null, ms, kind);
const noneIsAlarmed = async (...all) => {
  for (const p of all) assert.equal(await p.evaluate(() => document.querySelector('[data-banner="alarm"]')), null, p.person.name);
};

test('an honest beginning, by way of the proxy; a ghost in the list of the server is nobody', async () => {
  ({ link } = await makeMeeting(host, hostile.url, 'lobby'));
  await host.prepare(link);
  await host.click('join');
  await host.connected(PATIENCE_MS);
  sessions.set(host, sessionOf(hostile.client()));
  await comeIn(east);
  const ghost = { peer: 'Z2hvc3QtMDA', leaf: 9, state: 'connected', microphone: true, camera: true };
  let isTold = false;
  hostile.toClient = (message, client) => {
    if (message.type !== 'peers' || client !== hostile.clients.at(-1)) return message;
    isTold = true;
    return { ...message, peers: [...message.peers, ghost] };
  };
  await comeIn(watcher, 'without-devices');
  await seesAll(watcher, [host, east], PATIENCE_MS);
  await hearsAll(watcher, [host, east], PATIENCE_MS);
  assert.ok(isTold, 'the lie was told');
  assert.equal(await watcher.evaluate(() => document.querySelectorAll('.tile').length), 3);
  await hearsAll(host, [east], PATIENCE_MS);
});

test('swapped tracks: each picture stays with the name of the key that opens it', async () => {
  packets('swap');
  await sleep(3000);
  await seesAll(watcher, [host, east], PATIENCE_MS);
  packets('honest');
  await seesAll(watcher, [host, east], PATIENCE_MS);
});

test('swapped names in the map of slots: likewise', async () => {
  const heard = linesOf(watcher).flatMap((each) => each.heard);
  const slots = new Map(heard.filter((m) => m.type === 'slots').flatMap((m) => m.slots).map((each) => [each.mid, each]));
  const taken = [...slots.values()].filter((each) => each.peer !== null);
  const peers = [...new Set(taken.map((each) => each.peer))];
  assert.equal(peers.length, 2);
  lineOf(watcher).tell({ type: 'slots', slots: taken.map((each) => ({ ...each, peer: peers[1 - peers.indexOf(each.peer)] })) });
  await sleep(1000);
  await seesAll(watcher, [host, east], PATIENCE_MS);
  lineOf(watcher).tell({ type: 'slots', slots: taken });
  await seesAll(watcher, [host, east], PATIENCE_MS);
});

for (const [word, what] of [
  ['plaintext', 'frames that were never encrypted'],
  ['tamper', 'frames of which a bit was changed'],
  ['kind', 'a picture in place of a sound'],
]) {
  test(`${what}: blanked and marked, nothing is rendered, nobody is alarmed; and it ends`, async () => {
    packets(word);
    for (const each of [host, east]) await isMarked(watcher, each.person.name);
    assert.deepEqual(await watcher.tones([host.person.tone, east.person.tone], 1200), []);
    await noneIsAlarmed(host, east, watcher);
    packets('honest');
    await noneIsMarked(watcher);
    await seesAll(watcher, [host, east], PATIENCE_MS);
    await hearsAll(watcher, [host, east], PATIENCE_MS);
  });
}

test('replayed sound: none of it is heard, pictures go on', async () => {
  packets('replay');
  await sleep(2000);
  assert.deepEqual(await watcher.tones([host.person.tone, east.person.tone], 1500), []);
  await seesAll(watcher, [host, east], PATIENCE_MS);
  packets('honest');
  await hearsAll(watcher, [host, east], PATIENCE_MS);
});

test('a swapped identity: somebody unverified without a name is at the door', async () => {
  hostile.body = (path, bytes) => (path.startsWith('/api/v1/blobs/') ? Buffer.from(bytes).reverse() : bytes);
  await knock(west);
  await inLobby(west, PATIENCE_MS);
  await openPanel(host, 'people');
  await host.until('somebody unverified', () => document.querySelector('.caller [data-standing="unverified"]') !== null, PATIENCE_MS);
  assert.equal(await host.evaluate((name) => document.querySelector('.caller').textContent.includes(name), west.person.name), false);
  await west.click('leave');
});

const flip = (text) => {
  const bytes = Buffer.from(text, 'base64url');
  bytes[bytes.length - 20] ^= 1;
  return bytes.toString('base64url');
};

test('another policy than that of the link: refused, nothing is sent', async () => {
  hostile.toClient = (message) => (message.type === 'waiting' ? { ...message, policy: flip(message.policy) } : message);
  await knock(west);
  await says(west, /wrong-policy/, PATIENCE_MS);
  await sendsNothing(west, [host, east]);
});

test('a Welcome of which a bit was changed: refused, nothing is sent', async () => {
  hostile.toClient = (message) => (message.type === 'welcome' ? { ...message, welcome: flip(message.welcome) } : message);
  await knock(west);
  await inLobby(west, PATIENCE_MS);
  await answer(host, west.person.name, 'admit', PATIENCE_MS);
  await says(west, /untrusted/, PATIENCE_MS);
  await sendsNothing(west, [host, east]);
});

test('a meeting that the server made up: refused, nothing is sent', async () => {
  const liar = await new Liar(server, PORT + 1).start();
  try {
    await knock(west, 'use-devices', link.replace(hostile.url, liar.url));
    await inLobby(west, PATIENCE_MS);
    const line = liar.client();
    const { meeting, key_package: keyPackage } = line.said[0];
    const { policy } = line.heard.find(({ type }) => type === 'waiting');
    await liar.welcome(line, await modules.falseMeeting({
      meeting: modules.fromBase64url(meeting),
      policy: modules.fromBase64url(policy),
      keyPackage: modules.fromBase64url(keyPackage),
      psk: randomBytes(32),
    }));
    await says(west, /fake-meeting/, PATIENCE_MS);
    await sendsNothing(west, [host, east]);
  } finally {
    await liar.stop();
  }
});

test('a Remove that is held back: the one who removed stops sending, under a red banner', async () => {
  const held = [];
  hostile.toClient = (message, client) => {
    if (client !== lineOf(host) || message.type !== 'commit') return message;
    held.push(message);
    return null;
  };
  await actOn(host, watcher.person.name, 'remove', 'remove-now');
  await alarm(host, 'withheld-removal');
  await sendsNothing(host, [east]);
  hostile.behave();
  for (const message of held) lineOf(host).tell(message);
  await host.until('the alarm is over', () => document.querySelector('[data-banner="alarm"]') === null, PATIENCE_MS);
  await seesAll(east, [host], PATIENCE_MS);
});

test('a checkpoint of another history: sending stops, under a red banner', async () => {
  hostile.toClient = (message, client) => {
    if (client !== lineOf(east) || message.type !== 'commit') return message;
    const lines = message.log.checkpoint.split('\n');
    lines[2] = Buffer.from(lines[2], 'base64').reverse().toString('base64');
    return { ...message, log: { ...message.log, checkpoint: lines.join('\n') } };
  };
  await comeIn(west);
  await alarm(east, 'fork');
  await sendsNothing(east, [host, west]);
});
