// A meeting that goes on: shape P of `incamera load`, in which people come and go by MLS commits, and switch cameras and
// microphones off and on. What signalling costs the server for each who comes or goes, apart from the clients, who are
// the load (core 0) and the helper that makes the commits (behind everything else there); and whether all is as it should.
// Use: node bench/life.mjs [rounds] [seconds of one]

import { Server } from '../tests/e2e/lib/server.mjs';
import { median, report } from './lib/figures.mjs';
import { binary, membersOf, onLoadCore, onServerCore, runLoad } from './lib/load.mjs';

const ROUNDS = Number(process.argv[2] ?? 3);
const SECONDS = Number(process.argv[3] ?? 20);
const PUBLISHERS = 16;
const JOINS_PER_MINUTE = 60;

const server = new Server({
  binary,
  within: onServerCore,
  port: 8500,
  mediaAddress: '127.0.0.1',
  mediaPort: 10500,
  flags: ['--media-workers', '1'],
});
/** `nice` adds to what the load has: from the first in line to the last. */
const helper = () => ['nice', '-n', '38', ...membersOf(server)];

const rounds = [];
try {
  await server.start();
  for (let round = 0; round < ROUNDS; round++) {
    const options = ['--shape', 'P', '--publishers', PUBLISHERS, '--joins', JOINS_PER_MINUTE, '--seconds', SECONDS];
    const result = await runLoad(options, helper(), { within: onLoadCore });
    rounds.push(result);
    const { life, faults, verified } = result;
    console.error(`${round + 1}/${ROUNDS}: ${life.joins} came, ${life.leaves} left, ${life.slot_switches} slot switches${verified ? '' : `, NOT VERIFIED: ${JSON.stringify(faults)}`}`);
  }
} finally {
  await server.stop();
  server.forget();
}

const of = (value) => median(rounds.map(value));
const perS = (value) => Math.round(100 * of((round) => (1e6 * value(round)) / round.window_us)) / 100;
const ms = (us) => Math.round(us / 100) / 10;
const row = (what, figure, unit) => ({ what: `P: ${what}`, figure, unit, goal: null });
report('life', {
  rows: [
    row('joins', perS(({ life }) => life.joins), '/s'),
    row('leaves', perS(({ life }) => life.leaves), '/s'),
    row('commits', perS(({ life }) => life.commits), '/s'),
    row('slot switches seen', perS(({ life }) => life.slot_switches), '/s'),
    row("signalling, the server's processor for each who came or went", Math.round(of(({ server: { main_us }, life }) => main_us / (life.joins + life.leaves))), 'us'),
    row("all of the server's processor", Math.round(of(({ server: { run_us }, window_us }) => (1000 * run_us) / window_us)) / 10, '% of a core'),
    row('until who comes is connected, median (clients included)', ms(of(({ life }) => life.join_us.p50)), 'ms'),
    row('delay p99', ms(of(({ delay_us }) => delay_us.p99)), 'ms'),
    row('rounds in which all was verified', rounds.filter(({ verified }) => verified).length, `of ${ROUNDS}`),
  ],
  publishers: PUBLISHERS,
  joinsPerMinute: JOINS_PER_MINUTE,
  rounds,
});
