// What does a forwarded packet cost the server? `incamera load` sends and receives on core 0, the server has core 1:
// In Camera, and the bare loop (bench/yardstick.c), which is what kernel and processor allow; and at a quarter of that
// load, which it can bear, Janus, if it is installed. Several rounds, in which all have their turn; medians, and the
// ratios of each round. Each run verifies all packets.
// Use: node bench/forward.mjs [shapes, such as VTLA] [rounds] [seconds of a run]; FORWARD_KINDS=us,usOpenssl: these alone

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { release, totalmem } from 'node:os';
import { text } from 'node:stream/consumers';
import { Server } from '../tests/e2e/lib/server.mjs';
import { median, report } from './lib/figures.mjs';

const SHAPES = (process.argv[2] ?? process.env.FORWARD_SHAPES ?? 'VTLA').split('');
const ROUNDS = Number(process.argv[3] ?? process.env.FORWARD_ROUNDS ?? 6);
const SECONDS = Number(process.argv[4] ?? 5);
const GOAL_PERCENT = 70;
const LOAD_CORE = '0';
const SERVER_CORE = '1';
/** A core of its own, and before everything else that wants it. */
const on = (core) => ['nice', '-n', '-19', 'taskset', '-c', core];
const binary = process.env.TEST_BINARY ?? 'build/release/incamera';
const yardstick = process.env.YARDSTICK ?? 'build/release/yardstick';
const KINDS = process.env.FORWARD_KINDS?.split(',');
const serverAt = (port, flags) =>
  new Server({
    binary,
    within: on(SERVER_CORE),
    port,
    mediaAddress: '127.0.0.1',
    mediaPort: port + 2000,
    flags: ['--media-workers', '1', ...flags],
  });
const server = serverAt(8460, []);
/** The same, encrypted by OpenSSL where the CPU could have it faster. */
const opensslServer = serverAt(8470, ['--crypto-engine', 'openssl']);

/** The same, in which each packet is read as it comes. */
const aloneServer = serverAt(8480, ['--coalesce-us', '0']);

const FRAMES = { V: 200, T: 500, L: 2000, A: 50 };
const PEER_PART = 4;
/** docs/performance.md: how many times as fast as Janus. */
const PEER_GOALS = { janus: { V: 15, T: 9, L: 5 }, janusLoop: { V: 7, T: 5, L: 2.5 } };
/** docs/decisions/0011: how many times as fast as when each packet is read as it comes. */
const REST_GOALS = { A: 1.8 };
const NAMES = { janus: 'Janus as packaged', janusLoop: 'Janus with one event loop' };
const hasJanus = spawnSync('janus', ['--help'], { stdio: 'ignore' }).status === 0;
if (!hasJanus) console.error('Janus is not installed (apt-get install --no-install-recommends janus): it is left out.');

const through = (of) => () => ['node', 'bench/members.mjs', of.url, String(of.process.pid)];
const ours = through(server);
const janus = (loops) => () => ['node', 'bench/janus.mjs', loops, ...on(SERVER_CORE)];
const RUNS = {
  us: { helper: ours, part: 1 },
  usOpenssl: { helper: through(opensslServer), part: 1 },
  usAlone: { helper: through(aloneServer), part: 1 },
  bare: { helper: () => [...on(SERVER_CORE), yardstick], part: 1 },
};
const PEER_RUNS = {
  usLight: { helper: ours, part: PEER_PART },
  janus: { helper: janus('0'), part: PEER_PART },
  janusLoop: { helper: janus('1'), part: PEER_PART },
};
const runsOf = (shape) => {
  const { usAlone, ...others } = RUNS;
  const rests = 'LA'.includes(shape) ? { usAlone } : {}; // else there are none
  const all = Object.entries({ ...others, ...rests, ...(hasJanus && shape !== 'A' && PEER_RUNS) });
  return Object.fromEntries(all.filter(([kind]) => KINDS === undefined || KINDS.includes(kind)));
};

/** Of both cores, in ms: what was worked, by anybody, and what the host took away. */
function workedMs() {
  const [user, nice, system, , , irq, softIrq, steal] = /^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))[1].split(' ').map(Number);
  return 10 * (user + nice + system + irq + softIrq + steal);
}

/** One line of `incamera load --json`, and which part of both cores was taken by others. */
async function measure({ helper, part }, shape) {
  const options = ['--shape', shape, '--frames', String(FRAMES[shape] / part), '--seconds', String(SECONDS), '--json'];
  const [command, ...rest] = [...on(LOAD_CORE), binary, 'load', ...options, '--', ...helper()];
  const load = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  const watch = { at: 0, ms: 0, worked: 0 };
  load.stderr.on('data', (said) => {
    if (String(said).includes('measuring')) Object.assign(watch, { at: performance.now(), worked: workedMs() });
  });
  load.stdout.once('data', () => Object.assign(watch, { ms: performance.now() - watch.at, worked: workedMs() - watch.worked }));
  const [out, said] = await Promise.all([text(load.stdout), text(load.stderr), once(load, 'exit')]);
  const result = JSON.parse(out || '{}');
  if (result.server === undefined) throw new Error(`${helper().join(' ')}, ${shape}: ${result.error ?? said}`);
  const { server: { user_us, system_us }, load_us } = result;
  const own = (user_us + system_us + load_us) / 1000;
  return { ...result, othersPercent: Math.max(0, Math.round((100 * (watch.worked - own)) / (2 * watch.ms))) };
}

