// A client without a browser and without media: the machine of the group as the browser has it, one
// WebSocket to the server, blobs over HTTP. A test does what a person would, and waits for what they see.

import { webcrypto } from 'node:crypto';
import { Agent, get } from 'node:http';
import { Agent as SecureAgent, get as getSecurely } from 'node:https';
import { createRequire } from 'node:module';
import { bundle } from './bundle.mjs';

const require = createRequire(new URL('../../../web/package.json', import.meta.url));
const { WebSocket } = require('ws');
export const modules = await bundle();
const { base64url, decodeClient, decodeServer, encode, encodePolicy, newPolicy, policyHash, rawKey } = modules;

const { subtle } = webcrypto;
const UNTIL_MS = 20_000;
const AGAIN_MS = 250;
const CLEAN = 1000;
const AWAY = 1001;
/** Connections are used again and limited, as in a browser: 6 for each client were 1,200 for a large crowd. */
const agent = new Agent({ keepAlive: true, maxSockets: 32 });
const secureAgent = new SecureAgent({ keepAlive: true, maxSockets: 32 });

/** Drivers whose group a test looks into: each member as it came in. */
const members = new Set();
const { begin } = modules.Member.prototype;
modules.Member.prototype.begin = function (...args) {
  members.add(this);
  return begin.apply(this, args);
};

export const randomBytes = (length) => webcrypto.getRandomValues(new Uint8Array(length));
export const makeKeys = () => subtle.generateKey('Ed25519', false, ['sign', 'verify']);
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What a meeting at this server is bound to: its operator, its log, its country. */
export async function termsOf(server) {
  const answer = await fetch(`${server.url}/api/v1/nodes/self`);
  const papers = modules.readNodePapers(await answer.text());
  const terms = papers && (await modules.readTerms(papers, Date.now() / 1000));
  if (terms?.kind !== 'terms') throw new Error(`no terms: ${answer.status} ${terms?.part} ${terms?.reason}`);
  const { operatorKeysHash, logPolicyHash, nodeSetSerial } = terms;
  return { countries: [terms.node.country], operatorKeysHash, logPolicyHash, nodeSetSerial };
}

