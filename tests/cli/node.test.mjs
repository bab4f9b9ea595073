// What a node shows clients about itself: a trial server signs for itself; another one shows what its
// operators have put into its data folder, as long as a client would take it for this very machine.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, afterEach, test } from 'node:test';
import { Member, base64url, newMeeting, termsOf } from '../support/member.mjs';
import { isSignedBy, leafOf, sha256 } from '../support/notes.mjs';

const BINARY = resolve(process.env.TEST_BINARY ?? 'build/release/incamera');
const TIME_FACTOR = process.env.TEST_TIMES === 'loose' ? 6 : 1;
const folder = mkdtempSync(join(tmpdir(), 'incamera-node-'));
mkdirSync(join(folder, 'tmp'));
const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('INCAMERA_'))),
  TMPDIR: join(folder, 'tmp'),
  ASAN_OPTIONS: 'detect_leaks=1:exitcode=23',
};
const running = new Set();

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});
after(() => rmSync(folder, { recursive: true, force: true }));

function ok(...args) {
  const result = spawnSync(BINARY, args, { encoding: 'utf8', timeout: 20000, env: environment, cwd: folder });
  assert.equal(result.status, 0, result.stderr);
  return result.stdout;
}

const freeTcp = () => new Promise((done) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => done(port));
  });
});
const freeUdp = () => new Promise((done) => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1', () => {
    const { port } = socket.address();
    socket.close(() => done(port));
  });
});

const ask = (url, method = 'GET') => new Promise((done, fail) => {
  request(url, { method, agent: false }, (response) => {
    let body = '';
    response.on('data', (bytes) => (body += bytes)).on('end', () => done({ status: response.statusCode, headers: response.headers, body }));
  }).on('error', fail).end();
});

async function until(what, words) {
  const deadline = Date.now() + 10000 * TIME_FACTOR;
  while (!(await what())) {
    assert.ok(Date.now() < deadline, words());
    await new Promise((done) => setTimeout(done, 30));
  }
}

