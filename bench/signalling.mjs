// What everything around media costs the server's processor and memory: new meetings, people who come in by real MLS
// commits (a storm of 200 into one meeting), WebSockets of people who wait and say nothing, and TLS handshakes, whole and
// resumed. The server has core 1; its processor is told apart from the clients', who are all here, on core 0.
// Use: node bench/signalling.mjs [idle sockets, 10000] [people of the storm, 200] [handshakes, 2000]

import { request as httpRequest, Agent } from 'node:http';
import { createConnection } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Server } from '../tests/e2e/lib/server.mjs';
import { base64url, newMeeting, termsOf } from '../tests/support/member.mjs';
import { identityExtension, keyPackageMessage, makePerson, sha256 } from '../tests/vectors/mls_incamera/people.mjs';
import { report, sleep } from './lib/figures.mjs';
import { Guest } from './lib/guest.mjs';
import { residentKib, runMs } from './lib/processor.mjs';

const [IDLE = 10_000, PEOPLE = 200, HANDSHAKES = 2000] = process.argv.slice(2).map(Number);
const MEETINGS = 200;
const ADDS = 50; // docs/protocol/signalling.md: of one commit
const KNOCKING = 60; // of one meeting; 64 may
const IDLE_S = 45; // two pings of each, and a bit
const AT_ONCE = 50;
const binary = process.env.TEST_BINARY ?? 'build/release/incamera';
const within = ['taskset', '-c', '1'];
const room = ['--connections-max', '20000', '--connections-per-address-max', '20000', '--participants-max', '20000'];

const serverAt = (port, flags = []) =>
  new Server({ binary, within, port, mediaAddress: '127.0.0.1', mediaPort: port + 2000, flags: ['--media-workers', '1', ...room, ...flags] });
const round = (value, digits = 1) => Math.round(value * 10 ** digits) / 10 ** digits;

/** The server's processor for what is done, in ms, and how long that took. */
async function cost(server, act) {
  const [before, at] = [runMs(server.process.pid), performance.now()];
  const result = await act();
  return { result, serverMs: runMs(server.process.pid) - before, wallMs: performance.now() - at };
}

