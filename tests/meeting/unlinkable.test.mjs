// What the server is told by one device in two meetings holds nothing by which it could tell that it was the
// same device: no eight bytes in common, beyond what another person's device says as well (the constants of the
// formats, and the time of day).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Server } from '../e2e/lib/server.mjs';
import { bundle } from './lib/bundle.mjs';
import { makeKeys, makeMeeting, pause, randomBytes, ScriptedClient } from './lib/scripted_client.mjs';

const WINDOW = 8;
/** bytes that another person's device says as well */
const CONSTANT = 5;
const binary = process.env.TEST_BINARY ?? 'build/release/incamera';
const server = new Server({ binary, port: 8422, mediaPort: 10460 });

before(() => server.start());
after(async () => {
  assert.equal(await server.stop(), 0);
  server.forget();
});

async function come(place, name, options) {
  const client = await new ScriptedClient(place, name, options).start();
  return client;
}

async function admit(host, name) {
  await host.until(() => host.knockerOf(name));
  host.act({ type: 'admit', knocks: [host.knockerOf(name).knock] });
}

/** Everything that a person does as host of one meeting and guest of another one, as the server hears it. */
async function day(name, device, own) {
  const record = [];
  const mine = { device, record, package: own };
  const first = await makeMeeting(server, { record });
  const host = await come(first, name, { ...mine, host: first.host });
  await host.until(({ phase }) => phase === 'in');
  const ben = await come(first, 'Ben');
  await admit(host, 'Ben');
  await ben.until(({ phase }) => phase === 'in');
  host.act({ type: 'chat', text: `the same words of ${name}` });
  await ben.until(() => ben.chats.length === 1);
  host.act({ type: 'make-cohost', leaf: host.leafOf('Ben') });
  await ben.until(({ mayAdmit }) => mayAdmit);
  host.act({ type: 'lock', on: true });
  await ben.until(({ isLocked }) => isLocked);
  host.act({ type: 'remove', leaf: host.leafOf('Ben'), ban: true });
  await ben.until(({ phase }) => phase === 'out');
  host.act({ type: 'new-link' });
  await host.until(({ generation }) => generation === 2);
  await host.leave();

  const second = await makeMeeting(server);
  const ana = await come(second, 'Ana', { host: second.host });
  await ana.until(({ phase }) => phase === 'in');
  const guest = await come(second, name, mine);
  await guest.until(({ phase }) => phase === 'waiting');
  guest.act({ type: 'note', text: `the same note of ${name}` });
  await admit(ana, name);
  await guest.until(({ phase }) => phase === 'in');
  const again = await guest.reload();
  await again.until(({ phase }) => phase === 'in');
  await again.leave();
  for (const each of [host, ben, ana, guest, again]) {
    each.stop();
    assert.deepEqual(each.faults, []);
  }
  return record;
}

/** The texts, and the bytes behind each base64url in them. */
function* bytesOf(record) {
  for (const text of record) {
    yield Buffer.from(text);
    for (const word of text.match(/[\w-]{11,}/g) ?? []) yield Buffer.from(word, 'base64url');
  }
}

function windowsOf(record, length) {
  const windows = new Set();
  for (const bytes of bytesOf(record))
    for (let at = 0; at + length <= bytes.length; at++) windows.add(bytes.toString('hex', at, at + length));
  return windows;
}

/** A window that is a constant but for a few bytes is common now and then, by chance. */
function isMostlyConstant(window, constants) {
  for (let at = 0; at + 2 * CONSTANT <= window.length; at += 2)
    if (constants.has(window.slice(at, at + 2 * CONSTANT))) return true;
  return false;
}

/** All but its last byte, so that the group takes it twice. */
function withConstantCredential(text, constant) {
  const fresh = 'return (await loadSuite()).rng.randomBytes(CREDENTIAL_BYTES);';
  assert.ok(text.includes(fresh), 'the credential is made elsewhere by now');
  const bytes = [...Buffer.from(constant, 'hex')].slice(0, -1);
  return `${text.replace(fresh, `return Uint8Array.from([${bytes}, ++made]);`)}\nlet made = 0;\n`;
}

let constants;

async function commonOf(own) {
  const device = await makeKeys();
  const one = windowsOf(await day('Zoé', device, own), WINDOW);
  constants ??= windowsOf(await day('Max', await makeKeys()), CONSTANT);
  await pause(1100); // the second of the day is in key packages
  const two = windowsOf(await day('Zoé', device, own), WINDOW);
  assert.ok(one.size > 10_000 && two.size > 10_000 && constants.size > 10_000);
  return [...one].filter((each) => two.has(each) && !isMostlyConstant(each, constants));
}

test('the bytes that the server sees from two meetings of one device share no identifier', async () => {
  assert.deepEqual(await commonOf(), []);
});

test('a credential that stays the same would be found', async () => {
  const constant = Buffer.from(randomBytes(16)).toString('hex');
  const own = await bundle('constant', (path, text) =>
    path.endsWith('mls/adapter_leaf.ts') ? withConstantCredential(text, constant) : undefined);
  const common = await commonOf(own);
  assert.ok(common.length >= 8 && common.some((each) => constant.includes(each)), `found ${common.length}`);
});
