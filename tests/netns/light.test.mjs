// The speed of light: a browser and the real server with a wire between them that delays each frame. What
// people are told about where the machine is not must be right, and become "it cannot be excluded" when a
// thief answers from far away with the node's keys, certificate and address.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Participant } from '../e2e/lib/browser.mjs';
import { makeMeeting } from '../e2e/lib/meeting.mjs';
import { PATIENCE_MS } from '../e2e/lib/patience.mjs';
import { PEOPLE } from '../e2e/lib/people.mjs';
import { Server } from '../e2e/lib/server.mjs';
import { LUXEMBOURG, nameOf, nearAndFar } from './countries.mjs';

const BINARY = process.env.TEST_BINARY ?? 'build/release/incamera';
const WIRE = process.env.TEST_WIRE ?? 'build/netns/wire';
const { NODE_PID, THIEF_PID, WIRE_PID } = process.env;
const whenFull = process.env.LAB_KIND === 'full' ? test : test.skip;
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);

const ADDRESS = '10.98.0.1';
const PORT = 8080;
const LIGHT_KM_PER_MS = 299.792458;
const GRAIN_MS = 1;
const JITTER_US = 600;
/** What the shield rounds up to. */
const ROUND_KM = 10;
/** A busy machine may answer this much later. */
const LATE_MS = 25;
const NEAR_MS = 10;
/** The least that a meeting sends either way. */
const FRAMES_MIN = 50;

const boundOf = (rttMs) => (LIGHT_KM_PER_MS * (rttMs + GRAIN_MS)) / 2;
const at = (pid) => ['nsenter', '-t', pid, '-n'];
const figures = { seed: SEED };
let browser;
let node;
let path;

/** A process that says "ready". */
class Helper {
  constructor(command) {
    this.said = '';
    this.process = spawn(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
    this.exit = new Promise((resolve) => this.process.on('exit', resolve));
    this.ready = new Promise((resolve, reject) => {
      this.process.stdout.on('data', (bytes) => {
        this.said += bytes;
        if (this.said.startsWith('ready')) resolve();
      });
      void this.exit.then((status) => reject(new Error(`${command.join(' ')}: ended with ${status}`)));
    });
  }

  /** The rest of what it said. */
  async stop() {
    this.process.kill();
    await this.exit;
    return this.said.replace(/^ready\n/, '');
  }
}

/** The wire to the node or to the thief, and forwards at both of its ends, so that the page is one of localhost. */
class Path {
  constructor(pid, end, rttMs) {
    const forward = (...words) => [process.execPath, new URL('forward.mjs', import.meta.url).pathname, ...words];
    this.delayUs = (rttMs * 1000) / 2;
    this.helpers = [
      [...at(WIRE_PID), WIRE, 'client', end, String(this.delayUs), String(rttMs === 0 ? 0 : JITTER_US), String(SEED)],
      [...at(pid), ...forward(ADDRESS, PORT, '127.0.0.1', PORT)],
      forward('127.0.0.1', PORT, ADDRESS, PORT),
    ].map((command) => new Helper(command));
  }

  async open() {
    await Promise.all(this.helpers.map((helper) => helper.ready));
    return this;
  }

