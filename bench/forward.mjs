// What does a forwarded packet cost the server? `incamera load` sends and receives on core 0, the server has core 1:
// In Camera, and the bare loop (bench/yardstick.c), which is what kernel and processor allow; and at a quarter of that
// load, which they can bear, other servers, if they are there (bench/lib/peers.mjs). Several rounds, in which all have
// their turn; medians, and the ratios of each round. Each run verifies all packets.
// Use: node bench/forward.mjs [shapes, such as VTLAM] [rounds] [seconds of a run]; FORWARD_KINDS=us,usOpenssl: these alone

import { readFileSync } from 'node:fs';
import { release, totalmem } from 'node:os';
import { Server } from '../tests/e2e/lib/server.mjs';
import { median, report } from './lib/figures.mjs';
import { binary, cores, membersOf, onLoadCore, onServerCore, runLoad } from './lib/load.mjs';
import { peersHere } from './lib/peers.mjs';

const SHAPES = (process.argv[2] ?? process.env.FORWARD_SHAPES ?? 'VTLAM').split('');
const ROUNDS = Number(process.argv[3] ?? process.env.FORWARD_ROUNDS ?? 6);
const SECONDS = Number(process.argv[4] ?? 5);
const GOAL_PERCENT = 70;
const yardstick = process.env.YARDSTICK ?? 'build/release/yardstick';
const KINDS = process.env.FORWARD_KINDS?.split(',');
const serverAt = (port, flags) =>
  new Server({
    binary,
    within: onServerCore,
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

const FRAMES = { V: 200, T: 500, L: 2000, A: 50, M: 25 };
const PEER_PART = 4;
/** docs/decisions/0011: how many times as fast as when each packet is read as it comes. */
const REST_GOALS = { A: 1.8 };
/** Of the time that 99 in 100 packets take through mediasoup at the same load. */
const DELAY = { must: 1 / 2, goal: 1 / 4 };
const peers = peersHere();

const through = (of) => () => membersOf(of);
const ours = through(server);
const RUNS = {
  us: { helper: ours, part: 1 },
  usOpenssl: { helper: through(opensslServer), part: 1 },
  usAlone: { helper: through(aloneServer), part: 1 },
  bare: { helper: () => [...onServerCore, yardstick], part: 1 },
};
const PEER_RUNS = {
  usLight: { helper: ours, part: PEER_PART },
  ...Object.fromEntries(Object.entries(peers).map(([kind, { helper }]) => [kind, { helper: () => helper(onServerCore), part: PEER_PART }])),
};
const runsOf = (shape) => {
  const { usAlone, ...others } = RUNS;
  const rests = 'LAM'.includes(shape) ? { usAlone } : {}; // else there are none with one publisher
  const all = Object.entries({ ...others, ...rests, ...(Object.keys(peers).length > 0 && !'AM'.includes(shape) && PEER_RUNS) });
  return Object.fromEntries(all.filter(([kind]) => KINDS === undefined || KINDS.includes(kind)));
};

/** Of both cores, in ms: what was worked, by anybody, and what the host took away. */
function workedMs() {
  const [user, nice, system, , , irq, softIrq, steal] = /^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))[1].split(' ').map(Number);
  return 10 * (user + nice + system + irq + softIrq + steal);
}

/** One line of `incamera load --json`, and which part of both cores was taken by others. */
async function measure({ helper, part }, shape) {
  const options = ['--shape', shape, '--frames', FRAMES[shape] / part, '--seconds', SECONDS];
  const watch = { at: 0, ms: 0, worked: 0 };
  const phase = (what) => {
    if (what === 'measuring') Object.assign(watch, { at: performance.now(), worked: workedMs() });
    if (what === 'measured') Object.assign(watch, { ms: performance.now() - watch.at, worked: workedMs() - watch.worked });
  };
  const result = await runLoad(options, helper(), { within: onLoadCore, phase });
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
  const there = Object.entries(peers).filter(([kind]) => kind in rounds[0]);
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
    ...there.flatMap(([kind, { name }]) => [
      row(`a forwarded packet, ${name}`, round2(of(kind, cost)), 'us'),
      ...present(rounds, ['usLight'], () => [row(`times as fast as ${name} at that load`, round2(median(times(rounds, 'usLight', kind))), 'x')]),
      row(`delay p99, ${name}`, of(kind, p99), 'us'),
    ]),
    ...present(rounds, ['usLight', 'mediasoup'], () => [
      row('delay p99, In Camera at that load', of('usLight', p99), 'us'),
      row("delay p99, part of mediasoup's", round2(median(rounds.map((each) => p99(each.usLight) / p99(each.mediasoup)))), 'x', shape === 'V' ? DELAY : {}),
    ]),
  ];
}

const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1].split(' ') ?? [];
const bed = {
  kernel: release(),
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  vector: ['vaes', 'avx512f', 'vpclmulqdq'].filter((flag) => flags.includes(flag)),
  ...cores,
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
