// A server that is right in everything but one thing about the machine that carries the meeting, and a real
// Chromium: the call is not made, the person is told why, and not one RTP packet leaves the browser. The papers
// are those of an operator of the test's own, installed on a real server behind the lie, whose own
// wall is taken away: the client stands alone.
// Use: tests/hostile/run.sh [short|full]; TEST_ONLY names some of them, by a regular expression; TEST_SHARE=1/4 takes the first of four shares of the full form.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Participant } from '../e2e/lib/browser.mjs';
import { MediaFlows } from '../e2e/lib/media_flows.mjs';
import { PATIENCE_MS } from '../e2e/lib/patience.mjs';
import { PEOPLE } from '../e2e/lib/people.mjs';
import { Server } from '../e2e/lib/server.mjs';
import { bundled } from './bundle.mjs';
import { HostileServer } from './hostile_server.mjs';

const PORT = 8091;
const SHORT_COUNT = 10;
const QUIET_MS = 300;
const ADDRESSES = ['10.99.0.1/32', '127.0.0.1/32'];
const PAPERS = '/api/v1/nodes/self';
/** Where the server moves (hostile_ice.c): an address of this machine, and of no certificate. */
const ELSEWHERE = '10.99.0.3';
/** On the new path until the browser says that there is one, and the page has looked: nodes.md 8. */
const MOMENT_PACKETS_MAX = 150;

const { MUTATIONS, filesOf, honestScene, lyingScene } = await bundled('lying_server.ts');
const { SECOND_LIES, secondScene } = await bundled('lying_second.ts');
const words = JSON.parse(readFileSync('web/src/ui/locales/en.json', 'utf8'));
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let server;
let hostile;
let flows;
let person;
let machine;

const OTHER_KEY = Array(32).fill('A5').join(':');
const inTransport = (change) => (message) =>
  message.type === 'joined' ? { ...message, transport: { ...message.transport, ...change(message.transport) } } : message;
const elsewhere = { address: '10.99.0.2', port: 10000 };

/** Lies outside of the papers: what of the honest scene is altered, and the words that people then see. */
const OTHER_LIES = {
  'another key in the transport': { toClient: inTransport(() => ({ fingerprint: OTHER_KEY })), says: 'node.fingerprint.what' },
  'one address too many': { toClient: inTransport(({ candidates }) => ({ candidates: [...candidates, elsewhere] })), says: 'node.address.what' },
  'another address first': { toClient: inTransport(({ candidates }) => ({ candidates: [elsewhere, ...candidates] })), says: 'node.address.what' },
  'another address alone': { toClient: inTransport(() => ({ candidates: [elsewhere] })), says: 'node.address.what' },
  'an address in other words': { toClient: inTransport(({ candidates }) => ({ candidates: candidates.map((each) => ({ ...each, address: `::ffff:${each.address}` })) })), says: 'node.address.what' },
  'a candidate of a relay': { toClient: inTransport(({ candidates }) => ({ candidates: candidates.map((each) => ({ ...each, type: 'relay' })) })), says: 'failure.version.what' },
  'another policy': { toClient: (message) => (message.type === 'waiting' ? { ...message, policy: swapCountries(message.policy) } : message), says: 'failure.wrong_policy.what' },
  'papers that are no JSON': { body: () => Buffer.from('<html>'), says: 'node.missing.what' },
  'half of the papers': { body: (bytes) => bytes.subarray(0, bytes.length / 2), says: 'node.missing.what' },
  'one paper too many': { body: (bytes) => Buffer.from(bytes.toString().replace('{', '{"trusted":true,')), says: 'node.missing.what' },
  'no papers at all': { body: () => null, says: 'node.missing.what' },
};

/** Two countries change their places: the same list, in another order. */
function swapCountries(policy) {
  const bytes = Buffer.from(policy, 'base64url');
  const at = 1 + 16 + 16 + 2;
  const [first, second] = [bytes.subarray(at, at + 2), bytes.subarray(at + 2, at + 4)].map((each) => Buffer.from(each));
  second.copy(bytes, at);
  first.copy(bytes, at + 2);
  return bytes.toString('base64url');
}

