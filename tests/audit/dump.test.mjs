// Does the server ever hold what would open a meeting? Real browsers with the audit build of the client,
// and dumps of the server's memory at five moments, which are searched for every key that the browsers
// used. The server is incamera_tap: the product, with two taps beside it (README.md).
// Use: tests/audit/run.sh short|full

import assert from 'node:assert/strict';
import { copyFileSync, appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Participant } from '../e2e/lib/browser.mjs';
import { allSeeAndHear } from '../e2e/lib/expect.mjs';
import { actOn, answer, inLobby, makeMeeting, openPanel, says } from '../e2e/lib/meeting.mjs';
import { PEOPLE } from '../e2e/lib/people.mjs';
import { Server } from '../e2e/lib/server.mjs';
import { DebugPort } from './lib/debug_port.mjs';
import { baseKeyOf, frameKeys, opens, readHeader } from './lib/sframe_keys.mjs';
import { anyKey, dumpTo, hopKeys, needles, payloads } from './lib/tools.mjs';

const IS_FULL = process.env.AUDIT_KIND === 'full';
const MARK = 'incamera-audit';
const CHAT = ['The canary sings at 4:17, says Aurelia.', 'Only two of us hear this: marmalade.'];
const NAMES = ['Aurelia Thistlewood', 'Balthazar Quimby', 'Cosima Wetherall'];
const FRAMES_MIN = IS_FULL ? 3000 : 500;
const CALL_MS = IS_FULL ? 30000 : 4000;
const PIECE_BYTES = 64;
const PATIENCE_MS = 60000; // nothing here is judged by time

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const folder = mkdtempSync(join(tmpdir(), 'incamera-audit-'));
const tap = join(folder, 'tap');
const hop = join(folder, 'hop');
const port = new DebugPort();
const dumps = {};
const figures = {};
let server;
let people = [];

before(async () => {
  Object.assign(process.env, { TEST_TAP: tap, TEST_HOP_KEYS: hop });
  server = await new Server({ binary: process.env.TEST_BINARY ?? 'build/release/incamera_tap', flags: ['--media-workers', '1'] }).start();
  people = await Promise.all(NAMES.map((name, i) => Participant.open({ ...PEOPLE[i], name })));
  for (const p of people) {
    p.page.setDefaultTimeout(PATIENCE_MS);
    await port.attach(p);
  }
});

after(async () => {
  await Promise.all(people.map((p) => p.close().catch(() => {})));
  await server?.stop();
  server?.forget();
  rmSync(folder, { recursive: true, force: true });
  console.log(`figures ${JSON.stringify(figures)}`);
});

async function dump(moment) {
  const file = await dumpTo(join(folder, moment), server.process.pid);
  dumps[moment] = file;
  figures.dumpMiB = { ...figures.dumpMiB, [moment]: Math.round(statSync(file).size / 2 ** 20) };
}

async function say(p, text) {
  await openPanel(p, 'chat');
  await p.until('the field of the chat', () => document.querySelector('.chat-field textarea') !== null, PATIENCE_MS);
  await p.evaluate((t) => {
    const field = document.querySelector('.chat-field textarea');
    field.value = t;
    field.dispatchEvent(new InputEvent('input', { bubbles: true }));
  }, text);
  await p.click('send-chat');
}

test('the debug port is in the audit build, and not in the release build', () => {
  const bytes = (dist) => readdirSync(`web/${dist}/assets`).map((file) => readFileSync(`web/${dist}/assets/${file}`, 'latin1')).join('');
  assert.ok(bytes('dist-audit').includes(MARK), 'the audit build has no debug port');
  assert.ok(!bytes('dist').includes(MARK), 'the release build has a debug port');
});

test('a meeting of three, and the memory of the server at five moments', async () => {
  const [host, second, third] = people;
  const { link, hostLink } = await makeMeeting(host, server.url, 'lobby');
  port.link = new URL(hostLink).hash.slice(1).split('.');
  await dump('empty');
  await host.prepare(link);
  await host.click('join');
  await host.until('in', () => document.querySelector('.call[data-connection="connected"]') !== null, PATIENCE_MS);
  for (const guest of [second, third]) {
    await guest.prepare(link);
    await guest.click('join');
    await inLobby(guest, PATIENCE_MS);
    await answer(host, guest.person.name, 'admit', PATIENCE_MS);
    await guest.connected(PATIENCE_MS);
    if (guest === second) await dump('join');
  }
  await allSeeAndHear(people, PATIENCE_MS);
  await say(host, CHAT[0]);
  await openPanel(third, 'chat');
  await says(third, /canary sings/, PATIENCE_MS);
  await sleep(CALL_MS);
  await dump('call');
  await actOn(host, third.person.name, 'remove', 'remove-now');
  await second.until('the tile is gone', () => document.querySelectorAll('.tile').length === 2, PATIENCE_MS);
  await dump('remove');
  await allSeeAndHear([host, second], PATIENCE_MS);
  await say(second, CHAT[1]);
  await sleep(CALL_MS);
  for (const p of [second, host]) await p.click('leave');
  await sleep(2000);
  await dump('end');
});

