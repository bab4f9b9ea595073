// `incamera load` over the real server: members by real commits, each shape of media, everything verified; and what it
// says when something is wrong.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { Server } from '../e2e/lib/server.mjs';

const binary = process.env.TEST_BINARY ?? 'build/release/incamera';
const PORTS = { port: 8490, mediaAddress: '127.0.0.1', mediaPort: 10490 };
const ODD = 'tests/meeting/lib/odd_helper.mjs';
const server = new Server({ binary, ...PORTS });
const members = () => ['node', 'bench/members.mjs', server.url, String(server.process.pid)];

before(() => server.start());
after(async () => {
  assert.equal(await server.stop(), 0, server.log.slice(-2000));
  server.forget();
});

async function load(options, helper = members(), { onPhase } = {}) {
  const process = spawn(binary, ['load', '--json', '--seconds', '1', '--warm-up', '0', ...options, '--', ...helper], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  process.stderr.on('data', (said) => onPhase?.(String(said)));
  const [out, [status]] = await Promise.all([text(process.stdout), once(process, 'exit')]);
  return { status, ...JSON.parse(out) };
}

const SHAPES = {
  V: { options: ['--publishers', '2', '--subscribers', '3'], frames: 20, packets: 10, streams: 6 },
  T: { options: ['--publishers', '1', '--subscribers', '3', '--gro'], frames: 50, packets: 4, streams: 3 },
  L: { options: ['--publishers', '1', '--subscribers', '2'], frames: 100, packets: 1, streams: 2 },
  A: { options: ['--publishers', '3', '--subscribers', '1'], frames: 50, packets: 1, streams: 3 * 2 + 2 },
  M: { options: ['--publishers', '2', '--subscribers', '3'], frames: 25, packets: 8, streams: 6 },
};
for (const [shape, { options, frames, packets, streams }] of Object.entries(SHAPES)) {
  test(`shape ${shape}: everything comes, and is counted`, async () => {
    const slots = shape === 'A' ? ['--slots', '2'] : [];
    const result = await load(['--shape', shape, '--frames', String(frames), ...options, ...slots]);
    assert.equal(result.status, 0, JSON.stringify(result));
    assert.equal(result.verified, true);
    // A machine that stands still at the edge of the window moves packets over it; that none is missing is verified.
    const expected = frames * packets * streams;
    assert.ok(result.arrived > 0.4 * expected && result.arrived < 2.5 * expected, `${result.arrived} packets, not ${expected}`);
    assert.ok(result.delay_us.p50 > 0 && result.delay_us.p50 <= result.delay_us.p99);
    assert.ok(result.delay_us.count > 0 && result.delay_us.max < 1e7);
    assert.equal(result.server.pid, server.process.pid);
    assert.ok(result.server.resident_kib > 1000);
  });
}

const FEW = ['--subscribers', '1', '--frames', '20'];

test('a key that is not that of the group: nothing can be read, and that is said', async () => {
  const result = await load(FEW, ['node', ODD, 'key', ...members()]);
  assert.equal(result.status, 1, JSON.stringify(result));
  assert.ok(result.faults.content > 0);
  assert.equal(result.frames, 0);
});

const LIFE = ['--shape', 'P', '--publishers', '6', '--joins', '90', '--warm-up', '1', '--seconds', '5'];

test('shape P: people come and go, and nobody who stays misses anything', async () => {
  const result = await load(LIFE);
  assert.equal(result.status, 0, JSON.stringify(result));
  assert.equal(result.verified, true);
  const { joins, leaves, commits, slot_switches, join_us } = result.life;
  assert.ok(joins > 0 && leaves > 0 && commits > 0 && slot_switches > 0, JSON.stringify(result.life));
  assert.ok(join_us.count > 0 && join_us.max < 1e7);
  assert.ok(result.key_frames > 0, 'nobody asked for a key frame');
  assert.ok(result.server.main_us > 0 && result.server.main_us < result.server.run_us);
});

for (const [fault, found] of [
  ['epoch', ({ content }) => content > 0],
  ['sources', ({ sources }) => sources > 0],
]) {
  test(`shape P behind a helper that lies (${fault}): it is found out`, async () => {
    const result = await load(LIFE, ['node', ODD, fault, ...members()]);
    assert.equal(result.status, 1, JSON.stringify(result));
    assert.ok(found(result.faults), JSON.stringify(result.faults));
  });
}

test('shape P: a line of the meeting that is none ends it', async () => {
  const result = await load(LIFE, ['node', ODD, 'life', ...members()]);
  assert.deepEqual([result.status, result.verified], [2, false]);
  assert.match(result.error, /no line of this protocol/);
});

test('a server that dies under way: what did not come is counted', async () => {
  const other = await new Server({ binary, ...PORTS, port: 8491, mediaPort: 10494 }).start();
  const helper = ['node', 'bench/members.mjs', other.url];
  const onPhase = (said) => said.includes('measuring') && other.process.kill('SIGKILL');
  const result = await load(FEW, helper, { onPhase });
  await other.exit;
  other.forget();
  assert.equal(result.status, 1, JSON.stringify(result));
  assert.equal(result.faults.missing, 1);
  assert.equal('server' in result, false, 'nobody said which process it is');
});

for (const [fault, why] of [
  ['slot', /0 of 2 members receive|1 of 2 members receive/],
  ['field', /no line of this protocol/],
  ['early', /has not told of all/],
]) {
  test(`a helper that is wrong (${fault}): nothing is measured`, async () => {
    const result = await load(FEW, ['node', ODD, fault, ...members()]);
    assert.deepEqual([result.status, result.verified], [2, false]);
    assert.match(result.error, why);
  });
}

test('no helper, none that can be started, one that ends: nothing is measured', async () => {
  for (const [helper, why] of [
    [[], /behind -- which program/],
    [['/nonexistent/helper'], /cannot be started/],
    [['true'], /The helper (does not listen|has not brought)/],
    [['node', 'bench/members.mjs', 'http://localhost:1'], /The helper says: /],
  ]) {
    const result = await load(FEW, helper);
    assert.deepEqual([result.status, result.verified], [2, false]);
    assert.match(result.error, why);
  }
});
