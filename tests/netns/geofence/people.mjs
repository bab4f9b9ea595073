// People without a browser: the client's own machine of the group, and no check of who the node is. They open
// the link as any browser does, follow wherever it leads, and send to whatever address they are told: what
// keeps them in the region are the nodes. In place of media they ask, many times a second, for the answer that
// ICE demands of a node.

import { createSocket } from 'node:dgram';
import { createHmac, randomBytes, randomInt } from 'node:crypto';
import { setDefaultResultOrder } from 'node:dns';
import { get } from 'node:https';
import { crc32 } from 'node:zlib';

import { ScriptedClient, makeMeeting, modules, pause } from '../../meeting/lib/scripted_client.mjs';

let comers = 0; // every other one comes by IPv4
const PULSE_MS = 50;
/** What is unanswered for less than this when a transport is made anew was asked of the one before. */
const RENEWED_MS = 2000;
const ANSWER_MS = 1000;
const REDIRECTS_MAX = 3;

const attribute = (type, value) => {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc(-value.length & 3)]);
};

const TABLE = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});
const crc = crc32 ?? ((bytes) => (bytes.reduce((c, b) => TABLE[(c ^ b) & 255] ^ (c >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0);

/** A Binding request (RFC 8489, RFC 8445 7.1) of the side that controls. */
function binding({ ufrag, pwd }, id) {
  const priority = Buffer.from([110, 127, 30, 255]);
  let body = Buffer.concat([
    attribute(0x0006, Buffer.from(`${ufrag}:scripted`)), attribute(0x0024, priority), attribute(0x802a, randomBytes(8)), attribute(0x0025, Buffer.alloc(0)),
  ]);
  const head = (length) => {
    const bytes = Buffer.alloc(20);
    bytes.writeUInt16BE(1, 0);
    bytes.writeUInt16BE(length, 2);
    bytes.writeUInt32BE(0x2112a442, 4);
    id.copy(bytes, 8);
    return bytes;
  };
  const integrity = createHmac('sha1', pwd).update(Buffer.concat([head(body.length + 24), body])).digest();
  body = Buffer.concat([body, attribute(0x0008, integrity)]);
  const check = Buffer.alloc(4);
  check.writeUInt32BE((crc(Buffer.concat([head(body.length + 8), body])) ^ 0x5354554e) >>> 0);
  return Buffer.concat([head(body.length + 8), body, attribute(0x8028, check)]);
}

class Pulse {
  asked = 0;
  answered = 0;
  #waiting = new Map();
  #transport = null;

  constructor() {
    this.sockets = { 4: createSocket('udp4'), 6: createSocket('udp6') };
    for (const socket of Object.values(this.sockets)) {
      socket.on('error', () => {}); // an address that cannot be reached
      socket.on('message', (bytes) => {
        if (bytes.length < 20 || bytes.readUInt16BE(0) !== 0x0101) return;
        if (this.#waiting.delete(bytes.toString('hex', 8, 20))) this.answered++;
      });
    }
    this.timer = setInterval(() => this.#ask(), PULSE_MS);
  }

  get unanswered() {
    const until = Date.now() - ANSWER_MS;
    return [...this.#waiting.values()].filter((at) => at < until).length;
  }

  /** To its candidates in turn, from now on. */
  use(transport) {
    if (transport === this.#transport) return;
    this.#transport = transport;
    for (const [id, at] of this.#waiting) {
      if (Date.now() - at > RENEWED_MS) continue;
      this.#waiting.delete(id);
      this.asked--;
    }
  }

  #ask() {
    if (!this.#transport) return;
    const { candidates } = this.#transport;
    const { address, port } = candidates[randomInt(candidates.length)];
    const id = randomBytes(12);
    this.#waiting.set(id.toString('hex'), Date.now());
    this.asked++;
    this.sockets[address.includes(':') ? 6 : 4].send(binding(this.#transport, id), port, address, () => {});
  }

  stop() {
    clearInterval(this.timer);
    this.#transport = null;
    for (const socket of Object.values(this.sockets)) socket.close();
  }
}

/** A meeting that may run in these countries; made at this node, and the request by which another one gets to know it. */
export async function meetingAt(node, countries = ['DE', 'FR'], terms = {}) {
  const record = [];
  const place = await makeMeeting({ url: node.origin }, { isHosted: false, record, terms: { countries, ...terms } });
  const name = Buffer.from(place.meeting).toString('base64url');
  const fragment = `#1.${Buffer.from(place.secret).toString('base64url')}.${Buffer.from(place.policyHash).toString('base64url')}`;
  return { ...place, name, fragment, body: record[0], policy: Buffer.from(JSON.parse(record[0]).policy, 'base64url') };
}

/** The node gets to know the meeting, as from somebody who is in it. */
export async function bring(node, meeting) {
  const answer = await fetch(`${node.origin}/api/v1/meetings`, {
    method: 'POST', headers: { 'content-type': 'application/json', origin: node.origin }, body: meeting.body,
  });
  return answer.status;
}

/** One request on a connection of its own, which is closed when this answers. */
const ask = (url) => new Promise((resolve, reject) => {
  const request = get(url, { agent: false, headers: { connection: 'close' } }, (answer) => {
    answer.resume();
    answer.socket.once('close', () => resolve({ status: answer.statusCode, location: answer.headers.location }));
  });
  request.once('error', reject);
});

/** Opens the link at this node and goes wherever it leads; the origin of the page that came. */
export async function open(node, meeting) {
  let url = `${node.origin}/m/${meeting.name}`;
  const seen = [];
  for (let i = 0; i <= REDIRECTS_MAX; i++) {
    const { status, location } = await ask(url);
    seen.push({ url, status });
    if (status !== 307) return { origin: new URL(url).origin, seen };
    url = location;
  }
  throw new Error(`led round: ${JSON.stringify(seen)}`);
}

export class Person extends ScriptedClient {
  /** Opens the link at the node, and knocks where it led; isBack: at this node, as who was in the meeting. */
  static async come(node, meeting, name, { isBack = false } = {}) {
    setDefaultResultOrder(comers++ % 2 === 0 ? 'ipv4first' : 'verbatim');
    const { origin } = isBack ? node : await open(node, meeting);
    const person = new Person(meeting, name, { server: { url: origin } });
    person.at = origin;
    person.pulse = new Pulse();
    person.watch = setInterval(() => person.follow(), 20);
    await person.start();
    return person;
  }

  follow() {
    const joined = this.heard.findLast(({ type }) => type === 'joined');
    if (joined) this.pulse.use(joined.transport);
  }

  /** In the meeting, and the node answers its media. */
  async arrived(ms = 15000) {
    await this.until(({ phase }) => phase === 'in', { ms });
    await this.until(() => this.pulse.answered > 0, { ms, what: 'an answer of the media port' });
    return this;
  }

  /** Of what was asked so long ago that an answer would be here, this much was not answered. */
  get lost() {
    return this.pulse.unanswered / Math.max(1, this.pulse.asked);
  }

  /** Says goodbye, if there is a node to say it to: a seat is kept for a while otherwise. */
  async go() {
    if (this.phase === 'in') await this.leave().catch(() => {});
    this.stop();
  }

  stop() {
    if (this.isStopped) return;
    this.isStopped = true;
    clearInterval(this.watch);
    this.pulse.stop();
    super.stop();
  }
}

/** Comes to the node and is refused: the server's words, and how long after the knock they came. */
export async function refusedAt(node, meeting, name = 'Refused', how = {}) {
  const person = await Person.come(node, meeting, name, how);
  try {
    let knocked = 0;
    await person.until(() => {
      if (knocked === 0 && person.said.some(({ type }) => type === 'knock')) knocked = Date.now();
      return person.heard.some(({ type }) => type === 'error') || person.phase === 'in';
    }, { ms: 8000, what: 'a refusal' });
    const error = person.heard.find(({ type }) => type === 'error');
    return { error, ms: error ? Date.now() - knocked : undefined, isIn: person.phase === 'in', at: person.at };
  } finally {
    await person.go();
  }
}

export { modules, pause };
