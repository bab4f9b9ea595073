// incamera log, the real binary: a log made, grown, proved and cosigned, read here by a tree of RFC 6962
// of our own; killed in between; damaged, and refused.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash, createPublicKey, verify as isSigned } from 'node:crypto';
import { appendFileSync, chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

const BINARY = process.env.TEST_BINARY ?? 'build/release/incamera';
const folder = mkdtempSync(join(tmpdir(), 'incamera-log-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const environment = { ...process.env, ASAN_OPTIONS: 'detect_leaks=1:exitcode=23' };
let count = 0;
const fresh = (name) => join(folder, `${name}-${count++}`);

function run(args, input) {
  const result = spawnSync(BINARY, ['log', ...args], { input, encoding: 'utf8', timeout: 60000, env: environment });
  return { status: result.status, out: result.stdout, err: result.stderr };
}

function good(args, input) {
  const { status, out, err } = run(args, input);
  assert.equal(status, 0, `${args.join(' ')}: ${err}`);
  assert.equal(err, '');
  return out;
}

function refused(status, words, args, input) {
  const answer = run(args, input);
  assert.equal(answer.status, status, `${args.join(' ')}: ${answer.out}${answer.err}`);
  assert.match(answer.err, words);
  return answer;
}

function file(text, name = 'file') {
  const path = fresh(name);
  writeFileSync(path, text);
  return path;
}

const NAME = 'meet.example.org/log';

function makeLog() {
  const path = fresh('log');
  good(['init', '--name', NAME, path]);
  return path;
}

// ---- what is served, read anew ----

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

function rootOf(leaves) {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return leaves[0];
  const k = 2 ** (Math.ceil(Math.log2(leaves.length)) - 1);
  return sha256(Buffer.of(1), rootOf(leaves.slice(0, k)), rootOf(leaves.slice(k)));
}

function publicKey(vkey) {
  const raw = Buffer.from(vkey.trim().split('+').slice(2).join('+'), 'base64').subarray(1);
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }, format: 'jwk' });
}

/** The entries that the folder publishes, once signature, root and files are found to agree. */
function serve(path) {
  const [text, lines] = readFileSync(join(path, 'public/checkpoint'), 'utf8').split('\n\n');
  const [origin, size, root] = text.split('\n');
  assert.equal(origin, NAME);
  const signature = Buffer.from(lines.split('\n')[0].split(' ')[2], 'base64').subarray(4);
  assert.ok(isSigned(null, Buffer.from(`${text}\n`), publicKey(readFileSync(join(path, 'vkey'), 'utf8')), signature));
  const entries = [];
  const leaves = [];
  for (let at = 0; at < Number(size); at += 256) {
    const width = Math.min(256, size - at);
    const place = String(at / 256).padStart(3, '0') + (width < 256 ? `.p/${width}` : '');
    const bundle = readFileSync(join(path, 'public/tile/entries', place));
    const hashes = readFileSync(join(path, 'public/tile/0', place));
    for (let p = 0; p < bundle.length; p += 2 + bundle.readUInt16BE(p)) entries.push(bundle.subarray(p + 2, p + 2 + bundle.readUInt16BE(p)));
    for (let i = 0; i < width; i++) leaves.push(hashes.subarray(32 * i, 32 * i + 32));
  }
  assert.equal(entries.length, Number(size));
  entries.forEach((entry, i) => assert.deepEqual(sha256(Buffer.of(0), entry), leaves[i]));
  assert.equal(rootOf(leaves).toString('base64'), root);
  return entries.map(String);
}

// ---- making and growing ----

test('init makes a key that nobody else can read, and prints its verifier key', () => {
  const path = fresh('log');
  const { vkey, name, ok } = JSON.parse(good(['init', '--name', NAME, '--json', path]));
  assert.ok(ok);
  assert.equal(name, NAME);
  assert.equal(readFileSync(join(path, 'vkey'), 'utf8'), `${vkey}\n`);
  assert.equal(statSync(join(path, 'key')).mode & 0o777, 0o600);
  assert.equal(readFileSync(join(path, 'key')).length, 32);
  for (const served of ['public', 'public/checkpoint']) assert.equal(statSync(join(path, served)).mode & 0o044, 0o044, served);
  assert.deepEqual(serve(path), []);
  const before = readFileSync(join(path, 'key'));
  refused(1, /is there already: nothing was changed/, ['init', '--name', NAME, path]);
  assert.deepEqual(readFileSync(join(path, 'key')), before);
  refused(2, /no name of a log/, ['init', '--name', 'a b', fresh('log')]);
  refused(2, /--name is missing/, ['init', fresh('log')]);
  refused(2, /FOLDER is missing/, ['init', '--name', NAME]);
  refused(1, /cannot be made: No such file/, ['init', '--name', NAME, join(folder, 'no', 'where')]);
  assert.deepEqual(readdirSync(folder).filter((each) => each.includes('.init-')), []);
});

