// What does a forwarded packet cost the server? `incamera load` sends and receives on core 0, the server has core 1:
// In Camera, and the bare loop (bench/yardstick.c), which is what kernel and processor allow. Several rounds, in which
// both have their turn under the same load; medians, and the ratio of each round. Each run verifies all packets.
// Use: node bench/forward.mjs [shapes, such as VTLA] [rounds] [seconds of a run]

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { release, totalmem } from 'node:os';
import { text } from 'node:stream/consumers';
import { Server } from '../tests/e2e/lib/server.mjs';
import { median, report } from './lib/figures.mjs';

const SHAPES = (process.argv[2] ?? process.env.FORWARD_SHAPES ?? 'VTLA').split('');
const ROUNDS = Number(process.argv[3] ?? 6);
const SECONDS = Number(process.argv[4] ?? 5);
const GOAL_PERCENT = 70;
const LOAD_CORE = '0';
const SERVER_CORE = '1';
/** A core of its own, and before everything else that wants it. */
const on = (core) => ['nice', '-n', '-19', 'taskset', '-c', core];
const binary = process.env.TEST_BINARY ?? 'build/release/incamera';
const yardstick = process.env.YARDSTICK ?? 'build/release/yardstick';
const server = new Server({
  binary,
  within: on(SERVER_CORE),
  port: 8460,
  mediaAddress: '127.0.0.1',
  mediaPort: 10460,
  flags: ['--media-workers', '1'],
});

const helpers = {
  us: () => ['node', 'bench/members.mjs', server.url, String(server.process.pid)],
  bare: () => [...on(SERVER_CORE), yardstick],
};

/** One line of `incamera load --json`. */
async function measure(kind, shape) {
  const options = ['--shape', shape, '--seconds', String(SECONDS), '--json'];
  const [command, ...rest] = [...on(LOAD_CORE), binary, 'load', ...options, '--', ...helpers[kind]()];
  const load = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, said] = await Promise.all([text(load.stdout), text(load.stderr), once(load, 'exit')]);
  const result = JSON.parse(out || '{}');
  if (result.server === undefined) throw new Error(`${kind}, ${shape}: ${result.error ?? said}`);
  return result;
}

async function measureShape(shape) {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    // Who goes first changes, so that neither has the better place.
    const order = round % 2 === 0 ? ['us', 'bare'] : ['bare', 'us'];
    const each = {};
    for (const kind of order) each[kind] = await measure(kind, shape);
    rounds.push(each);
    console.error(`${shape} ${round + 1}/${ROUNDS}: ${['us', 'bare'].map((kind) => summary(kind, each[kind])).join('; ')}`);
  }
  return rounds;
}

const cost = ({ server: { us_per_packet } }) => us_per_packet;
const summary = (kind, result) =>
  `${kind} ${cost(result).toFixed(2)} us, p99 ${result.delay_us.p99} us${result.verified ? '' : ' NOT VERIFIED'}`;
const round2 = (value) => Math.round(value * 100) / 100;

/** In percent of the bare loop's speed. */
const speeds = (rounds) => rounds.map(({ us, bare }) => (100 * cost(bare)) / cost(us));

function rowsOf(shape, rounds) {
  const of = (kind, value) => median(rounds.map((each) => value(each[kind])));
  const row = (what, figure, unit, more) => ({ what: `${shape}: ${what}`, figure, unit, goal: null, ...more });
  return [
    row('a forwarded packet, In Camera', round2(of('us', cost)), 'us'),
    row('a forwarded packet, bare loop', round2(of('bare', cost)), 'us'),
    row("of the bare loop's speed", Math.round(median(speeds(rounds))), '%', { goal: GOAL_PERCENT, isFloor: true }),
    row('delay p50, In Camera', of('us', ({ delay_us: { p50 } }) => p50), 'us'),
    row('delay p99, In Camera', of('us', ({ delay_us: { p99 } }) => p99), 'us'),
    row('delay p99, bare loop', of('bare', ({ delay_us: { p99 } }) => p99), 'us'),
  ];
}

const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1].split(' ') ?? [];
const bed = {
  kernel: release(),
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  vector: ['vaes', 'avx512f', 'vpclmulqdq'].filter((flag) => flags.includes(flag)),
  loadCore: LOAD_CORE,
  serverCore: SERVER_CORE,
};

const shapes = {};
try {
  await server.start();
  for (const shape of SHAPES) shapes[shape] = await measureShape(shape);
} finally {
  await server.stop();
  server.forget();
}
const spread = (values) => ({ min: round2(Math.min(...values)), median: round2(median(values)), max: round2(Math.max(...values)) });
report('forward', {
  rows: SHAPES.flatMap((shape) => rowsOf(shape, shapes[shape])),
  bed,
  rounds: ROUNDS,
  seconds: SECONDS,
  allVerified: SHAPES.every((shape) => shapes[shape].every((each) => Object.values(each).every(({ verified }) => verified))),
  percentOfBareLoop: Object.fromEntries(SHAPES.map((shape) => [shape, spread(speeds(shapes[shape]))])),
  shapes,
});
