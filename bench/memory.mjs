// What a subscriber's stream takes of the server's memory: what is resident while one picture goes to N subscribers, over N.
// Everything of a member counts: transport, keys, ICE and DTLS, its seat in the meeting, its WebSocket.
// Use: node bench/memory.mjs [subscribers, such as 1,50,100; one meeting has 200 seats, but all come in through one process]

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { Server } from '../tests/e2e/lib/server.mjs';
import { report } from './lib/figures.mjs';

const COUNTS = (process.argv[2] ?? '1,50,100').split(',').map(Number);
const GOAL_KB = 12;
const FRAMES = '25';
const SECONDS = '3';
const binary = process.env.TEST_BINARY ?? 'build/release/incamera';

const residentKib = (pid) => Number(/^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

/** A server of its own for each, so that none has what the one before it has touched. */
async function measure(subscribers) {
  const server = new Server({ binary, port: 8480, mediaAddress: '127.0.0.1', mediaPort: 10480, flags: ['--media-workers', '1'] });
  try {
    await server.start();
    const idleKib = residentKib(server.process.pid);
    const options = ['--subscribers', String(subscribers), '--frames', FRAMES, '--seconds', SECONDS, '--json'];
    const helper = ['node', 'bench/members.mjs', server.url, String(server.process.pid)];
    const load = spawn(binary, ['load', ...options, '--', ...helper], { stdio: ['ignore', 'pipe', 'pipe'] });
    const [out, said] = await Promise.all([text(load.stdout), text(load.stderr), once(load, 'exit')]);
    const result = JSON.parse(out || '{}');
    if (result.server === undefined) throw new Error(`${subscribers} subscribers: ${result.error ?? said}`);
    console.error(`${subscribers}: ${result.server.resident_kib} KiB, ${idleKib} KiB before${result.verified ? '' : ', NOT VERIFIED'}`);
    return { subscribers, idleKib, residentKib: result.server.resident_kib, verified: result.verified };
  } finally {
    await server.stop();
    server.forget();
  }
}

const points = [];
for (const subscribers of COUNTS) points.push(await measure(subscribers));
const [first, last] = [points[0], points.at(-1)];
const eachKb = ((last.residentKib - first.residentKib) * 1.024) / (last.subscribers - first.subscribers);
report('memory', {
  rows: [
    { what: 'server without anybody, resident', figure: Math.round(first.idleKib / 97.65625) / 10, unit: 'MB', goal: null },
    ...points.map((each) => ({
      what: `one picture to ${each.subscribers} subscribers, resident`,
      figure: Math.round(each.residentKib / 97.65625) / 10,
      unit: 'MB',
      goal: null,
    })),
    { what: 'each subscriber more, its stream and all else of it', figure: Math.round(eachKb * 10) / 10, unit: 'kB', goal: GOAL_KB },
  ],
  points,
});