test('what is added is published; nothing is added twice', () => {
  const path = makeLog();
  const [a, b, c] = ['in-camera/node-cert/v1\nnode a\n', 'in-camera/node-set/v1\nserial 1\n', 'c'].map((text) => file(text));
  assert.equal(good(['add', path, a, b]), `${a} is entry 0.\n${b} is entry 1.\n`);
  const again = JSON.parse(good(['add', '--json', path, b, c, c]));
  assert.deepEqual(again, { ok: true, size: 3, entries: [{ file: b, index: 1, is_new: false }, { file: c, index: 2, is_new: true }, { file: c, index: 2, is_new: false }] });
  assert.deepEqual(serve(path), [a, b, c].map((each) => readFileSync(each, 'utf8')));
  const checkpoint = readFileSync(join(path, 'public/checkpoint'));
  good(['add', path, a]);
  assert.deepEqual(readFileSync(join(path, 'public/checkpoint')), checkpoint);
  refused(2, /is empty/, ['add', path, c, file('')]);
  refused(2, /more than 65535 bytes/, ['add', path, file('x'.repeat(65536))]);
  refused(2, /cannot be opened: No such file/, ['add', path, join(folder, 'nowhere')]);
  refused(2, /FILE is missing/, ['add', path]);
  refused(1, /cannot be opened/, ['add', join(folder, 'nowhere'), a]);
  refused(1, /is no log/, ['add', folder, a]);
  assert.equal(serve(path).length, 3);
  good(['add', path, file('y'.repeat(65535))]);
  assert.equal(serve(path).length, 4);
});

test('more than one tile of entries', () => {
  const path = makeLog();
  const files = Array.from({ length: 600 }, (_, i) => file(`entry ${i}`));
  for (const [from, to] of [[0, 1], [1, 256], [256, 300], [300, 512], [512, 600]]) {
    good(['add', path, ...files.slice(from, to)]);
    assert.deepEqual(serve(path), files.slice(0, to).map((_, i) => `entry ${i}`));
  }
  const policy = file(`log ${readFileSync(join(path, 'vkey'), 'utf8')}quorum none\n`);
  for (const i of [0, 255, 256, 511, 599])
    good(['verify', '--policy', policy, file(good(['prove', path, String(i)])), files[i]]);
});

test('hashes and entries that are forged together are not those of the checkpoint', () => {
  const whole = makeLog();
  const files = Array.from({ length: 600 }, (_, i) => file(`entry ${i}`));
  good(['add', whole, ...files]);
  for (const [tile, width, at] of [['000', 256, 3], ['001', 256, 511 - 256], ['002.p/88', 88, 87]]) {
    const path = fresh('log');
    cpSync(whole, path, { recursive: true });
    const [hashes, entries] = ['0', 'entries'].map((kind) => join(path, 'public/tile', kind, tile));
    const first = 256 * Math.floor(Number(tile.slice(0, 3)));
    const texts = Array.from({ length: width }, (_, i) => Buffer.from(i === at ? 'forged' : `entry ${first + i}`));
    writeFileSync(hashes, Buffer.concat(texts.map((text) => sha256(Buffer.of(0), text))));
    writeFileSync(entries, Buffer.concat(texts.flatMap((text) => [Buffer.of(text.length >> 8, text.length & 255), text])));
    const words = /not (that|those) of the checkpoint|holds something else than what is signed/;
    refused(1, words, ['show', path]);
    refused(1, words, ['show', path, String(first + at)]);
    refused(1, words, ['prove', path, String(first + at)]);
    refused(1, words, ['prove', path, file('forged')]);
    refused(1, words, ['add', path, file('forged')]);
  }
  assert.equal(good(['show', whole, '3']), 'entry 3');
});

