// Real servers of NATS, three of them, with TLS and a password a node; and a client of the plainest kind, that looks
// into the directory from outside.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';

export const BUCKET = 'incamera-directory';
const SERVERS = [1, 2, 3].map((i) => `10.77.2.${i}`);
const sha256hex = (text) => createHash('sha256').update(text).digest('hex');

function openssl(folder, ...args) {
  const done = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(done.stderr);
}

/** What operating.md says that a node may do on the bus. */
const permissions = (name) => `permissions: {
    publish: [ "incamera.beat", "incamera.ask.*", "_INBOX.>", "$JS.API.>", "$JS.FC.>", "$KV.${BUCKET}.>" ]
    subscribe: [ "incamera.beat", "incamera.ask.${sha256hex(name)}", "_INBOX.>" ] }`;

export class Bus {
  #running = new Map();

  /**
   * @param servers their addresses; `within(i)`: words in front of the command of one, to run it elsewhere
   * @param isPlain without TLS, for a test that reads what passes
   */
  constructor(folder, nodes, { servers = SERVERS, within = () => [], isPlain = false } = {}) {
    Object.assign(this, { folder: join(folder, 'bus'), servers, within, isPlain });
    mkdirSync(this.folder);
    const names = servers.map((ip) => `IP:${ip}`).join(',');
    openssl(this.folder, 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
      '-subj', '/CN=bus', '-addext', `subjectAltName=${names}`, '-keyout', 'bus.key', '-out', 'bus.pem');
    const users = [...nodes].map((name) => `{ user: "${name.split('.')[0]}", password: "pass-${name}", ${permissions(name)} }`);
    for (const [i, ip] of servers.entries()) {
      const tls = `tls { cert_file: "${this.folder}/bus.pem", key_file: "${this.folder}/bus.key"`;
      const [ofClients, ofServers, scheme] = isPlain ? ['', '', 'nats'] : [`${tls} }`, `${tls}, ca_file: "${this.folder}/bus.pem", verify: true }`, 'tls'];
      writeFileSync(join(this.folder, `${i}.conf`), `
listen: "${ip}:4222"
server_name: bus${i}
server_tags: [ "where:eu" ]
log_file: "${this.folder}/${i}.log"
${ofClients}
jetstream { store_dir: "${this.folder}/store${i}", max_memory_store: 16MB, max_file_store: 64MB }
cluster { name: lab, listen: "${ip}:6222", routes: [ ${servers.map((each) => `"${scheme}://${each}:6222"`).join(', ')} ]
    ${ofServers} }
authorization { users: [ { user: auditor, password: audit }, ${users.join(', ')} ] }
`);
    }
  }

  /** A certificate of somebody else. */
  strangersCa() {
    openssl(this.folder, 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
      '-subj', '/CN=stranger', '-keyout', 'stranger.key', '-out', 'stranger.pem');
    return `${this.folder}/stranger.pem`;
  }

  settings(ca = `${this.folder}/bus.pem`) {
    const trust = this.isPlain ? [] : [`--nats-ca=${ca}`];
    return [`--nats-url=${this.servers.map((ip) => `${this.isPlain ? 'nats' : 'tls'}://${ip}:4222`).join(',')}`, ...trust,
      '--cluster-name=lab', '--placement-tags=where:eu'];
  }

  start() {
    for (const i of this.servers.keys()) {
      const [command, ...words] = [...this.within(i), 'nats-server', '-c', join(this.folder, `${i}.conf`)];
      const child = spawn(command, words, { stdio: 'ignore' });
      this.#running.set(i, child);
    }
  }

