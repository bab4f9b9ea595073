// What a subscriber's stream takes of the server's memory: what is resident while one picture goes to N subscribers, over N.
// Everything of a member counts: transport, keys, ICE and DTLS, its seat in the meeting, its WebSocket. The same of
// mediasoup's worker, if it is there (bench/lib/peers.mjs), whose members have keys for SRTP, but neither ICE nor DTLS.
// Use: node bench/memory.mjs [subscribers, such as 1,50,100; one meeting has 200 seats, but all come in through one process]

import { readFileSync } from 'node:fs';
import { Server } from '../tests/e2e/lib/server.mjs';
import { report } from './lib/figures.mjs';
import { binary, membersOf, runLoad } from './lib/load.mjs';
import { peersHere } from './lib/peers.mjs';

const COUNTS = (process.argv[2] ?? '1,50,100').split(',').map(Number);
const GOAL_KB = 12;
/** Of what a subscriber takes of mediasoup's memory. */
const PART = { must: 1, goal: 1 / 2 };
const FRAMES = 25;
const SECONDS = 3;
const { mediasoup } = peersHere();

const residentKib = (pid) => Number(/^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

async function measure(name, subscribers, helper) {
  const { server, verified } = await runLoad(['--subscribers', subscribers, '--frames', FRAMES, '--seconds', SECONDS], helper);
  console.error(`${name}, ${subscribers}: ${server.resident_kib} KiB${verified ? '' : ', NOT VERIFIED'}`);
  return { subscribers, residentKib: server.resident_kib, verified };
}

/** A server of its own for each, so that none has what the one before it has touched. */
async function measureOurs(subscribers) {
  const server = new Server({ binary, port: 8480, mediaAddress: '127.0.0.1', mediaPort: 10480, flags: ['--media-workers', '1'] });
  try {
    await server.start();
    const idleKib = residentKib(server.process.pid);
    return { idleKib, ...(await measure('In Camera', subscribers, membersOf(server))) };
  } finally {
    await server.stop();
    server.forget();
  }
}

/** Of each subscriber from the first count to the last. */
function eachKb(points) {
  const [first, last] = [points[0], points.at(-1)];
  return ((last.residentKib - first.residentKib) * 1.024) / (last.subscribers - first.subscribers);
}
const round1 = (value) => Math.round(value * 10) / 10;

const points = [];
for (const subscribers of COUNTS) points.push(await measureOurs(subscribers));
const theirs = [];
for (const subscribers of mediasoup === undefined ? [] : COUNTS) theirs.push(await measure('mediasoup', subscribers, mediasoup.helper([])));
const ourKb = eachKb(points);
const theirRows = () => [
  { what: 'each subscriber more, mediasoup', figure: round1(eachKb(theirs)), unit: 'kB', goal: null },
  { what: "each subscriber more, part of mediasoup's", figure: Math.round((100 * ourKb) / eachKb(theirs)) / 100, unit: 'x', ...PART },
];
report('memory', {
  rows: [
    { what: 'server without anybody, resident', figure: Math.round(points[0].idleKib / 97.65625) / 10, unit: 'MB', goal: null },
    ...points.map((point) => ({
      what: `one picture to ${point.subscribers} subscribers, resident`,
      figure: Math.round(point.residentKib / 97.65625) / 10,
      unit: 'MB',
      goal: null,
    })),
    { what: 'each subscriber more, its stream and all else of it', figure: round1(ourKb), unit: 'kB', goal: GOAL_KB },
    ...(mediasoup === undefined ? [] : theirRows()),
  ],
  points,
  theirs,
});