test('show lists what is verified, and prints one entry as it is', () => {
  const path = makeLog();
  const texts = ['in-camera/node-cert/v1\nnode \u001b[31mred\n', 'only one line', Buffer.of(0, 1, 2).toString('latin1')];
  good(['add', path, file(texts[0]), file(texts[1]), file(Buffer.of(0xff, 0xfe))]);
  const out = good(['show', path]);
  assert.match(out, /^meet\.example\.org\/log: 3 entries, root \S{44}\n/);
  assert.match(out, / 0 {5}37 bytes {2}\(not text\)\n/);
  assert.match(out, / 1 {5}13 bytes {2}only one line/);
  assert.ok(!out.includes('\u001b'));
  const { entries, size } = JSON.parse(good(['show', '--json', path]));
  assert.equal(size, 3);
  assert.deepEqual(entries.map(({ index, bytes, kind }) => [index, bytes, kind]), [[0, 37, undefined], [1, 13, 'only one line'], [2, 2, undefined]]);
  assert.equal(good(['show', path, '1']), texts[1]);
  assert.equal(JSON.parse(good(['show', '--json', path, '1'])).entries[0].text, texts[1]);
  refused(1, /there is no entry 3: the log has 3/, ['show', path, '3']);
  refused(2, /is no index/, ['show', path, '01']);
  refused(2, /FOLDER is missing/, ['show']);
  refused(1, /vkey cannot be opened/, ['show', folder]);
});

test('prove writes what verify takes, and nothing for what is no entry', () => {
  const path = makeLog();
  const [a, b, other] = ['a', 'b', 'other'].map((text) => file(text));
  good(['add', path, a, b]);
  const policy = file(`log ${readFileSync(join(path, 'vkey'), 'utf8')}quorum none\n`);
  const proof = fresh('proof');
  good(['prove', '--out', proof, path, b]);
  assert.match(good(['verify', '--policy', policy, proof, b]), /at index 1 of meet\.example\.org\/log, of 2 entries/);
  assert.equal(run(['verify', '--policy', policy, proof, a]).status, 1);
  refused(1, /is there already/, ['prove', '--out', proof, path, b]);
  refused(1, /is no entry of this log/, ['prove', path, other]);
  refused(1, /is no entry of this log/, ['prove', path, '2']);
  refused(2, /cannot be opened/, ['prove', path, 'nowhere']);
  refused(2, /is missing/, ['prove', path]);
});

// ---- killed, damaged, copied ----

test('killed at any time: what was said to be in the log is in it, and it goes on', async () => {
  const path = makeLog();
  const said = new Map();
  for (let round = 0; round < 12; round++) {
    const files = Array.from({ length: 40 }, (_, i) => file(`round ${round}, entry ${i}`));
    const child = spawn(BINARY, ['log', 'add', path, ...files], { env: environment, stdio: ['ignore', 'pipe', 'ignore'] });
    let out = '';
    child.stdout.on('data', (bytes) => (out += bytes));
    const ended = new Promise((done) => child.on('close', done));
    await sleep(round * 12);
    child.kill('SIGKILL');
    await ended;
    if (out.endsWith('entry 39.\n')) for (const [, name, index] of out.matchAll(/^(.*) is entry (\d+)\.$/gm)) said.set(name, Number(index));
    const more = file(`after round ${round}`);
    good(['add', path, more, ...said.keys()]);
    said.set(more, serve(path).indexOf(`after round ${round}`));
    const entries = serve(path);
    for (const [name, index] of said) assert.equal(entries[index], readFileSync(name, 'utf8'));
  }
});