  /** What the wire says that it did. */
  async close() {
    const [said] = await Promise.all(this.helpers.map((helper) => helper.stop()));
    return said;
  }
}

async function lead(pid, end, rttMs) {
  await path?.close(); // left by a test that failed
  path = await new Path(pid, end, rttMs).open();
}

/** Nothing was lost on the wire, nothing was quicker than it should be. */
async function cut(framesMin = FRAMES_MIN) {
  const { delayUs } = path;
  await browser.page.goto('about:blank');
  const said = await path.close();
  path = undefined;
  for (const { sent, lost, leastHeldUs } of JSON.parse(said).lanes)
    assert.ok(sent >= framesMin && lost === 0 && leastHeldUs >= delayUs, said);
}

/** How long a connection takes, which is one round trip at least; null: there is none. */
function connectMs() {
  return new Promise((resolve) => {
    const start = performance.now();
    const socket = connect({ host: ADDRESS, port: PORT });
    const finish = (ms) => (socket.destroy(), resolve(ms));
    socket.on('connect', () => finish(performance.now() - start));
    socket.on('error', () => finish(null));
    socket.setTimeout(1500, () => finish(null));
  });
}

const server = (pid) => new Server({ binary: BINARY, within: at(pid), port: PORT, mediaAddress: ADDRESS });

/** What the shield says now; null: it has measured nothing. */
const readShield = (p) => p.evaluate(() => {
  const words = document.querySelector('[data-distance="measured"]')?.innerText;
  if (words === undefined) return null;
  const [, km, ms] = /at most ([\d,]+) km away.* after ([\d,]+) ms/.exec(words);
  const number = (text) => Number(text.replaceAll(',', ''));
  const list = document.querySelector('details[data-distance="excluded"] p')?.textContent;
  const certificate = /number (\d+), valid/.exec(document.querySelector('[data-node="connected"] .node-facts')?.textContent ?? '')?.[1];
  return { words, km: number(km), ms: number(ms), list: list?.split(/, | and /) ?? [], certificate };
});

/** Makes a meeting over the wire and waits until a round trip was measured that took little more than it must. */
async function measure(rttMs, isEnough) {
  const connects = [];
  for (let i = 0; i < 8; i++) connects.push((await connectMs()) ?? Infinity);
  assert.ok(Math.min(...connects) >= rttMs, `connected in ${connects} ms over a wire of ${rttMs} ms`);
  const { link } = await makeMeeting(browser, node.url);
  await browser.join(link);
  await browser.click('protection');
  const start = Date.now();
  for (;;) {
    const shield = await readShield(browser);
    if (shield?.certificate && isEnough(shield)) {
      figures[`${rttMs} ms`] = { ms: shield.ms, km: shield.km, excluded: shield.list.length, settledMs: Date.now() - start };
      judge(shield, rttMs);
      return shield;
    }
    assert.ok(Date.now() - start < PATIENCE_MS, `${rttMs} ms: the shield still says ${JSON.stringify(shield)}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

const excludes = ({ list }, country) => list.includes(nameOf(country));

/** The bound is no smaller than light allows, and each country is where the bound has it. */
function judge(shield, rttMs) {
  const { km, ms } = shield;
  assert.ok(km >= boundOf(rttMs), `${km} km, but light needs ${rttMs} ms for ${boundOf(rttMs)} km`);
  assert.ok(km >= boundOf(ms - 1) && km <= boundOf(ms) + ROUND_KM, `${km} km for ${ms} ms`);
  const { near } = nearAndFar(LUXEMBOURG, km - ROUND_KM);
  const { far } = nearAndFar(LUXEMBOURG, km);
  for (const country of near) assert.ok(!excludes(shield, country), `${country} is within ${km} km, but: ${shield.list}`);
  for (const country of far) assert.ok(excludes(shield, country), `${country} is not within ${km} km, but only: ${shield.list}`);
}

before(async () => {
  assert.ok(NODE_PID && THIEF_PID && WIRE_PID, 'run tests/netns/run.sh');
  browser = await Participant.open(PEOPLE[0], 'chromium', { context: { timezoneId: LUXEMBOURG.zone } });
  await lead(NODE_PID, 'node', 0);
  node = server(NODE_PID);
  await node.start();
});

after(async () => {
  await browser?.close();
  await path?.close();
  const status = await node?.stop();
  node?.forget();
  console.log(`figures ${JSON.stringify(figures)}`);
  assert.equal(status, 0, node?.log.slice(-3000));
});

whenFull('without a delay the machine is near: what is measured below is the wire', async () => {
  const shield = await measure(0, ({ ms }) => ms <= NEAR_MS);
  for (const country of ['US', 'CN', 'KZ']) assert.ok(excludes(shield, country), shield.words);
});

test('the wire is the only way', async () => {
  assert.notEqual(await connectMs(), null);
  await cut(0);
  assert.equal(await connectMs(), null, 'a connection without a wire');
});

let near;

test('25 ms: not in China and not in the United States; Switzerland and the United Kingdom may be', async () => {
  await lead(NODE_PID, 'node', 25);
  near = await measure(25, (shield) => excludes(shield, 'CN') && excludes(shield, 'US'));
  for (const country of ['CH', 'GB', 'LU']) assert.ok(!excludes(near, country), near.words);
  await cut();
});

whenFull('75 ms: neither China nor the United States can be excluded', async () => {
  await lead(NODE_PID, 'node', 75);
  const shield = await measure(75, ({ ms }) => ms <= 75 + LATE_MS);
  for (const country of ['CN', 'US']) assert.ok(!excludes(shield, country), shield.words);
  await cut();
});

/** The node's keys, certificate and address, but not its operator's key: that one never lay there. */
function rob(from) {
  const to = server(THIEF_PID);
  cpSync(join(from.folder, 'data'), join(to.folder, 'data'), { recursive: true });
  rmSync(join(to.folder, 'data', 'operator.key'));
  return to;
}

test('a stolen certificate 110 ms away: it is valid, and no country can be excluded', async () => {
  assert.equal(await node.stop(), 0, node.log.slice(-3000));
  const certificate = (s) => readFileSync(join(s.folder, 'data', 'node-cert.txt'), 'utf8');
  const stolen = certificate(node);
  const thief = rob(node);
  node.forget();
  node = thief;
  await lead(THIEF_PID, 'thief', 110);
  await thief.start();
  assert.equal(certificate(thief), stolen);
  const shield = await measure(110, ({ ms }) => ms <= 110 + LATE_MS);
  assert.equal(shield.certificate, near?.certificate, 'the certificate that was accepted');
  assert.match(shield.words, /That excludes no country/);
  assert.deepEqual(shield.list, []);
  await cut();
});
