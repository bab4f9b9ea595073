// Delay while the load grows to what one core can carry, and past it: shape V from 9 publishers to 50 subscribers, one
// media worker on core 1, the load on core 0; In Camera, and other servers, if they are there (bench/lib/peers.mjs).
// 100 % is what the core's time would suffice for, by what a packet costs it at about 70 %. Another small meeting of five
// who speak is on In Camera's worker meanwhile: what becomes of it is measured, too.
// Use: node bench/saturation.mjs [rounds] [seconds of a step]; SATURATION_KINDS=us,mediasoup: these alone;
//      SATURATION_LOAD=--gro: more options of `incamera load`, for the load in V

import { Server } from '../tests/e2e/lib/server.mjs';
import { capacityOf, framesFor, framesOfBusyCore, PACKETS, runAt } from './lib/capacity.mjs';
import { median, report } from './lib/figures.mjs';
import { binary, membersOf, onLoadCore, onServerCore, runLoad, watchDrops } from './lib/load.mjs';
import { peersHere } from './lib/peers.mjs';

const ROUNDS = Number(process.argv[2] ?? 3);
const SECONDS = Number(process.argv[3] ?? 4);
const STEPS = [25, 50, 75, 100, 125, 150, 200];
const PUBLISHERS = 9;
const SUBSCRIBERS = 50;
const SPEAKERS = 5;
const LOAD = { shape: 'V', publishers: PUBLISHERS, subscribers: SUBSCRIBERS };
const EACH = PUBLISHERS * SUBSCRIBERS * PACKETS.V; // packets that one frame of everybody becomes
const DELAY_MS = 50;
const KINDS = process.env.SATURATION_KINDS?.split(',');
const more = process.env.SATURATION_LOAD?.split(' ') ?? [];

const server = new Server({
  binary,
  within: onServerCore,
  port: 8490,
  mediaAddress: '127.0.0.1',
  mediaPort: 10490,
  flags: ['--media-workers', '1'],
});
const all = {
  us: { name: 'In Camera', helper: () => membersOf(server), hasNeighbour: true },
  ...Object.fromEntries(Object.entries(peersHere()).map(([kind, { name, helper }]) => [kind, { name, helper: () => helper(onServerCore) }])),
};
const kinds = Object.fromEntries(Object.entries(all).filter(([kind]) => KINDS === undefined || KINDS.includes(kind)));

const round2 = (value) => Math.round(value * 100) / 100;
const lossPercent = (sent, arrived) => round2(Math.max(0, 100 * (1 - arrived / sent)));

/** The load in V; `setUpMs`: until it measures. */
async function measureHot({ helper }, frames, phase = () => {}) {
  const began = performance.now();
  let setUpMs = 0;
  const run = {
    within: onLoadCore,
    phase: (what) => {
      if (what === 'measuring') setUpMs = performance.now() - began;
      phase(what);
    },
  };
  const result = await runAt(frames, LOAD, helper, { seconds: SECONDS, more, run });
  return { ...result, setUpMs };
}

/** Five who speak, warming up until the other load has begun to be measured; their window ends before that one. */
async function measureNeighbour({ helper }, setUpMs, whenReady) {
  const warmUp = Math.ceil(setUpMs / 1000) + 1;
  const options = ['--shape', 'A', '--publishers', SPEAKERS, '--subscribers', 0, '--warm-up', warmUp, '--seconds', Math.max(1, SECONDS - 2)];
  const phase = (what) => what === 'warming up' && whenReady();
  const { sent, arrived, delay_us } = await runLoad(options, helper(), { within: onLoadCore, phase });
  return { lossPercent: lossPercent(sent * (SPEAKERS - 1), arrived), p50: delay_us.p50, p99: delay_us.p99 };
}

function figuresOf(result, { percent, frames, saturation }, drops, neighbour) {
  const { sent, arrived, window_us, delay_us, load_us, late_max_us, faults, server: used } = result;
  const perS = (packets) => Math.round((packets * 1e6) / window_us);
  return {
    percent,
    offeredPerS: frames * EACH,
    offeredPercent: Math.round((100 * frames * EACH) / saturation), // whole frames, and what a server takes
    sentPerS: perS(sent * SUBSCRIBERS),
    forwardedPerS: perS(arrived),
    lossPercent: lossPercent(sent * SUBSCRIBERS, arrived),
    // Where sockets were full. A packet that is lost on the way in is lost for all subscribers.
    fullAtServerPercent: round2((100 * drops.atServer) / sent),
    fullAtLoadPercent: round2((100 * drops.atLoad) / (sent * SUBSCRIBERS)),
    lostMembers: faults.lost_members,
    p50: delay_us.p50,
    p99: delay_us.p99,
    serverPercent: Math.round((100 * (used.user_us + used.system_us)) / window_us),
    loadPercent: Math.round((100 * load_us) / window_us),
    loadLateUs: late_max_us,
    residentKib: used.resident_kib,
    ...(neighbour && { neighbour }),
  };
}