async function start(...more) {
  const [port, mediaPort] = await Promise.all([freeTcp(), freeUdp()]);
  const args = ['serve', '--dev', `--listen=127.0.0.1:${port}`, `--media-port=${mediaPort}`, '--media-workers=1', '--media-address=127.0.0.1', ...more];
  const child = spawn(BINARY, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const server = { child, url: `http://localhost:${port}`, err: '' };
  running.add(child);
  child.stderr.on('data', (bytes) => (server.err += bytes));
  server.ended = new Promise((done) => child.on('close', (code) => {
    running.delete(child);
    done(code);
  }));
  server.self = () => ask(`${server.url}/api/v1/nodes/self`);
  server.stop = async () => {
    child.kill('SIGTERM');
    assert.equal(await server.ended, 0, server.err);
  };
  await until(() => /started/.test(server.err), () => `not ready:\n${server.err}`);
  return server;
}

/** Read as a client reads it. */
function papersOf(answer) {
  assert.equal(answer.status, 200, answer.body);
  assert.equal(answer.headers['content-type'], 'application/json');
  assert.equal(answer.headers['cache-control'], 'no-store');
  const papers = JSON.parse(answer.body);
  assert.deepEqual(Object.keys(papers).sort(), ['log_policy', 'node_cert', 'node_cert_proof', 'node_set', 'node_set_proof', 'operator_keys']);
  assertLogged(papers);
  return papers;
}
/** Both notes stand in the log of the policy, by the tool's own judgement (tests/cli/log.test.mjs holds that against others). */
function assertLogged(papers) {
  writeFileSync(join(folder, 'shown-policy'), papers.log_policy);
  for (const name of ['node_cert', 'node_set']) {
    writeFileSync(join(folder, 'shown-note'), papers[name]);
    writeFileSync(join(folder, 'shown-proof'), papers[`${name}_proof`]);
    ok('log', 'verify', '--policy', 'shown-policy', 'shown-proof', 'shown-note');
  }
}
const vkeys = (list) => [...list.matchAll(/^key (.+)$/gm)].map((m) => m[1]);
const line = (note, keyword) => new RegExp(`^${keyword} (.*)$`, 'm').exec(note)?.[1];

test('a trial signs for itself: list, certificate and set belong together and to this server', async () => {
  const server = await start();
  const { node_cert: cert, node_set: set, operator_keys: lists } = papersOf(await server.self());
  assert.equal(lists.length, 1);
  assert.equal(line(lists[0], 'threshold'), '1 1');
  const [vkey] = vkeys(lists[0]);
  assert.ok(isSignedBy(cert, vkey) && isSignedBy(set, vkey));
  assert.deepEqual([...set.matchAll(/^cert (.*)$/gm)].map((m) => m[1]), [leafOf(cert)]);
  assert.deepEqual([line(cert, 'node'), line(cert, 'region'), line(cert, 'addr')], ['localhost', 'DE', '127.0.0.1/32']);
  for (const note of [cert, set]) {
    assert.ok(Date.parse(line(note, 'not-before')) < Date.now() && Date.parse(line(note, 'not-after')) > Date.now() + 6 * 86400000);
  }
  const checkpoint = await ask(`${server.url}/log/checkpoint`);
  assert.equal(checkpoint.status, 200, checkpoint.body);
  assert.match(checkpoint.body, /^localhost\/log\n2\n/);
  const head = await ask(`${server.url}/api/v1/nodes/self`, 'HEAD');
  assert.deepEqual([head.status, head.body], [200, '']);
  assert.equal((await ask(`${server.url}/api/v1/nodes/self`, 'POST')).status, 405);
  await server.stop();
  assert.deepEqual(readdirSync(join(folder, 'tmp')), [], 'nothing is left behind');
});

test('a trial with a data folder keeps its key, and claims what it is told to', async () => {
  const data = join(folder, 'kept');
  const seen = [];
  for (const region of ['DE', 'FR']) {
    const server = await start(`--data-dir=${data}`, `--node-region=${region}`, '--node-name=trial.example.org');
    const papers = papersOf(await server.self());
    assert.equal(line(papers.node_cert, 'region'), region);
    assert.equal(line(papers.node_cert, 'node'), 'trial.example.org');
    assert.equal(line(papers.node_cert, 'receipt-key').split('+')[0], 'trial.example.org/receipt');
    seen.push(papers);
    await server.stop();
  }
  assert.deepEqual(seen[0].operator_keys, seen[1].operator_keys);
  assert.ok(Number(line(seen[1].node_set, 'serial')) >= Number(line(seen[0].node_set, 'serial')));
  assert.equal(statSync(join(data, 'operator.key')).mode & 0o777, 0o600);
});

test('a trial that cannot be certified runs, and says why', async () => {
  const server = await start('--node-region=XX');
  assert.match(server.err, /trial_not_signed.*node_region/);
  const answer = await server.self();
  assert.deepEqual([answer.status, JSON.parse(answer.body).code], [404, 'not_certified']);
  await server.stop();
});

/** Entries of a log, their proofs, and its policy. */
function logged(policy, proofs) {
  if (!existsSync(join(folder, 'log'))) ok('log', 'init', '--name', 'example.org/log', 'log');
  writeFileSync(join(folder, policy), `log ${readFileSync(join(folder, 'log/vkey'), 'utf8').trim()}\nquorum none\n`);
  ok('log', 'add', 'log', ...Object.keys(proofs));
  for (const [entry, proof] of Object.entries(proofs)) ok('log', 'prove', '--out', proof, 'log', entry);
}

/** Operators and their files; the node's keys are in its data folder already. */
function operators(data) {
  const facts = ['node', 'facts', '--tls=self-signed', `--data-dir=${data}`, '--node-name=n1.example.org', '--node-region=DE', '--node-site=50.11 8.68 25', '--node-entity=Example e.V.'];
  for (const name of ['ana', 'ben', 'cleo']) ok('operator', 'init', '--name', `example.org/${name}`, '--out', `${name}.key`);
  ok('operator', 'init', '--threshold', '2', '--out', 'keys.txt', 'ana.key.pub', 'ben.key.pub', 'cleo.key.pub');
  const certify = (file, ...more) => {
    writeFileSync(join(folder, file), ok(...facts, ...more));
    for (const key of ['ana.key', 'ben.key']) ok('operator', 'sign-node', '--keys', 'keys.txt', '--key', key, file);
  };
  const list = (file, ...certs) => {
    ok('operator', 'sign-set', '--keys', 'keys.txt', '--key', 'ana.key', '--out', file, ...certs);
    ok('operator', 'sign-set', '--keys', 'keys.txt', '--key', 'cleo.key', file);
  };
  return { certify, list };
}

test('a node shows what its operators signed, and nothing that clients would refuse', async () => {
  const data = join(folder, 'node');
  const put = (from, name) => copyFileSync(join(folder, from), join(data, name));
  const { certify, list } = operators(data);
  certify('n1.txt', '--media-address=127.0.0.1');
  certify('elsewhere.txt', '--media-address=192.0.2.77');
  list('set.txt', 'n1.txt');
  list('both.txt', 'elsewhere.txt', 'n1.txt');
  list('other.txt', 'elsewhere.txt');
  logged('policy.txt', { 'n1.txt': 'n1.proof', 'set.txt': 'set.proof', 'both.txt': 'both.proof', 'elsewhere.txt': 'elsewhere.proof' });
  put('policy.txt', 'log-policy.txt');
  put('keys.txt', 'operator-keys.txt');
  put('n1.txt', 'node-cert.txt');
  put('n1.proof', 'node-cert.tlog-proof');
  put('set.txt', 'node-set.txt');
  put('set.proof', 'node-set.tlog-proof');
  const server = await start(`--data-dir=${data}`);
  const papers = papersOf(await server.self());
  for (const name of ['node_cert', 'node_set']) assert.equal(vkeys(papers.operator_keys[0]).filter((v) => isSignedBy(papers[name], v)).length, 2);
  assert.equal(papers.node_cert, readFileSync(join(folder, 'n1.txt'), 'utf8'));
  assert.ok(!existsSync(join(data, 'operator.key')), 'a trial does not sign over operators');
  const reload = async (words) => {
    const before = server.err.length;
    server.child.kill('SIGHUP');
    await until(() => words.test(server.err.slice(before)), () => `no ${words} in:\n${server.err.slice(before)}`);
    return server.self();
  };
  const refused = async (words) => {
    const answer = await reload(words);
    assert.deepEqual([answer.status, JSON.parse(answer.body).code], [404, 'not_certified']);
  };
  put('other.txt', 'node-set.txt');
  await refused(/node_not_certified.*node-cert\.txt \(not_in_set\)/);
  put('both.txt', 'node-set.txt');
  put('elsewhere.txt', 'node-cert.txt');
  await refused(/node_not_certified.*node-cert\.txt \(address\)/);
  put('n1.txt', 'node-cert.txt');
  writeFileSync(join(data, 'node-set.txt'), readFileSync(join(folder, 'both.txt'), 'utf8').replace(/^serial \d+/m, 'serial 5'));
  await refused(/node-set\.txt \(signature_wrong\)/);
  unlinkSync(join(data, 'node-set.txt'));
  await refused(/node_not_certified.*node-set\.txt cannot be opened/);
  put('both.txt', 'node-set.txt');
  await refused(/node-set\.tlog-proof \(not_logged\)/);
  put('both.proof', 'node-set.tlog-proof');
  writeFileSync(join(data, 'node-cert.tlog-proof'), 'no proof\n');
  await refused(/node-cert\.tlog-proof \(not_logged\)/);
  put('n1.proof', 'node-cert.tlog-proof');
  ok('log', 'init', '--name', 'example.org/log', 'other-log');
  writeFileSync(join(data, 'log-policy.txt'), `log ${readFileSync(join(folder, 'other-log/vkey'), 'utf8').trim()}\nquorum none\n`);
  await refused(/node-set\.tlog-proof \(checkpoint\)/);
  writeFileSync(join(data, 'log-policy.txt'), 'log nothing\n');
  await refused(/log-policy\.txt \(log_policy\)/);
  writeFileSync(join(data, 'log-policy.txt'), Buffer.concat([Buffer.from('# M'), Buffer.of(0xfc), Buffer.from(`nchen\n${readFileSync(join(folder, 'policy.txt'), 'utf8')}`)]));
  await refused(/log-policy\.txt \(log_policy\): it is not text in UTF-8/);
  unlinkSync(join(data, 'log-policy.txt'));
  await refused(/log-policy\.txt cannot be opened/);
  put('policy.txt', 'log-policy.txt');
  assert.equal(papersOf(await reload(/node_certified/)).node_set, readFileSync(join(folder, 'both.txt'), 'utf8'));
  await server.stop();
});

test('a node with another media key does not show the old certificate', async () => {
  const data = join(folder, 'node');
  unlinkSync(join(data, 'dtls.pem'));
  const server = await start(`--data-dir=${data}`);
  assert.match(server.err, /node-cert\.txt \(fingerprint\)/);
  assert.equal((await server.self()).status, 404);
  await server.stop();
});

test('rotated lists are shown as a chain; one that does not follow is refused', async () => {
  const data = join(folder, 'rotated');
  ok('node', 'facts', '--tls=self-signed', `--data-dir=${data}`, '--node-name=n2.example.org', '--node-region=FR', '--node-site=48.86 2.35 10', '--node-entity=Example', '--media-address=127.0.0.1');
  const sign = ['operator', 'rotate', '--keys', 'keys.txt', '--key'];
  ok(...sign, 'ana.key', '--threshold', '1', '--out', 'keys-2.txt', 'cleo.key.pub');
  const facts = ok('node', 'facts', '--tls=self-signed', `--data-dir=${data}`, '--node-name=n2.example.org', '--node-region=FR', '--node-site=48.86 2.35 10', '--node-entity=Example', '--media-address=127.0.0.1');
  writeFileSync(join(folder, 'n2.txt'), facts);
  ok('operator', 'sign-node', '--keys', 'keys-2.txt', '--key', 'cleo.key', 'n2.txt');
  ok('operator', 'sign-set', '--keys', 'keys-2.txt', '--key', 'cleo.key', '--out', 'set-2.txt', 'n2.txt');
  logged('policy.txt', { 'n2.txt': 'n2.proof', 'set-2.txt': 'set-2.proof' });
  for (const [from, to] of [['policy.txt', 'log-policy.txt'], ['n2.proof', 'node-cert.tlog-proof'], ['set-2.proof', 'node-set.tlog-proof'], ['keys.txt', 'operator-keys.txt'], ['keys-2.txt', 'operator-keys-2.txt'], ['n2.txt', 'node-cert.txt'], ['set-2.txt', 'node-set.txt']]) copyFileSync(join(folder, from), join(data, to));
  const half = await start(`--data-dir=${data}`);
  assert.match(half.err, /operator-keys\.txt \(signatures\)/, 'the rotation has one of two signatures');
  await half.stop();
  ok(...sign, 'ben.key', 'keys-2.txt');
  copyFileSync(join(folder, 'keys-2.txt'), join(data, 'operator-keys-2.txt'));
  const server = await start(`--data-dir=${data}`);
  const { operator_keys: lists } = papersOf(await server.self());
  assert.equal(lists.length, 2);
  assert.equal(line(lists[1], 'previous'), sha256(lists[0]).toString('base64'));
  await server.stop();
});

test('a trial signs receipts under the certificate that it shows', async () => {
  const server = await start();
  const { node_cert: cert } = papersOf(await server.self());
  process.env.IC_TEST_URL = server.url;
  const client = await import(`../http/raw_client.mjs?${new URL(server.url).port}`); // one of its own: it reads the address once
  const meeting = newMeeting(await termsOf(server.url));
  const made = await fetch(`${server.url}/api/v1/meetings`, { method: 'POST', body: meeting.body, headers: { 'content-type': 'application/json', origin: server.url } });
  assert.equal(made.status, 201);
  const ana = await Member.arrive(client, meeting);
  await ana.create();
  const ids = { meeting: base64url(Buffer.alloc(16, 1)), member: base64url(Buffer.alloc(16, 2)) };
  ana.say({ type: 'receipt_ids', ...ids, seq: 7, prev: base64url(sha256('before')) });
  ana.say({
    type: 'join',
    transport: { ufrag: 'Zx4+', pwd: 'hY7/cLm2Qw9RtB3kVn5PsD', fingerprint: Array.from({ length: 32 }, (_, i) => (0xa0 + i).toString(16).toUpperCase()).join(':') },
    sections: [{ mid: '2', kind: 'audio', direction: 'receive', codecs: [{ name: 'opus', payload_type: 111 }], extensions: { mid: 4 } }],
    media: { microphone: false, camera: false },
  });
  assert.deepEqual(await ana.until('receipts'), { type: 'receipts', writing: true });
  const before = Date.now();
  ana.say({ type: 'receipt_end' });
  const note = Buffer.from((await ana.until('receipt')).receipt, 'base64url').toString();
  const line = (keyword) => new RegExp(`^${keyword} (.*)$`, 'm').exec(note)?.[1];
  const certLine = (keyword) => new RegExp(`^${keyword} (.*)$`, 'm').exec(cert)[1];
  assert.ok(isSignedBy(note, certLine('receipt-key')));
  assert.equal(line('node'), `${certLine('node')} ${certLine('serial')}`);
  assert.equal(line('cert'), leafOf(cert));
  assert.equal(line('region'), certLine('region'));
  assert.equal(line('policy'), sha256(meeting.policy).toString('base64'));
  assert.equal(line('meeting'), Buffer.alloc(16, 1).toString('base64'));
  assert.equal(line('member'), Buffer.alloc(16, 2).toString('base64'));
  assert.deepEqual([line('seq'), line('prev'), line('end')], ['8', sha256('before').toString('base64'), 'leave']);
  assert.deepEqual([line('in'), line('out'), line('drop')], ['0 0', '0 0', '0']);
  const [time, length] = line('interval').split(' ');
  assert.ok(Math.abs(Date.parse(time) - before) < 5000 * TIME_FACTOR && Number(length) <= 5 * TIME_FACTOR, line('interval'));
  ana.say({ type: 'leave' });
  while (await ana.next()); // until the server has closed
  await server.stop();
});
