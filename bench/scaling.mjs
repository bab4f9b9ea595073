// Does a second media worker cost anything? Two meetings of one publisher and 25 subscribers at once, on one worker and
// on two, by turns: what the server's processor needs for a packet is the same if the workers share nothing that they
// write. Two cores play server and load, so this says nothing of how much two cores carry.
// Use: node bench/scaling.mjs [rounds] [seconds of a run]

import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { Server } from '../tests/e2e/lib/server.mjs';
import { median, report } from './lib/figures.mjs';

const [ROUNDS = 6, SECONDS = 4] = process.argv.slice(2).map(Number);
const WORKERS = [1, 2];
const MEETINGS = 2;
const LOAD = ['--shape', 'V', '--subscribers', '25', '--frames', '100', '--warm-up', '3', '--seconds', String(SECONDS), '--json'];
const binary = process.env.TEST_BINARY ?? 'build/release/incamera';
const servers = WORKERS.map(
  (workers, i) => new Server({ binary, port: 8500 + i, mediaAddress: '127.0.0.1', mediaPort: 10600 + 10 * i, flags: ['--media-workers', String(workers)] }),
);

/** One meeting: the line of `incamera load`, which has the processor of the whole server in its window. */
async function load(server) {
  const child = spawn(binary, ['load', ...LOAD, '--', 'node', 'bench/members.mjs', server.url, String(server.process.pid)], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, said] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const result = JSON.parse(out || '{}');
  if (result.server === undefined) throw new Error(result.error ?? said);
  return result;
}

async function measure(server) {
  const runs = await Promise.all(Array.from({ length: MEETINGS }, () => load(server)));
  const verified = runs.every((run) => run.verified);
  // Both watch the same server at nearly the same time.
  const usPerPacket = median(runs.map((run) => run.server.run_us)) / runs.reduce((sum, { arrived }) => sum + arrived, 0);
  return { usPerPacket, verified };
}

const rounds = [];
try {
  for (const server of servers) await server.start();
  for (let round = 0; round < ROUNDS; round++) {
    const each = {};
    for (let i = 0; i < WORKERS.length; i++) {
      const at = (i + round) % WORKERS.length;
      each[WORKERS[at]] = await measure(servers[at]);
    }
    rounds.push(each);
    const said = WORKERS.map((workers) => `${workers}: ${each[workers].usPerPacket.toFixed(2)} us${each[workers].verified ? '' : ', NOT VERIFIED'}`);
    console.error(`workers ${round + 1}/${ROUNDS}: ${said.join('; ')}`);
  }
} finally {
  for (const server of servers) {
    await server.stop();
    server.forget();
  }
}
const round2 = (value) => Math.round(value * 100) / 100;
const of = (workers) => median(rounds.map((each) => each[workers].usPerPacket));
report('scaling', {
  rows: [
    ...WORKERS.map((workers) => ({ what: `two meetings on ${workers} worker${workers > 1 ? 's' : ''}: a forwarded packet`, figure: round2(of(workers)), unit: 'us', goal: null })),
    {
      what: 'packets for a second of the processor with two workers, of those with one',
      figure: round2(median(rounds.map((each) => each[1].usPerPacket / each[2].usPerPacket))),
      unit: 'x',
      goal: 0.9,
      isFloor: true,
    },
  ],
  rounds,
});