/** All of them, some at a time. */
async function each(items, act) {
  const rest = items.entries();
  const work = async () => {
    for (const [i, item] of rest) await act(item, i);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

// ---- meetings ----

const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
let posted = 0;

/** From one address at most 60 come at once. */
function postOnce(server, body) {
  const localAddress = `127.8.0.${1 + Math.floor(posted++ / 50)}`;
  const headers = { 'content-type': 'application/json', origin: server.url, 'content-length': Buffer.byteLength(body) };
  const options = { method: 'POST', agent, localAddress, family: 4, headers };
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${server.url}/api/v1/meetings`, options, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode));
    });
    request.once('error', reject).end(body);
  });
}

/** A server makes so many meetings in a second, and says 503 beyond. */
async function post(server, body) {
  for (;;) {
    const status = await postOnce(server, body);
    if (status === 201) return;
    if (status !== 503) throw new Error(`no meeting: ${status}`);
    await sleep(500);
  }
}

async function measureMeetings(server, terms) {
  const bodies = Array.from({ length: MEETINGS }, () => newMeeting(terms).body);
  const { serverMs } = await cost(server, () => each(bodies, (body) => post(server, body)));
  return { meetings: MEETINGS, ms: serverMs / MEETINGS };
}

// ---- a storm ----

const CODECS = { audio: [{ name: 'opus', payload_type: 111 }], video: [{ name: 'vp8', payload_type: 96, rtx_payload_type: 97 }] };
const section = (mid, kind, other) => ({ mid: String(mid), kind, codecs: CODECS[kind], extensions: { mid: 4 }, ...other });
const SECTIONS = [
  section(0, 'audio', { direction: 'send', source: 'microphone' }),
  section(1, 'video', { direction: 'send', source: 'camera', rids: [] }),
  ...Array.from({ length: 9 }, (_, i) => section(2 + i, 'audio', { direction: 'receive' })),
  ...Array.from({ length: 9 }, (_, i) => section(11 + i, 'video', { direction: 'receive' })),
];
const FINGERPRINT = Array.from({ length: 32 }, (_, i) => i.toString(16).padStart(2, '0').toUpperCase()).join(':');

/** Everybody asks for it. This process computes for all of them, and may be too late for a connection that it has opened. */
async function fetchBlob(server, hash, tries = 5) {
  try {
    const answer = await fetch(`${server.url}/api/v1/blobs/${hash}`);
    if (!answer.ok) throw new Error(`no blob: ${answer.status}`);
    return new Uint8Array(await answer.arrayBuffer());
  } catch (error) {
    if (tries === 1) throw error;
    return fetchBlob(server, hash, tries - 1);
  }
}

/** At most 64 wait at a door: who finds it full tries again, as the client does. */
async function arrive(client, meeting) {
  for (;;) {
    try {
      return await Guest.arrive(client, meeting);
    } catch (error) {
      if (!error.message.includes('busy')) throw error;
      await sleep(500);
    }
  }
}

/** All come at once, are let in as many at a time as wait, and join with their media at once. */
async function storm(server, client, meeting, first) {
  const waiting = [];
  const inside = [first];
  const arrivals = each(Array.from({ length: PEOPLE - 1 }), async () => waiting.push(await arrive(client, meeting)));
  while (inside.length < PEOPLE) {
    const add = waiting.splice(0, ADDS);
    if (add.length === 0) {
      await sleep(20);
      continue;
    }
    const told = inside.slice(1).map((member) => member.until('commit'));
    await first.commit({ add });
    await Promise.all([...told, ...add.map((member) => member.enter((hash) => fetchBlob(server, hash)))]);
    inside.push(...add);
  }
  await arrivals;
  if (new Set(inside.map(({ code }) => code)).size !== 1) throw new Error('the members do not agree on the group');
  const transport = { ufrag: 'abcdefgh', pwd: 'abcdefghijklmnopqrstuvwx', fingerprint: FINGERPRINT };
  for (const member of inside) member.say({ type: 'join', transport, sections: SECTIONS, media: { microphone: true, camera: true } });
  await Promise.all(inside.map((member) => member.until('joined')));
  return inside;
}

async function measureStorm(server, terms) {
  process.env.IC_TEST_URL = server.url;
  const client = await import('../tests/http/raw_client.mjs');
  const meeting = newMeeting(terms);
  await post(server, meeting.body);
  const first = await Guest.arrive(client, meeting);
  await first.create();
  const { result, serverMs, wallMs } = await cost(server, () => storm(server, client, meeting, first));
  for (const member of result) member.close();
  return { people: PEOPLE, ms: serverMs / PEOPLE, serverMs, wallMs };
}

// ---- people who wait ----

/** A WebSocket with as little as can be: it answers pings. */
class Idle {
  static open(server, { frame, OPCODE, upgradeRequest }, knock) {
    const idle = new Idle();
    return new Promise((resolve, reject) => {
      let received = Buffer.alloc(0);
      let isOpen = false;
      let heard = 'nothing';
      idle.socket = createConnection(server.port, '127.0.0.1', () => idle.socket.write(upgradeRequest));
      idle.socket.once('error', reject);
      idle.socket.once('close', () => reject(new Error(`closed; last heard: ${heard}`)));
      idle.socket.on('data', (bytes) => {
        received = received.length === 0 ? bytes : Buffer.concat([received, bytes]);
        const end = received.indexOf('\r\n\r\n');
        if (!isOpen && end >= 0) {
          isOpen = true;
          received = received.subarray(end + 4);
          idle.socket.write(frame(OPCODE.TEXT, knock));
        }
        while (isOpen && received.length >= 2) {
          const short = received[1];
          const head = short < 126 ? 2 : 4;
          if (received.length < head) return;
          const length = short < 126 ? short : received.readUInt16BE(2);
          if (received.length < head + length) return;
          const payload = received.subarray(head, head + length);
          heard = payload.toString('latin1').slice(0, 200);
          if ((received[0] & 15) === OPCODE.PING) idle.socket.write(frame(OPCODE.PONG, payload));
          else if (payload.includes('"waiting"')) resolve(idle);
          received = received.subarray(head + length);
        }
      });
    });
  }
}

async function measureIdle(server, terms) {
  const client = await import('../tests/http/raw_client.mjs');
  const count = Math.ceil(IDLE / KNOCKING);
  const meetings = Array.from({ length: count }, () => newMeeting(terms));
  await each(meetings, ({ body }) => post(server, body));
  const firsts = [];
  for (const meeting of meetings) {
    const first = await Guest.arrive(client, meeting);
    await first.create();
    firsts.push(first);
  }
  const now = Math.floor(Date.now() / 1000);
  const knocks = [];
  while (knocks.length < KNOCKING) {
    const sealed = Buffer.alloc(512, knocks.length);
    const person = await makePerson(now, { leafExtensions: [identityExtension(sha256(sealed))] });
    knocks.push({ key_package: base64url(keyPackageMessage(person.publicPackage)), identity: base64url(sealed) });
  }
  await sleep(1000);
  const before = residentKib(server.process.pid);
  const sockets = [];
  await each(Array.from({ length: IDLE }), async (_, i) => {
    const knock = { type: 'knock', version: 2, meeting: meetings[i % count].name, ...knocks[Math.floor(i / count)] };
    sockets.push(await Idle.open(server, client, JSON.stringify(knock)));
    if (sockets.length % 1000 === 0) console.error(`  ${sockets.length} wait`);
  });
  await sleep(2000);
  const eachKib = (residentKib(server.process.pid) - before) / IDLE;
  for (const first of firsts) void first.until('never', 2 ** 30).catch(() => undefined);
  const { serverMs, wallMs } = await cost(server, () => sleep(1000 * IDLE_S));
  const closed = sockets.filter(({ socket }) => socket.destroyed).length;
  for (const { socket } of sockets) socket.removeAllListeners('close').destroy();
  if (closed > 0) throw new Error(`${closed} of ${IDLE} who waited were closed`);
  return { sockets: IDLE, eachKib, percentOfCore: (100 * serverMs) / wallMs };
}

// ---- TLS ----

function shake(server, session) {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false, servername: 'localhost', session });
    let ticket;
    let isResumed = false;
    socket.once('secureConnect', () => (isResumed = socket.isSessionReused()));
    socket.once('error', reject);
    socket.once('session', (given) => {
      ticket = given;
      socket.end();
    });
    socket.once('close', () => resolve({ ticket, isResumed }));
  });
}

async function measureTls(server) {
  const { ticket } = await shake(server);
  const run = async (session) => {
    let resumed = 0;
    const { serverMs } = await cost(server, () =>
      each(Array.from({ length: HANDSHAKES }), async () => {
        const { isResumed } = await shake(server, session);
        resumed += Number(isResumed);
      }),
    );
    return { ms: serverMs / HANDSHAKES, resumed };
  };
  const whole = await run(undefined);
  const resumed = await run(ticket);
  if (whole.resumed !== 0 || resumed.resumed !== HANDSHAKES) throw new Error(`resumed: ${whole.resumed} and ${resumed.resumed} of ${HANDSHAKES}`);
  return { wholeMs: whole.ms, resumedMs: resumed.ms };
}

// ---- all ----

async function withServer(server, isTls, act) {
  try {
    await (isTls ? startTls(server) : server.start());
    return await act(server);
  } finally {
    await server.stop();
    server.forget();
  }
}

/** Its own check of readiness speaks HTTP. */
async function startTls(server) {
  void server.start().catch(() => undefined);
  for (let tries = 0; tries < 100; tries++) {
    await sleep(100);
    if (server.log.includes('"started"')) return;
  }
  throw new Error(`the server did not start:\n${server.log}`);
}

const say = (text) => console.error(text);
const plain = async (act) => withServer(serverAt(8490), false, async (server) => act(server, await termsOf(server.url)));
say('New meetings');
const meetings = await plain(measureMeetings);
say(`A storm of ${PEOPLE}`);
const crowd = await plain(measureStorm);
say(`${IDLE} who wait`);
const idle = await plain(measureIdle);
say('TLS handshakes');
const tls = await withServer(serverAt(8491, ['--tls', 'self-signed']), true, measureTls);
const row = (what, figure, unit) => ({ what, figure, unit, goal: null });
report('signalling', {
  rows: [
    row('new meetings for a second of the processor', Math.round(1000 / meetings.ms), '/s'),
    row(`${PEOPLE} people at once, until all are in (one machine plays them): the server's processor for each`, round(crowd.ms, 2), 'ms'),
    row('joins with MLS commits for a second of the processor', Math.round(1000 / crowd.ms), '/s'),
    row(`${IDLE} who wait at the door: memory of each`, round(idle.eachKib * 1.024), 'kB'),
    row('WebSockets that wait, in a MiB', Math.round(1024 / idle.eachKib), ''),
    row(`the processor for ${IDLE} who wait`, round(idle.percentOfCore, 2), '% of a core'),
    row('TLS handshakes for a second of the processor, whole', Math.round(1000 / tls.wholeMs), '/s'),
    row('the same, resumed', Math.round(1000 / tls.resumedMs), '/s'),
    row('times as fast as a whole one', round(tls.wholeMs / tls.resumedMs, 2), 'x'),
  ],
  meetings,
  crowd,
  idle,
  tls,
});
process.exit(0);
