// Three nodes in three countries, with papers as operators make them, on one bus.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Bus } from './bus.mjs';

const BINARY = resolve(process.env.TEST_BINARY ?? 'build/release/incamera');
export const NODES = {
  fr1: { ip: '10.77.1.1', country: 'FR', site: '48.86 2.35 10', mediaPort: 10001 },
  de1: { ip: '10.77.1.2', country: 'DE', site: '50.11 8.68 25', mediaPort: 10002 },
  us1: { ip: '10.77.1.3', country: 'US', site: '39.04 -77.49 25', mediaPort: 10003 },
};
export const hostOf = (name) => `${name}.lab.example.org`;
export const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts.map((p) => Buffer.from(p)))).digest();
export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export async function until(what, words, ms = 15000) {
  const deadline = Date.now() + ms;
  for (;;) {
    const found = await what();
    if (found) return found;
    assert.ok(Date.now() < deadline, words());
    await pause(50);
  }
}

const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('INCAMERA_')));

export class Node {
  log = '';
  child = null;

  /** place: as in NODES; and `web`: settings of its web server, `within`: words in front of its command, `flags` */
  constructor(lab, name, place) {
    Object.assign(this, { lab, name, within: [], flags: [], binary: BINARY, variables: {}, ...place });
    this.data = join(lab.folder, name);
    this.origin = `https://${hostOf(name)}`;
    this.url ??= `http://${this.ip}:8080`;
    this.web ??= ['--tls=off', `--origin=${this.origin}, ${this.url}`, `--listen=${this.ip}:8080`];
    this.mediaAddress ??= this.ip;
    writeFileSync(join(lab.folder, `${name}.bus`), `${name}:pass-${hostOf(name)}\n`, { mode: 0o600 });
  }

  get settings() {
    return [...this.web, `--data-dir=${this.data}`, `--node-name=${hostOf(this.name)}`,
      `--node-region=${this.country}`, `--node-site=${this.site}`, '--node-entity=Lab', `--media-address=${this.mediaAddress}`,
      `--media-port=${this.mediaPort}`, '--media-workers=1', '--drain-timeout-s=0', ...this.flags];
  }

  async start({ ca } = {}) {
    const bus = [...this.lab.bus.settings(ca), `--nats-credentials=${this.lab.folder}/${this.name}.bus`];
    const [command, ...words] = [...this.within, this.binary, 'serve', ...this.settings, ...bus];
    const child = spawn(command, words, { env: { ...environment, ...this.variables }, stdio: ['ignore', 'ignore', 'pipe'] });
    this.child = child;
    this.log = '';
    child.stderr.on('data', (bytes) => (this.log += bytes));
    this.ended = new Promise((done) => child.once('close', done));
    await this.says(/"started"/);
  }

  says(words, ms = 15000) {
    return until(() => words.test(this.log), () => `${this.name} does not say ${words}:\n${this.log.slice(-3000)}`, ms);
  }

  async end(signal) {
    if (this.child === null) return undefined;
    this.child.kill(signal);
    const code = await this.ended;
    this.child = null;
    return code;
  }
}

export class Lab {
  folder = mkdtempSync(join(tmpdir(), 'incamera-cluster-'));

  /** nodes: as in NODES; bus: options of Bus */
  constructor({ nodes = NODES, bus = {} } = {}) {
    this.bus = new Bus(this.folder, Object.keys(nodes).map(hostOf), bus);
    this.nodes = Object.fromEntries(Object.entries(nodes).map(([name, place]) => [name, new Node(this, name, place)]));
    this.#papers();
  }

  run(...args) {
    const done = spawnSync(BINARY, args, { encoding: 'utf8', timeout: 20000, env: environment, cwd: this.folder });
    assert.equal(done.status, 0, done.stderr);
    return done.stdout;
  }

  #papers() {
    const file = (name) => join(this.folder, name);
    this.run('operator', 'init', '--name', 'lab.example.org/ana', '--out', 'ana.key');
    this.run('operator', 'init', '--threshold', '1', '--out', 'operator-keys.txt', 'ana.key.pub');
    for (const [name, node] of Object.entries(this.nodes)) {
      writeFileSync(file(`${name}.txt`), this.run('node', 'facts', ...node.settings));
      this.run('operator', 'sign-node', '--keys', 'operator-keys.txt', '--key', 'ana.key', `${name}.txt`);
    }
    const certs = Object.keys(this.nodes).map((name) => `${name}.txt`);
    this.run('operator', 'sign-set', '--keys', 'operator-keys.txt', '--key', 'ana.key', '--out', 'node-set.txt', ...certs);
    this.run('log', 'init', '--name', 'lab.example.org/log', 'log');
    writeFileSync(file('log-policy.txt'), `log ${readFileSync(file('log/vkey'), 'utf8').trim()}\nquorum none\n`);
    this.run('log', 'add', 'log', 'operator-keys.txt', 'node-set.txt', ...certs);
    for (const note of ['node-set', ...Object.keys(this.nodes)]) this.run('log', 'prove', '--out', `${note}.tlog-proof`, 'log', `${note}.txt`);
    for (const [name, node] of Object.entries(this.nodes)) {
      mkdirSync(node.data, { recursive: true, mode: 0o700 });
      for (const each of ['operator-keys.txt', 'node-set.txt', 'node-set.tlog-proof', 'log-policy.txt']) copyFileSync(file(each), join(node.data, each));
      copyFileSync(file(`${name}.txt`), join(node.data, 'node-cert.txt'));
      copyFileSync(file(`${name}.tlog-proof`), join(node.data, 'node-cert.tlog-proof'));
    }
    const text = (name) => readFileSync(file(name), 'utf8');
    this.terms = {
      keysHash: sha256(text('operator-keys.txt')),
      logHash: sha256(text('log-policy.txt')),
      setSerial: BigInt(/^serial (\d+)$/m.exec(text('node-set.txt'))[1]),
    };
  }

  /** A newer set, of these nodes alone, given to all. */
  signSet(names) {
    const file = (name) => join(this.folder, name);
    const certs = names.map((name) => `${name}.txt`);
    rmSync(file('node-set.txt'));
    rmSync(file('node-set.tlog-proof'));
    this.run('operator', 'sign-set', '--keys', 'operator-keys.txt', '--key', 'ana.key', '--out', 'node-set.txt', ...certs);
    this.run('log', 'add', 'log', 'node-set.txt');
    this.run('log', 'prove', '--out', 'node-set.tlog-proof', 'log', 'node-set.txt');
    for (const node of Object.values(this.nodes)) {
      for (const each of ['node-set.txt', 'node-set.tlog-proof']) copyFileSync(file(each), join(node.data, each));
    }
  }

  async start() {
    this.bus.start();
    await Promise.all(Object.values(this.nodes).map((node) => node.start()));
    for (const node of Object.values(this.nodes)) {
      await node.says(/"state":"ready"/, 30000);
      await node.says(new RegExp(`"node_known".*"nodes":${Object.keys(this.nodes).length}`), 30000);
    }
    await pause(3500); // who has watched for less than a lease cannot tell who is gone
  }

  async end() {
    const codes = await Promise.all(Object.values(this.nodes).map((node) => node.end('SIGTERM')));
    await this.bus.stop();
    rmSync(this.folder, { recursive: true, force: true });
    for (const code of codes) assert.ok(code === 0 || code === undefined, Object.values(this.nodes).map(({ log }) => log.slice(-3000)).join('\n'));
  }
}