async function measureShape(shape) {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    // Who goes first changes, so that nobody has the better place.
    const runs = Object.entries(runsOf(shape));
    const each = {};
    for (let i = 0; i < runs.length; i++) {
      const [kind, run] = runs[(i + round) % runs.length];
      each[kind] = await measure(run, shape);
    }
    rounds.push(each);
    console.error(`${shape} ${round + 1}/${ROUNDS}: ${runs.map(([kind]) => summary(kind, each[kind])).join('; ')}`);
  }
  return rounds;
}

const cost = ({ server: { us_per_packet } }) => us_per_packet;
const summary = (kind, result) =>
  `${kind} ${cost(result).toFixed(2)} us, p99 ${result.delay_us.p99} us, others ${result.othersPercent} %${result.verified ? '' : ', NOT VERIFIED'}`;
const round2 = (value) => Math.round(value * 100) / 100;

/** How many times as fast as the other one, round by round. */
const times = (rounds, us, other) => rounds.map((each) => cost(each[other]) / cost(each[us]));
const percents = (rounds) => times(rounds, 'us', 'bare').map((value) => 100 * value);
/** The rows of those who were there. */
const present = (rounds, kinds, rows) => (kinds.every((kind) => kind in rounds[0]) ? rows() : []);

function rowsOf(shape, rounds) {
  const of = (kind, value) => median(rounds.map((each) => value(each[kind])));
  const row = (what, figure, unit, more) => ({ what: `${shape}: ${what}`, figure, unit, goal: null, ...more });
  const p99 = ({ delay_us }) => delay_us.p99;
  const peers = Object.keys(NAMES).filter((kind) => kind in rounds[0]);
  return [
    ...present(rounds, ['us'], () => [
      row('a forwarded packet, In Camera', round2(of('us', cost)), 'us'),
      row('delay p50, In Camera', of('us', ({ delay_us: { p50 } }) => p50), 'us'),
      row('delay p99, In Camera', of('us', p99), 'us'),
    ]),
    ...present(rounds, ['us', 'bare'], () => [
      row('a forwarded packet, bare loop', round2(of('bare', cost)), 'us'),
      row('delay p99, bare loop', of('bare', p99), 'us'),
      row("of the bare loop's speed", Math.round(median(percents(rounds))), '%', { goal: GOAL_PERCENT, isFloor: true }),
    ]),
    ...present(rounds, ['us', 'usOpenssl'], () => [
      row('a forwarded packet, In Camera with OpenSSL', round2(of('usOpenssl', cost)), 'us'),
      row('times as fast as with OpenSSL', round2(median(times(rounds, 'us', 'usOpenssl'))), 'x'),
    ]),
    ...present(rounds, ['us', 'usAlone'], () => [
      row('a forwarded packet, In Camera without rests', round2(of('usAlone', cost)), 'us'),
      row('times as fast as without rests', round2(median(times(rounds, 'us', 'usAlone'))), 'x', { goal: REST_GOALS[shape] ?? null, isFloor: true }),
      row('delay p99, In Camera without rests', of('usAlone', p99), 'us'),
    ]),
    ...peers.flatMap((kind) => [
      row(`a forwarded packet, ${NAMES[kind]}`, round2(of(kind, cost)), 'us'),
      row(`times as fast as ${NAMES[kind]}`, round2(median(times(rounds, 'usLight', kind))), 'x', { goal: PEER_GOALS[kind][shape], isFloor: true }),
      row(`delay p99, ${NAMES[kind]}`, of(kind, p99), 'us'),
    ]),
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
  await opensslServer.start();
  await aloneServer.start();
  for (const shape of SHAPES) shapes[shape] = await measureShape(shape);
} finally {
  for (const each of [server, opensslServer, aloneServer]) {
    await each.stop();
    each.forget();
  }
}
const spread = (values) => ({ min: round2(Math.min(...values)), median: round2(median(values)), max: round2(Math.max(...values)) });
report('forward', {
  rows: SHAPES.flatMap((shape) => rowsOf(shape, shapes[shape])),
  bed,
  rounds: ROUNDS,
  seconds: SECONDS,
  ownVerified: SHAPES.every((shape) => shapes[shape].every(({ us }) => us?.verified ?? true)),
  percentOfBareLoop: Object.fromEntries(
    SHAPES.flatMap((shape) => present(shapes[shape], ['us', 'bare'], () => [[shape, spread(percents(shapes[shape]))]])),
  ),
  shapes,
});
