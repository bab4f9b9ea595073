// What people, their streams and their sockets take of the server's memory: what is resident while pictures go to N
// subscribers, less what the same server had before anybody came. Everything of a person counts: transport, keys and ICE,
// its seat in the meeting, its WebSocket, and one stream; a stream more goes to one who is there. The same of mediasoup's worker, if it is there (bench/lib/peers.mjs), whose members have keys for SRTP, but neither ICE nor DTLS.
// Use: node bench/memory.mjs [subscribers, such as 1,50,100; one meeting has 200 seats, but all come in through one process]

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { Server } from '../tests/e2e/lib/server.mjs';
import { report, sleep } from './lib/figures.mjs';
import { binary, membersOf, runLoad } from './lib/load.mjs';
import { peersHere } from './lib/peers.mjs';

const COUNTS = (process.argv[2] ?? '1,50,100').split(',').map(Number);
const GOAL_KB = 12;
/** Of what a subscriber takes of mediasoup's memory. */
const PART = { must: 1, goal: 1 / 2 };
const FRAMES = 25;
const SECONDS = 3;
const WARM_UP = 2; // until each has reported, which ends what its handshake took
const STREAMS = { publishers: 9, subscribers: 50, frames: 2 };
const SOCKETS = 1000; // one address may have 1,024
const { mediasoup } = peersHere();

const residentKib = (pid) => Number(/^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

async function measure(name, { publishers = 1, subscribers, slots = 1, frames = FRAMES }, helper) {
  const numbers = { publishers, subscribers, slots, frames, 'warm-up': WARM_UP, seconds: SECONDS };
  const options = Object.entries(numbers).flatMap(([option, value]) => [`--${option}`, value]);
  const { server, verified } = await runLoad(options, helper);
  const what = `${name}, ${subscribers} with ${slots} of ${publishers}`;
  console.error(`${what}: ${server.resident_kib} KiB${verified ? '' : ', NOT VERIFIED'}`);
  return { publishers, subscribers, slots, residentKib: server.resident_kib, verified };
}

/** A server of its own for each, so that none has what the one before it has touched. */
async function withServer(use) {
  const server = new Server({ binary, port: 8480, mediaAddress: '127.0.0.1', mediaPort: 10480, flags: ['--media-workers', '1'] });
  try {
    await server.start();
    const idleKib = residentKib(server.process.pid);
    return { idleKib, ...(await use(server)) };
  } finally {
    await server.stop();
    server.forget();
  }
}

const measureOurs = (load) => withServer((server) => measure('In Camera', load, membersOf(server)));

/** Sockets that are open and say nothing. */
const measureSockets = () =>
  withServer(async (server) => {
    const { host, origin, port } = new URL(server.url);
    const request =
      `GET /signal HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
    const sockets = [];
    while (sockets.length < SOCKETS) {
      const socket = connect({ port: Number(port), host: '127.0.0.1' });
      socket.write(request);
      const [answer] = await once(socket, 'data');
      if (!String(answer).startsWith('HTTP/1.1 101')) throw new Error(`a socket was refused: ${answer}`);
      sockets.push(socket);
    }
    await sleep(500);
    const openKib = residentKib(server.process.pid);
    sockets.forEach((socket) => socket.destroy());
    return { sockets: SOCKETS, residentKib: openKib };
  });

const taken = ({ residentKib: all, idleKib = 0 }) => (all - idleKib) * 1.024;

/** Of each subscriber from the first count to the last. */
function eachKb(points) {
  const [first, last] = [points[0], points.at(-1)];
  return (taken(last) - taken(first)) / (last.subscribers - first.subscribers);
}
const round1 = (value) => Math.round(value * 10) / 10;

const points = [];
for (const subscribers of COUNTS) points.push(await measureOurs({ subscribers }));
const streams = [await measureOurs(STREAMS), await measureOurs({ ...STREAMS, slots: STREAMS.publishers })];
const sockets = await measureSockets();
const theirs = [];
for (const subscribers of mediasoup === undefined ? [] : COUNTS) theirs.push(await measure('mediasoup', { subscribers }, mediasoup.helper([])));
const ourKb = eachKb(points);
const streamKb = (taken(streams[1]) - taken(streams[0])) / (STREAMS.subscribers * (STREAMS.publishers - 1));
const socketKb = taken(sockets) / SOCKETS;
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
    { what: 'each person more, its stream and all else of it', figure: round1(ourKb), unit: 'kB', goal: null },
    { what: 'each stream more of a person who is there', figure: round1(streamKb), unit: 'kB', goal: GOAL_KB },
    { what: '10,000 idle WebSockets', figure: round1(socketKb * 10), unit: 'MB', goal: null },
    ...(mediasoup === undefined ? [] : theirRows()),
  ],
  points: [...points, ...streams, sockets],
  theirs,
});