before(async () => {
  process.env.TEST_HOSTILE = join(tmpdir(), `incamera-word-${process.pid}`);
  tellPackets('honest');
  execFileSync('ip', ['addr', 'add', `${ELSEWHERE}/24`, 'dev', 'lab0']);
  execFileSync('nft', ['-f', '-'], { input: `
table inet elsewhere {
  counter everything { }
  counter rtp { }
  chain leave {
    type filter hook output priority 0; policy accept;
    ip daddr ${ELSEWHERE} counter name everything
    ip daddr ${ELSEWHERE} meta l4proto udp @th,64,2 2 @th,72,8 != 192-223 counter name rtp
  }
}` });
  server = await new Server({ binary: process.env.TEST_BINARY ?? 'build/release/incamera_hostile' }).start();
  const own = JSON.parse(await (await fetch(`${server.url}${PAPERS}`)).text()).node_cert;
  machine = {
    node: /^node (.*)$/m.exec(own)[1],
    fingerprint: /^dtls-sha256 (.*)$/m.exec(own)[1],
    receiptKey: /^receipt-key (.*)$/m.exec(own)[1],
    addresses: ADDRESSES,
  };
  assert.equal(await server.stop(), 0);
  rmSync(join(server.folder, 'data', 'operator.key'));
  for (const [name, text] of Object.entries(filesOf(machine, Date.now()))) writeFileSync(join(server.folder, 'data', name), text);
  server.log = '';
  await server.start();
  assert.match(server.log, /"event":"node_certified"/, server.log); // it takes the same papers
  hostile = await new HostileServer(server, PORT).start();
  flows = new MediaFlows(server.mediaPort);
  person = await Participant.open(PEOPLE[0]);
});

after(async () => {
  rmSync(process.env.TEST_HOSTILE, { force: true });
  await person?.close().catch(() => {});
  await hostile?.stop();
  flows?.stop();
  const status = await server?.stop();
  server?.forget();
  assert.equal(status, 0, server.log.slice(-2000));
});

const rtp = () => flows.rtpLeaving();

/** What the server itself does to packets from now on (hostile_forwarder.c, hostile_ice.c). */
function tellPackets(word) {
  writeFileSync(process.env.TEST_HOSTILE, `${word}\n`);
}

/** Packets to where nobody may send: all of them, or those of RTP. */
function sentElsewhere(counter) {
  const listed = JSON.parse(execFileSync('nft', ['-j', 'list', 'counter', 'inet', 'elsewhere', counter], { encoding: 'utf8' }));
  return listed.nftables.find((each) => each.counter).counter.packets;
}