async function measureStep(kind, { saturation, setUpMs }, percent) {
  const frames = framesFor((saturation * percent) / 100, LOAD);
  const drops = watchDrops();
  let neighbour;
  if (kinds[kind].hasNeighbour) {
    await new Promise((resolve, reject) => {
      neighbour = measureNeighbour(kinds[kind], setUpMs, resolve);
      neighbour.catch(reject);
    });
  }
  const phase = (what) => what === 'measuring' && drops.begin();
  const [result, beside] = await Promise.all([measureHot(kinds[kind], frames, phase), neighbour]);
  const step = figuresOf(result, { percent, frames, saturation }, drops.end(), beside);
  const full = `full at server ${step.fullAtServerPercent} %, at load ${step.fullAtLoadPercent} %`;
  console.error(
    `${kind} ${step.offeredPercent} %: ${step.sentPerS}/s, forwarded ${step.forwardedPerS}/s, lost ${step.lossPercent} % (${full}), p50 ${step.p50} us, p99 ${step.p99} us, ` +
      `server ${step.serverPercent} %, load ${step.loadPercent} %, disconnected ${step.lostMembers}${beside ? `, neighbour lost ${beside.lossPercent} %, p99 ${beside.p99} us` : ''}`,
  );
  return step;
}

/** Packets a second that the time of a core suffices for, and how long a run takes to begin. */
async function findSaturation(kind) {
  const frames = await framesOfBusyCore(LOAD, kinds[kind].helper, { seconds: SECONDS, more, run: { within: onLoadCore } });
  const result = await measureHot(kinds[kind], frames);
  return { saturation: capacityOf(result), setUpMs: result.setUpMs };
}

async function measureKind(kind) {
  const found = await findSaturation(kind);
  console.error(`${kind}: ${Math.round(found.saturation)} packets/s`);
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    const steps = [];
    for (const percent of STEPS) steps.push(await measureStep(kind, found, percent));
    rounds.push(steps);
  }
  return { name: kinds[kind].name, saturation: Math.round(found.saturation), rounds };
}

const mostOf = (rounds) => Math.round(median(rounds.map((steps) => Math.max(...steps.map(({ forwardedPerS }) => forwardedPerS)))));

function rowsOf({ name, rounds }, isOurs) {
  const at = (percent, value) => median(rounds.map((steps) => value(steps.find((step) => step.percent === percent))));
  const row = (what, figure, unit, goal = null) => ({ what: `${name}: ${what}`, figure, unit, goal });
  const ms = (us) => round2(us / 1000);
  const past = STEPS.at(-1);
  return [
    row('most packets forwarded', mostOf(rounds), '/s'),
    ...[50, 75, 100].map((percent) => row(`delay p99 at ${percent} % of saturation`, ms(at(percent, ({ p99 }) => p99)), 'ms')),
    row(`delay p99 at ${past} %, of whole frames`, ms(at(past, ({ p99 }) => p99)), 'ms', isOurs ? DELAY_MS : null),
    row(`packets lost at ${past} %`, at(past, (step) => step.lossPercent), '%'),
    ...(isOurs
      ? [
          row(`datagrams that found its socket full at ${past} %`, at(past, (step) => step.fullAtServerPercent), '%'),
          row(`sound of another meeting lost at ${past} %`, at(past, ({ neighbour }) => neighbour.lossPercent), '%'),
          row(`delay p99 of that sound at ${past} %`, ms(at(past, ({ neighbour }) => neighbour.p99)), 'ms', DELAY_MS),
          row('memory, more from the first step to the last', round2(((at(past, ({ residentKib }) => residentKib) - at(STEPS[0], ({ residentKib }) => residentKib)) * 1.024) / 1000), 'MB'),
        ]
      : []),
  ];
}

/** How many times what another server forwards at most. */
function ratiosOf({ us, ...others }) {
  const rows = us === undefined ? [] : Object.values(others);
  return rows.map((other) => ({ what: `In Camera: most packets forwarded, times those of ${other.name}`, figure: round2(mostOf(us.rounds) / mostOf(other.rounds)), unit: 'x', goal: null }));
}

const servers = {};
try {
  await server.start();
  for (const kind of Object.keys(kinds)) servers[kind] = await measureKind(kind);
} finally {
  await server.stop();
  server.forget();
}
report('saturation', {
  rows: [...Object.entries(servers).flatMap(([kind, each]) => rowsOf(each, kind === 'us')), ...ratiosOf(servers)],
  rounds: ROUNDS,
  seconds: SECONDS,
  publishers: PUBLISHERS,
  subscribers: SUBSCRIBERS,
  load: more,
  servers,
});