/** A meeting as its creator makes it: a policy that the server keeps, and a link that it never sees. */
export async function makeMeeting(server, options = {}) {
  const { isHosted = true, hostKeys = null, lobby, issuers = [], suite = 4, record = null, terms = {} } = options;
  const meeting = randomBytes(16);
  const host = isHosted ? (hostKeys ?? (await makeKeys())) : null;
  const policy = encodePolicy(newPolicy({
    id: randomBytes(16),
    meeting,
    ...(await termsOf(server)),
    ...terms,
    hostKeys: host ? [await rawKey(host.publicKey)] : [],
    issuers,
    lobby: lobby ?? (host ? 'lobby' : 'open'),
    suite,
  }));
  const body = JSON.stringify({ policy: base64url(policy) });
  record?.push(body);
  const answer = await fetch(`${server.url}/api/v1/meetings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: server.url },
    body,
  });
  if (answer.status !== 201) throw new Error(`no meeting: ${answer.status} ${await answer.text()}`);
  return { server, meeting, host, secret: randomBytes(16), policyHash: await policyHash(policy) };
}

export class ScriptedClient {
  #socket = null;
  #isWanted = false;
  #replaces;
  #wakers = new Set();

  /**
   * @param place from makeMeeting; or with another secret, policyHash or host
   * @param options device, host (keys, or null), replaces (session of the page before), signed (an ID token),
   *   verifyToken, record (an array for all texts that the server gets), server (another one in the middle),
   *   hasSeat (false: no `join`), seen (device keys met before), package (another bundle of the client),
   *   isBrief (keeps little, for a crowd), speed (so many seconds of its clock in one of ours)
   */
  constructor(place, name, options = {}) {
    this.place = place;
    this.name = name;
    this.options = options;
    this.server = options.server ?? place.server; // undefined: nobody in the middle
    this.#replaces = options.replaces ?? null;
    this.events = [];
    this.frames = [];
    this.said = [];
    this.heard = [];
    this.faults = [];
    /** hears nothing more, and does nothing: somebody in a crowd whose part is done */
    this.isResting = false;
    const own = options.package ?? modules;
    this.driver = new own.Driver({
      clock: clockOf(options.speed ?? 1),
      random: randomBytes,
      fetchBlob: (hash) => this.#fetchBlob(hash),
      verifyToken: options.verifyToken ?? (async () => null),
      emit: (event) => this.#onEvent(event),
      policy: () => {},
      frames: (keys) => !options.isBrief && this.frames.push({ ...keys, baseKey: undefined, at: Date.now() }),
      onFault: (error) => this.faults.push(error),
    });
  }

  async start() {
    const { meeting, secret, policyHash: hash } = this.place;
    this.device = this.options.device ?? (await makeKeys());
    this.driver.command({
      type: 'start',
      meeting,
      secret: secret.slice(),
      policyHash: hash,
      hostName: 'localhost',
      name: this.name,
      device: this.device,
      host: this.options.host ?? null,
      signed: this.options.signed ?? null,
      seen: this.options.seen ?? [],
    });
    this.connect();
    return this;
  }

  // What the page does

  connect() {
    this.#isWanted = true;
    const { url } = this.server;
    const socket = new WebSocket(`${url.replace('http', 'ws')}/signal`, { origin: url, perMessageDeflate: false });
    this.#socket = socket;
    socket.on('open', () => this.driver.command({ type: 'line', isUp: true }));
    socket.on('message', (data) => this.#onMessage(data.toString()));
    socket.on('error', () => {});
    socket.on('close', () => this.#onClosed(socket));
  }

  /** The network goes, or the page: the server keeps the seat for a while. */
  disconnect({ isPageGone = false } = {}) {
    const socket = this.#letGo();
    if (isPageGone) socket?.close(AWAY);
    else socket?.terminate();
  }

  act(act) {
    this.driver.command({ type: 'act', act });
  }

  /** A page that is loaded again: another driver, the same device, the seat of the page before. */
  async reload({ isCold = false, ...options } = {}) {
    const { device, session } = this;
    this.driver.command({ type: 'stop' });
    this.disconnect({ isPageGone: true });
    const replaces = isCold ? null : session;
    const again = new ScriptedClient(this.place, this.name, { ...this.options, device, replaces, ...options });
    return again.start();
  }

  /** As the button does: the group's farewell, then the server's. */
  async leave() {
    this.act({ type: 'leave' });
    await this.until(({ phase }) => phase === 'out');
    this.say({ type: 'leave' });
    this.#letGo()?.close(CLEAN);
  }

  /** Ends without a word, when a test is over. */
  stop() {
    this.driver.command({ type: 'stop' });
    this.disconnect();
  }

  // What a person sees

  get view() {
    return this.events.findLast(({ type }) => type === 'view')?.view ?? { phase: 'off', people: [], knockers: [] };
  }
  get phase() {
    return this.view.phase;
  }
  get names() {
    return this.view.people.map(({ name }) => name).sort();
  }
  get leaf() {
    return this.view.people.find(({ isSelf }) => isSelf)?.leaf ?? -1;
  }
  get chats() {
    return this.events.flatMap((event) => (event.type === 'chat' ? [event.text] : []));
  }
  get refusal() {
    return this.events.find(({ type }) => type === 'refused')?.reason ?? null;
  }
  get errors() {
    return this.heard.flatMap((message) => (message.type === 'error' ? [message.code] : []));
  }
  /** As the page keeps it in its tab. */
  get session() {
    return this.heard.findLast(({ type }) => type === 'waiting')?.session ?? null;
  }
  /** What the machine holds, for those who play false or measure. */
  get member() {
    const { leaf, view } = this;
    const isOurs = ({ instance: { group }, code }) =>
      group.ownLeaf === leaf && group.epoch === view.epoch && code && modules.codeDigits(code) === view.code;
    return [...members].findLast(isOurs);
  }

  leafOf(name) {
    const person = this.view.people.find((each) => each.name === name);
    if (!person) throw new Error(`${this.name} sees no ${name}`);
    return person.leaf;
  }
  knockerOf(name) {
    const knocker = this.view.knockers.find((each) => each.name === name);
    if (!knocker) throw new Error(`nobody called ${name} knocks at ${this.name}`);
    return knocker;
  }

  /** Waits until this holds of the view. How long it took. */
  async until(holds, { ms = UNTIL_MS, what = holds.toString() } = {}) {
    const from = Date.now();
    const isSo = () => {
      try {
        return Boolean(holds(this.view, this));
      } catch {
        return false;
      }
    };
    while (!isSo()) {
      const left = from + ms - Date.now();
      if (left <= 0) throw new Error(`${this.name} waits in vain for ${what}: ${this.#describe()}`);
      await new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          this.#wakers.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, Math.min(left, 100));
        this.#wakers.add(wake);
      });
    }
    return Date.now() - from;
  }

  // Inside

  say(message) {
    if (!decodeClient(encode(message))) this.faults.push(new Error(`no message: ${message.type}`));
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    const text = encode(message);
    this.said.push(message);
    this.options.record?.push(text);
    this.#socket.send(text);
  }

  #onEvent(event) {
    if (event.type === 'view') {
      // Only the last view is looked at; a large meeting shows thousands.
      const before = this.events.findIndex(({ type }) => type === 'view');
      if (before >= 0) this.events.splice(before, 1);
    }
    this.events.push(event);
    for (const wake of [...this.#wakers]) wake();
    if (event.type === 'say') {
      this.events.pop();
      this.say(this.#asFirst(event.message));
    }
  }

  /** The page adds the seat of the page before to its first knock. */
  #asFirst(message) {
    if (message.type !== 'knock' || this.#replaces === null) return message;
    const replaces = this.#replaces;
    this.#replaces = null;
    return { ...message, replaces };
  }

  #onMessage(text) {
    if (this.isResting) return;
    const message = decodeServer(text);
    if (!message) {
      this.faults.push(new Error(`the server said what no server says: ${text.slice(0, 300)}`));
      return;
    }
    this.heard.push(this.options.isBrief ? inBrief(message) : message);
    this.driver.command({ type: 'heard', message });
    if (this.options.hasSeat !== false && isTimeToJoin(message)) this.say(JOIN);
    for (const wake of [...this.#wakers]) wake();
  }

  #onClosed(socket) {
    if (this.#socket !== socket) return;
    this.#socket = null;
    this.driver.command({ type: 'line', isUp: false });
    const isOver = this.phase === 'out' || this.phase === 'off' || this.refusal !== null;
    if (!this.#isWanted || isOver) return;
    setTimeout(() => this.#isWanted && this.#socket === null && this.connect(), AGAIN_MS);
  }

  #letGo() {
    const socket = this.#socket;
    this.#isWanted = false;
    this.#socket = null;
    this.driver.command({ type: 'line', isUp: false });
    return socket;
  }

  async #fetchBlob(hash) {
    const path = `/api/v1/blobs/${hash}`;
    this.options.record?.push(path);
    const { url } = this.server;
    const ask = url.startsWith('https:') ? (then) => getSecurely(`${url}${path}`, { agent: secureAgent }, then) : (then) => get(`${url}${path}`, { agent }, then);
    return new Promise((resolve, reject) => {
      const request = ask(async (answer) => {
        const parts = await answer.toArray();
        resolve(answer.statusCode === 200 ? new Uint8Array(Buffer.concat(parts)) : null);
      });
      request.on('error', reject);
    });
  }

  #describe() {
    const { phase, epoch, people, knockers, alarm } = this.view;
    const { refusal, errors, faults } = this;
    const heard = this.heard.slice(-6).map(({ type, reason, what }) => [type, what, reason].filter(Boolean).join(' '));
    return JSON.stringify({
      phase, epoch, alarm, refusal, errors, heard,
      people: people.map(({ leaf, name }) => `${leaf} ${name}`),
      knockers: knockers.map(({ name }) => name),
      faults: faults.map((each) => each?.stack ?? String(each)),
    });
  }
}

/** A transport that never comes up: the seat is listed, and asked for again whenever the server gives it up. */
const JOIN = {
  type: 'join',
  transport: { ufrag: 'scripted', pwd: 'a'.repeat(22), fingerprint: Array(32).fill('AB').join(':') },
  sections: [{
    mid: '0', kind: 'audio', direction: 'receive', codecs: [{ name: 'opus', payload_type: 111 }], extensions: {},
  }],
  media: { microphone: false, camera: false },
};

/** Of a message, what little is looked at later. */
function inBrief({ type, code, session, what, reason, message = '', welcome = '', tree }) {
  return { type, code, session, what, reason, tree, size: message.length + welcome.length };
}

function isTimeToJoin(message) {
  if (message.type === 'error') return message.code === 'media_lost';
  return ['created', 'welcome'].includes(message.type) || (message.type === 'resumed' && !message.is_in_worker);
}

/** From now on time goes by this much faster. */
function clockOf(speed) {
  const from = Date.now();
  const after = (ms, run) => {
    const timer = setTimeout(run, ms / speed);
    return () => clearTimeout(timer);
  };
  return { now: () => Math.floor(from + (Date.now() - from) * speed), after };
}