  async stop() {
    const ends = [...this.#running.values()].map((child) => new Promise((done) => child.once('close', done)));
    for (const child of this.#running.values()) child.kill('SIGKILL');
    this.#running.clear();
    await Promise.all(ends);
  }

  empty() {
    for (const i of this.servers.keys()) rmSync(join(this.folder, `store${i}`), { recursive: true, force: true });
  }

  #open() {
    return Client.open(this.servers[0], this.isPlain ? null : readFileSync(join(this.folder, 'bus.pem')));
  }

  /** Every entry of the directory: key → { bytes, sequence }. */
  async entries() {
    const client = await this.#open();
    try {
      const info = await client.ask(`$JS.API.STREAM.INFO.KV_${BUCKET}`, { subjects_filter: '>' });
      if (info.error) throw new Error(JSON.stringify(info.error));
      const found = new Map();
      for (const subject of Object.keys(info.state.subjects ?? {})) {
        const { message } = await client.ask(`$JS.API.STREAM.MSG.GET.KV_${BUCKET}`, { last_by_subj: subject });
        found.set(subject.slice(`$KV.${BUCKET}.`.length), { bytes: Buffer.from(message.data, 'base64'), sequence: message.seq, headers: message.hdrs });
      }
      return { entries: found, config: info.config, cluster: info.cluster };
    } finally {
      client.close();
    }
  }

  /** A connection of the node of this name: it may say what the node may. */
  speaker(name) {
    const [user] = name.split('.');
    return Client.open(this.servers[0], this.isPlain ? null : readFileSync(join(this.folder, 'bus.pem')), [user, `pass-${name}`]);
  }

  async record(ms) {
    const client = await this.#open();
    const heard = await client.listen('>', ms);
    client.close();
    return heard;
  }
}

/** As much of the protocol of NATS as it takes to ask, and to listen. */
class Client {
  #heard = Buffer.alloc(0);
  #wake = () => {};
  #sids = 0;
  messages = [];

  /** ca: null: without TLS */
  static async open(host, ca, [user, pass] = ['auditor', 'audit']) {
    const client = new Client();
    const plain = connectTcp({ host, port: 4222 });
    await new Promise((done, fail) => plain.once('data', done).once('error', fail)); // INFO
    plain.removeAllListeners('data');
    client.socket = ca === null ? plain : connectTls({ socket: plain, ca, checkServerIdentity: () => undefined });
    if (ca !== null) await new Promise((done, fail) => client.socket.once('secureConnect', done).once('error', fail));
    client.socket.on('data', (bytes) => client.#take(bytes));
    client.socket.on('error', () => {});
    client.#say(JSON.stringify({ user, pass, verbose: false, pedantic: false, headers: true }).replace(/^/, 'CONNECT '));
    return client;
  }

  #say(line) {
    this.socket.write(`${line}\r\n`);
  }

  #take(bytes) {
    this.#heard = Buffer.concat([this.#heard, bytes]);
    for (;;) {
      const end = this.#heard.indexOf('\r\n');
      if (end < 0) return;
      const words = this.#heard.subarray(0, end).toString().split(' ');
      const isMessage = words[0] === 'MSG' || words[0] === 'HMSG';
      const length = isMessage ? Number(words.at(-1)) : 0;
      if (isMessage && this.#heard.length < end + 4 + length) return;
      if (words[0] === 'PING') this.#say('PONG');
      if (words[0] === '-ERR') this.messages.push({ subject: 'error', bytes: Buffer.from(words.join(' ')) });
      if (isMessage) this.messages.push({ subject: words[1], bytes: Buffer.from(this.#heard.subarray(end + 2, end + 2 + length)) });
      this.#heard = this.#heard.subarray(end + 2 + (isMessage ? length + 2 : 0));
      this.#wake();
    }
  }

  async ask(subject, body, ms = 3000) {
    const text = JSON.stringify(body);
    const reply = `_INBOX.test${Math.random().toString(36).slice(2)}`;
    this.#say(`SUB ${reply} ${++this.#sids}`);
    this.socket.write(`PUB ${subject} ${reply} ${Buffer.byteLength(text)}\r\n${text}\r\n`);
    const deadline = Date.now() + ms;
    for (;;) {
      const found = this.messages.find((each) => each.subject === reply);
      if (found) return JSON.parse(found.bytes);
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`no answer to ${subject}: ${this.messages.map((m) => m.bytes)}`);
      await new Promise((done) => {
        const timer = setTimeout(done, left);
        this.#wake = () => { clearTimeout(timer); done(); };
      });
    }
  }

  publish(subject, bytes) {
    this.socket.write(Buffer.concat([Buffer.from(`PUB ${subject} ${bytes.length}\r\n`), bytes, Buffer.from('\r\n')]));
  }

  async listen(subject, ms) {
    this.#say(`SUB ${subject} ${++this.#sids}`);
    await new Promise((done) => setTimeout(done, ms));
    return this.messages;
  }

  close() {
    this.socket.destroy();
  }
}