test('a damaged folder, or an old copy, is refused with what to do', () => {
  const whole = makeLog();
  const more = file('more');
  good(['add', whole, file('a'), file('b')]);
  const old = fresh('old');
  cpSync(whole, old, { recursive: true });
  good(['add', whole, file('c')]);
  const rows = [
    ['public/tile/0/000.p/3', (at) => rmSync(at), /tile\/0\/000\.p\/3: the file is not there, but what it held is signed \(signed: 3 entries/],
    ['public/tile/entries/000.p/3', (at) => truncateSync(at, 5), /entries\/000\.p\/3: the file holds something else/],
    ['public/tile/0/000.p/3', (at) => appendFileSync(at, 'x'), /holds something else/],
    ['head', (at) => rmSync(at), /head: the file is not there: the log's state is lost/],
    ['head', (at) => writeFileSync(at, readFileSync(at, 'utf8').replace('\n3\n', '\n2\n')), /holds something else|more was published/],
    ['head', (at) => cpSync(join(old, 'head'), at), /checkpoint: more was published than the state knows of.*published: 3/],
    ['public/checkpoint', (at) => writeFileSync(at, 'x'), /checkpoint: the file is not signed by the log's key/],
    ['key', (at) => chmodSync(at, 0o640), /no usable key: .*chmod 600/],
    ['key', (at) => truncateSync(at, 31), /no usable key/],
    ['key', (at) => writeFileSync(at, Buffer.alloc(32, 7)), /do not belong together/],
    ['vkey', (at) => writeFileSync(at, 'x\n'), /has no vkey/],
  ];
  for (const [name, spoil, words] of rows) {
    const path = fresh('log');
    cpSync(whole, path, { recursive: true });
    spoil(join(path, name));
    const before = readFileSync(join(path, 'public/checkpoint'));
    const { err } = refused(1, words, ['add', path, more]);
    if (!['key', 'vkey'].includes(name)) assert.match(err, /nothing was written\. Bring back the newest whole copy/);
    assert.deepEqual(readFileSync(join(path, 'public/checkpoint')), before);
  }
  good(['add', whole, more]);
});

test('what was signed and not published is published by the next command', () => {
  const path = makeLog();
  good(['add', path, file('a')]);
  const old = readFileSync(join(path, 'public/checkpoint'));
  good(['add', path, file('b')]);
  const signed = readFileSync(join(path, 'public/checkpoint'));
  writeFileSync(join(path, 'public/checkpoint'), old);
  good(['add', path, file('b')]);
  assert.deepEqual(readFileSync(join(path, 'public/checkpoint')), signed);
});

test('one writer at a time', async () => {
  const path = makeLog();
  const lock = spawn('flock', ['-x', '-o', path, 'sleep', '20'], { stdio: 'ignore' });
  for (let i = 0; i < 100; i++) {
    if (spawnSync('flock', ['-n', path, 'true']).status !== 0) break;
    await sleep(50);
  }
  refused(1, /is being written to by another command/, ['add', path, file('a')]);
  good(['show', path]);
  lock.kill('SIGKILL');
  await new Promise((done) => lock.on('close', done));
});

test('an init touches nothing but what it makes', async () => {
  const path = fresh('log');
  const neighbour = `${path}.new`;
  good(['init', '--name', NAME, neighbour]);
  const key = readFileSync(join(neighbour, 'key'));
  good(['init', '--name', NAME, path]);
  assert.deepEqual(readFileSync(join(neighbour, 'key')), key);
  good(['add', neighbour, file('a')]);
  const other = fresh('log');
  symlinkSync(neighbour, `${other}.new`);
  good(['init', '--name', NAME, other]);
  assert.deepEqual(readFileSync(join(neighbour, 'key')), key);
});

test('of inits at the same time one makes the log, and the others change nothing', async () => {
  for (let round = 0; round < 3; round++) {
    const path = fresh('log');
    const inits = Array.from({ length: 4 }, () => {
      const child = spawn(BINARY, ['log', 'init', '--name', NAME, '--json', path], { env: environment, stdio: ['ignore', 'pipe', 'ignore'] });
      let out = '';
      child.stdout.on('data', (bytes) => (out += bytes));
      return new Promise((done) => child.on('close', () => done(JSON.parse(out))));
    });
    const made = (await Promise.all(inits)).filter(({ ok }) => ok);
    assert.equal(made.length, 1);
    assert.equal(readFileSync(join(path, 'vkey'), 'utf8'), `${made[0].vkey}\n`);
    good(['add', path, file('a')]);
    assert.deepEqual(readdirSync(folder).filter((each) => each.includes('.init-')), []);
  }
});

test('an init that was cut off is no log, and does not stand in the way', () => {
  const path = fresh('log');
  // No file may have a byte: the kernel ends it in the midst.
  const { signal } = spawnSync('bash', ['-c', 'ulimit -c 0 -f 0; exec "$0" log init --name n.example/log "$1"', BINARY, path], { env: environment });
  assert.equal(signal, 'SIGXFSZ');
  assert.ok(!existsSync(path));
  good(['init', '--name', NAME, path]);
  good(['add', path, file('a')]);
  for (const left of readdirSync(folder)) if (left.includes('.init-')) rmSync(join(folder, left), { recursive: true });
});

test('help of each command; mistakes name the next step', () => {
  const all = good(['--help']);
  for (const verb of ['init', 'add', 'show', 'prove', 'request', 'cosign', 'verify']) {
    assert.match(all, new RegExp(`^  ${verb} `, 'm'));
    assert.match(good([verb, '--help']), new RegExp(`^usage: incamera log ${verb} [\\s\\S]*Exit status: 0`));
    refused(2, /--help/, [verb, '--wat']);
  }
  refused(2, /no command "ad"\. Did you mean "add"/, ['ad']);
});