test('the browsers told their keys: base keys with the exporter secrets that they come from', () => {
  const keys = [...port.keys].map((key) => Buffer.from(key, 'hex'));
  const fromExporter = new Set(keys.filter((key) => key.length === 32).map((key) => baseKeyOf(key).toString('hex')));
  port.baseKeys = keys.filter((key) => key.length === 16 && fromExporter.has(key.toString('hex')));
  // Epoch 0, two Adds, one Remove, and one more for each line that a busy machine loses for too long.
  assert.ok(port.baseKeys.length >= 4, `${port.baseKeys.length} base keys`);
  port.sframe = new Map();
  for (const frame of port.frames) {
    const { kid } = readHeader(Buffer.from(frame.aad, 'hex'));
    const found = port.baseKeys.map((base) => frameKeys(base, kid)).find(({ key }) => opens(key, frame));
    assert.ok(found, 'a frame that none of the keys opens');
    frame.key = found.key;
    port.sframe.set(found.key.toString('hex'), found);
  }
  figures.keys = { told: port.keys.size, sframe: port.sframe.size, framesSeen: port.frames.length };
  assert.ok(port.sframe.size >= 10, `keys of frames: ${port.sframe.size}`); // sound and picture: 3 people, then 2, and epochs between
});

const isVaried = (hex) => new Set(Buffer.from(hex, 'hex')).size >= 6;

/** Everything that only people in the meeting may have. */
function secrets() {
  const list = [];
  const add = (label, bytes) => {
    const secret = Buffer.from(bytes).toString('hex');
    if (secret.length >= 16 && isVaried(secret)) list.push({ label: `${label} ${list.length}`, secret });
  };
  for (const key of port.keys) add('key', Buffer.from(key, 'hex'));
  for (const { key, salt } of port.sframe.values()) {
    add('frame key', key);
    add('frame salt', salt);
  }
  const [, secret, , seed] = port.link;
  add('secret of the link', Buffer.from(secret, 'base64url'));
  add('seed of the host', Buffer.from(seed, 'base64url'));
  for (const text of CHAT) add('chat', text);
  for (const name of NAMES) add('name', name);
  for (const { aad, plain } of port.texts)
    if (Buffer.from(aad, 'hex').includes('InCamera identity v1')) add('identity', Buffer.from(plain, 'hex').subarray(0, PIECE_BYTES));
  const pieces = port.frames.map(({ plain }) => plain.slice(32, 32 + 2 * PIECE_BYTES)).filter((piece) => piece.length === 2 * PIECE_BYTES && isVaried(piece) && isVaried(piece.slice(PIECE_BYTES)));
  assert.ok(pieces.length >= 20, `pieces of pictures and sounds: ${pieces.length}`);
  for (const piece of new Set(pieces)) add('piece of a frame', Buffer.from(piece, 'hex'));
  figures.secrets = list.length;
  return list;
}

test('no secret, chat, name, picture or sound in any dump; the keys of the hop are found', async () => {
  const list = secrets();
  const hops = [...new Set(hopKeys(hop))].map((secret, i) => ({ label: `hop key ${i}`, secret }));
  figures.hopKeysFound = {};
  for (const [moment, file] of Object.entries(dumps)) {
    assert.deepEqual(await needles(file, list), [], `after "${moment}"`);
    figures.hopKeysFound[moment] = (await needles(file, hops)).length;
  }
  for (const moment of ['join', 'call', 'remove'])
    assert.ok(figures.hopKeysFound[moment] >= 4, `the control: ${JSON.stringify(figures.hopKeysFound)}`);
  assert.equal(figures.hopKeysFound.empty, 0);
});

test('no sixteen bytes anywhere in a dump open a frame; a key that is planted does', async () => {
  const frames = threeFrames();
  for (const moment of Object.keys(dumps)) {
    const { found, figures: said } = await anyKey(dumps[moment], frames);
    assert.deepEqual(found, [], `after "${moment}"`);
    figures.anyKey = { ...figures.anyKey, [moment]: said };
  }
  const planted = join(folder, 'planted');
  writeFileSync(planted, Buffer.alloc(5, 1));
  for (const { key } of frames) appendFileSync(planted, Buffer.concat([key, Buffer.alloc(7, 2)]));
  assert.equal((await anyKey(planted, frames)).found.length, frames.length);
});

/** Of the last moments before the Remove and after it: sound and picture of one, sound of another. */
function threeFrames() {
  const last = new Map();
  for (const frame of port.frames) {
    const { kid } = readHeader(Buffer.from(frame.aad, 'hex'));
    const isShort = frame.sealed.length <= 2 * 400;
    if (isShort) last.set(`${frame.who} ${kid}`, { ...frame, name: `KID ${kid}` });
  }
  const frames = [...last.values()].sort((a, b) => b.at - a.at).slice(0, 3);
  assert.equal(frames.length, 3);
  return frames;
}

test('what passed through the server: sealed, no nonce and no block twice', async () => {
  const { status, text } = await payloads(tap);
  assert.equal(status, 0, text);
  figures.payloads = text.split('\n')[0];
  const frames = [...text.matchAll(/(\d+) (opus|vp8|vp9|av1)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  assert.ok(frames >= FRAMES_MIN, text);
  assert.deepEqual(await needles(tap, secrets()), []);
  // The frames that the browsers sealed are the ones that passed.
  const sealed = port.frames.filter((frame) => frame.sealed.length <= 200).slice(-20);
  const there = await needles(tap, sealed.map((frame, i) => ({ label: `sealed frame ${i}`, secret: frame.sealed })));
  assert.ok(there.length >= sealed.length / 2, `${there.length} of ${sealed.length}`);
  // The control: a capture in which all comes once more, as if from other tracks (tap.h).
  const doubled = join(folder, 'doubled');
  copyFileSync(tap, doubled);
  const again = readFileSync(tap).subarray(8);
  for (let at = 0; at < again.length; at += 20 + again.readUInt16BE(at + 18)) again[at] ^= 0x80;
  appendFileSync(doubled, again);
  assert.equal((await payloads(doubled)).status, 1);
});
