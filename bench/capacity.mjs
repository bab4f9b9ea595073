// How many packets does one core forward? Four publishers, 50 subscribers; each server at 70 % of what its core suffices
// for, by turns, and what a packet costs it there: In Camera, the bare loop (bench/yardstick.c), and other servers, if they
// are there (bench/lib/peers.mjs). It is what a second of the processor is worth where there is something to save; at a
// light load (bench/forward.mjs) a server spends its time on waking up.
// Use: node bench/capacity.mjs [shapes, such as VTL] [rounds] [seconds of a run]; CAPACITY_KINDS=us,mediasoup: these alone

import { Server } from '../tests/e2e/lib/server.mjs';
import { capacityOf, framesOfBusyCore, runAt } from './lib/capacity.mjs';
import { median, report } from './lib/figures.mjs';
import { binary, membersOf, onLoadCore, onServerCore } from './lib/load.mjs';
import { peersHere } from './lib/peers.mjs';

const SHAPES = (process.argv[2] ?? 'VTL').split('');
const ROUNDS = Number(process.argv[3] ?? 6);
const SECONDS = Number(process.argv[4] ?? 4);
const PUBLISHERS = 4; // as few as In Camera takes such a load from
const SUBSCRIBERS = 50;
const KINDS = process.env.CAPACITY_KINDS?.split(',');
const BARE_LOOP = { name: 'the bare loop', must: { V: 0.5, T: 0.5, L: 0.5 }, goal: { V: 0.7, T: 0.7, L: 0.7 } };
const yardstick = process.env.YARDSTICK ?? 'build/release/yardstick';

const server = new Server({
  binary,
  within: onServerCore,
  port: 8520,
  mediaAddress: '127.0.0.1',
  mediaPort: 10520,
  flags: ['--media-workers', '1'],
});
const all = {
  us: { name: 'In Camera', helper: () => membersOf(server) },
  bare: { ...BARE_LOOP, helper: () => [...onServerCore, yardstick] },
  ...Object.fromEntries(Object.entries(peersHere()).map(([kind, peer]) => [kind, { ...peer, helper: () => peer.helper(onServerCore) }])),
};
const kinds = Object.entries(all).filter(([kind]) => KINDS === undefined || KINDS.includes(kind));
const options = { seconds: SECONDS, run: { within: onLoadCore } };

/** { kind: { frames, capacity, serverPercent, verified, p50, p99 } } of each round. */
async function measureShape(shape) {
  const load = { shape, publishers: PUBLISHERS, subscribers: SUBSCRIBERS };
  const frames = {};
  for (const [kind, { helper }] of kinds) frames[kind] = await framesOfBusyCore(load, helper, options);
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    const each = {};
    for (let i = 0; i < kinds.length; i++) {
      const [kind, { helper }] = kinds[(i + round) % kinds.length]; // who goes first changes
      const result = await runAt(frames[kind], load, helper, options);
      const { verified, delay_us: { p50, p99 }, server: { run_us }, window_us } = result;
      each[kind] = { frames: frames[kind], capacity: capacityOf(result), serverPercent: Math.round((100 * run_us) / window_us), verified, p50, p99 };
    }
    rounds.push(each);
    console.error(`${shape} ${round + 1}/${ROUNDS}: ${Object.entries(each).map(summary).join('; ')}`);
  }
  return rounds;
}

const summary = ([kind, { capacity, serverPercent, verified }]) =>
  `${kind} ${Math.round(capacity)}/s (${serverPercent} % of the core${verified ? '' : ', NOT VERIFIED'})`;
const round2 = (value) => Math.round(value * 100) / 100;

function rowsOf(shape, rounds) {
  const row = (what, figure, unit, more) => ({ what: `${shape}: ${what}`, figure, unit, goal: null, ...more });
  return kinds.flatMap(([kind, { name, must, goal }]) => {
    const capacity = row(`packets that one core forwards, ${name}`, Math.round(median(rounds.map((each) => each[kind].capacity))), '/s');
    if (must === undefined || rounds[0].us === undefined) return [capacity];
    const times = median(rounds.map((each) => each.us.capacity / each[kind].capacity));
    return [capacity, row(`In Camera, times those of ${name}`, round2(times), 'x', { must: must[shape], goal: goal[shape], isFloor: true })];
  });
}

const shapes = {};
try {
  await server.start();
  for (const shape of SHAPES) shapes[shape] = await measureShape(shape);
} finally {
  await server.stop();
  server.forget();
}
report('capacity', {
  rows: SHAPES.flatMap((shape) => rowsOf(shape, shapes[shape])),
  names: Object.fromEntries(kinds.map(([kind, { name }]) => [kind, name])),
  rounds: ROUNDS,
  seconds: SECONDS,
  publishers: PUBLISHERS,
  subscribers: SUBSCRIBERS,
  shapes,
});