async function make(scene) {
  const made = await fetch(`${server.url}/api/v1/meetings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: server.url },
    body: JSON.stringify({ policy: scene.policy }),
  });
  assert.equal(made.status, 201, await made.text());
}

/** To the meeting, by way of the lie. Answers how much RTP was counted before: when the page before is gone, which may
 *  have stayed for its last receipt. */
async function come(scene, lie = {}) {
  await make(scene);
  hostile.behave();
  hostile.body = (path, bytes) => {
    if (path !== PAPERS) return bytes;
    const papers = Buffer.from(scene.papers);
    return lie.body ? lie.body(papers) : papers;
  };
  if (lie.toClient) hostile.toClient = lie.toClient;
  for (const [path, bytes] of scene.log ?? []) hostile.files.set(`/log/${path}`, Buffer.from(bytes, 'base64'));
  if (scene.node) hostile.toClient = (message) => (message.type === 'joined' ? { ...message, node: scene.node } : message);
  await person.page.goto('about:blank');
  const before = rtp();
  await person.page.goto(`${hostile.url}/`);
  await person.evaluate((seen) => {
    localStorage.setItem('incamera.operators', JSON.stringify(seen));
  }, scene.seen);
  await person.prepare(scene.link);
  await person.click('join');
  return before;
}

/** The page says it, and nothing was sent from the knock on. */
async function isRefused(key, reason, before) {
  await person.until(`it says ${key}`, (text) => document.body.innerText.includes(text), PATIENCE_MS, words[key]);
  if (reason) await person.until('the reason', (r) => document.querySelector('.message-code')?.textContent.endsWith(r) === true, PATIENCE_MS, reason);
  await sleep(QUIET_MS);
  assert.equal(rtp() - before, 0, 'RTP packets');
}

test('the control: an honest server is sent to, and counted', async () => {
  const before = await come(honestScene(machine, hostile.url, Date.now()));
  await person.connected();
  const start = Date.now();
  while (rtp() === before && Date.now() - start < PATIENCE_MS) await sleep(100);
  assert.ok(rtp() > before, 'RTP packets');
  await person.click('leave');
});

test('the control: a second machine that is right is sent to, and both are shown', async () => {
  const scene = secondScene(machine, hostile.url, Date.now(), null);
  const before = await come(scene);
  await person.connected();
  for (const end = Date.now() + PATIENCE_MS; rtp() === before && Date.now() < end;) await sleep(100);
  assert.ok(rtp() > before, 'RTP packets');
  await person.click('protection');
  await person.until('both are named', ([second, first]) => {
    const shown = document.querySelector('[data-node="connected"]');
    return shown?.querySelector('.node-head')?.textContent.includes(second) && shown.querySelector('[data-node="home"]')?.textContent.includes(first);
  }, PATIENCE_MS, [scene.node, machine.node]);
  await person.page.keyboard.press('Escape');
  await person.click('leave');
});

const HIDDEN = 'a log that is not shown';

const all = [...MUTATIONS, ...Object.keys(OTHER_LIES), ...SECOND_LIES, HIDDEN];
const MOVES = 'the pair moves after connecting';
/** Each run of the short form takes others. */
const first = Math.floor(Date.now() / 60_000) % all.length;
const [share, shares] = (process.env.TEST_SHARE ?? '1/1').split('/').map(Number);
const whole = all.filter((_, i) => i % shares === share - 1);
const chosen = process.env.TEST_ONLY ? all.filter((name) => new RegExp(process.env.TEST_ONLY).test(name)) : process.env.TEST_KIND === 'full' ? whole : [...all, ...all].slice(first, first + SHORT_COUNT);

function sceneOf(name) {
  const [url, now] = [hostile.url, Date.now()];
  if (name === HIDDEN) return { ...secondScene(machine, url, now, null), log: [] };
  if (SECOND_LIES.includes(name)) return secondScene(machine, url, now, name);
  return OTHER_LIES[name] ? honestScene(machine, url, now) : lyingScene(machine, url, now, name);
}

for (const name of chosen) {
  test(`refused: ${name}`, async () => {
    const lie = OTHER_LIES[name];
    const scene = sceneOf(name);
    const before = await come(scene, lie);
    const { reason } = scene;
    if (name === HIDDEN) return isRefused('failure.server_unreachable.what', undefined, before);
    await isRefused(lie?.says ?? (words[`node.${reason}.what`] ? `node.${reason}.what` : 'node.malformed.what'), reason, before);
  });
}

if (process.env.TEST_ONLY === undefined || process.env.TEST_ONLY === MOVES) {
  test(`refused: ${MOVES}`, async () => {
    const before = await come(honestScene(machine, hostile.url, Date.now()));
    await person.connected();
    for (const end = Date.now() + PATIENCE_MS; rtp() < before + 20 && Date.now() < end;) await sleep(50);
    assert.ok(rtp() >= before + 20, 'RTP packets to the address of the certificate');
    assert.equal(sentElsewhere('everything'), 0);
    tellPackets('move');
    await person.until('it says that the address is another one', (text) => document.body.innerText.includes(text), PATIENCE_MS, words['node.address.what']);
    await person.until('the reason', () => document.querySelector('.message-code')?.textContent.endsWith('address') === true);
    await sleep(QUIET_MS);
    const [moment, end] = [sentElsewhere('rtp'), rtp()];
    console.log(`figures: ${moment} packets of RTP on the new path before it was seen`);
    assert.ok(sentElsewhere('everything') > 0, 'the browser has followed');
    assert.ok(moment <= MOMENT_PACKETS_MAX, `${moment} packets`);
    await sleep(QUIET_MS);
    assert.equal(rtp() - end, 0, 'RTP packets');
    tellPackets('honest');
  });
}

test('there are at least 60 lies', () => assert.ok(all.length >= 60, String(all.length)));
