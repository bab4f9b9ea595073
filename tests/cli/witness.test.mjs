// incamera witness, the real binary: asked by incamera log and by hand, killed, started again.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, test } from 'node:test';

const BINARY = process.env.TEST_BINARY ?? 'build/release/incamera';
const folder = mkdtempSync(join(tmpdir(), 'incamera-witness-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const environment = { ...process.env, ASAN_OPTIONS: 'detect_leaks=1:exitcode=23' };
let count = 0;
const fresh = (name) => join(folder, `${name}-${count++}`);

function run(args, input) {
  const { status, stdout, stderr } = spawnSync(BINARY, args, { input, encoding: 'utf8', timeout: 60000, env: environment });
  return { status, out: stdout, err: stderr };
}

function good(args, input) {
  const { status, out, err } = run(args, input);
  assert.equal(status, 0, `${args.join(' ')}: ${err}`);
  return out;
}

function file(text, name = 'file') {
  const path = fresh(name);
  writeFileSync(path, text);
  return path;
}

const NAME = 'meet.example.org/log';

function makeLog(name = NAME) {
  const path = fresh('log');
  const { vkey } = JSON.parse(good(['log', 'init', '--json', '--name', name, path]));
  return { path, vkey, add: (...texts) => good(['log', 'add', path, ...texts.map((text) => file(text))]) };
}

function makeWitness(name = 'witness.example.org') {
  const path = fresh('witness');
  const { vkey } = JSON.parse(good(['witness', 'init', '--json', '--name', name, path]));
  return { path, vkey };
}

const PATIENCE_MS = 20_000;

const running = new Set();
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});

const freePort = () => new Promise((done) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => done(port));
  });
});

/** What it writes and what it answers come by two ways, either first. */
async function says(server, words) {
  const late = Date.now() + PATIENCE_MS;
  while (!words.test(server.err) && Date.now() < late) await new Promise((done) => setTimeout(done, 20));
  assert.match(server.err, words);
}

async function serve(witness, logs) {
  const port = await freePort();
  const child = spawn(BINARY, ['witness', 'serve', '--listen', `127.0.0.1:${port}`, '--logs', logs, witness.path], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  const server = { child, port, out: '', err: '' };
  child.stderr.on('data', (bytes) => (server.err += bytes));
  server.ended = new Promise((done) => child.on('close', (status) => {
    running.delete(child);
    done(status);
  }));
  await new Promise((done) => {
    child.stdout.on('data', (bytes) => {
      server.out += bytes;
      if (server.out.includes('\n')) done();
    });
    void server.ended.then(done);
  });
  return server;
}

const ask = (server, body, { path = '/add-checkpoint', method = 'POST', headers = {} } = {}) => new Promise((done, fail) => {
  request({ host: '127.0.0.1', port: server.port, path, method, headers: { 'content-length': Buffer.byteLength(body), ...headers }, agent: false }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (part) => (text += part)).on('end', () => done({ status: response.statusCode, type: response.headers['content-type'], text }));
  }).on('error', fail).end(body);
});

const end = async (server) => {
  server.child.kill('SIGTERM');
  assert.equal(await server.ended, 0, server.err);
};

const demand = (log, old) => good(['log', 'request', '--old', String(old), log.path]);

// ---- the whole way ----

test('two witnesses cosign a log as it grows, and a proof shows it', async () => {
  const log = makeLog();
  const witnesses = [makeWitness('w1.example'), makeWitness('w2.example')];
  const logs = file(`log ${log.vkey}\nquorum none\n`);
  const policy = file(`log ${log.vkey}\n${witnesses.map(({ vkey }, i) => `witness w${i} ${vkey}\n`).join('')}group both all w0 w1\nquorum both\n`);
  const servers = [await serve(witnesses[0], logs), await serve(witnesses[1], logs)];
  const entry = file('in-camera/node-cert/v1\n');
  let old = 0;
  for (const more of [[entry], [file('b'), file('c')], [file('d')]]) {
    good(['log', 'add', log.path, ...more]);
    const answers = await Promise.all(servers.map((server) => ask(server, demand(log, old))));
    for (const { status, text } of answers) {
      assert.equal(status, 200, text);
      assert.match(text, /^— w[12]\.example \S+\n$/);
    }
    const first = JSON.parse(good(['log', 'cosign', '--json', '--policy', policy, log.path, '-'], answers[0].text));
    old += more.length;
    assert.deepEqual(first, { ok: true, size: old, witnessed: 1, quorum: false });
    for (const none of ['', `— stranger.example ${Buffer.alloc(76, 1).toString('base64')}\n`]) {
      const lacking = run(['log', 'cosign', '--policy', policy, log.path, file(answers[1].text), file(none)]);
      assert.equal(lacking.status, 1, lacking.out);
      assert.match(lacking.err, none === '' ? /it is empty: the witness could not be asked/ : /no cosignature is of a witness of the policy\. Nothing/);
    }
    const proof = file(good(['log', 'prove', log.path, entry]));
    assert.match(run(['log', 'verify', '--policy', policy, proof, entry]).err, /too few of the witnesses/);
    assert.match(good(['log', 'cosign', '--policy', policy, log.path, file(answers[1].text)]), /cosignatures of 2 of 2 witnesses\.\n/);
    const verified = JSON.parse(good(['log', 'verify', '--json', '--policy', policy, file(good(['log', 'prove', log.path, entry])), entry]));
    assert.equal(verified.witnessed, 2);
    assert.ok(Math.abs(verified.time - Date.now() / 1000) < 120);
  }
  const [stale] = await Promise.all(servers.map((server) => ask(server, demand(log, 0))));
  assert.deepEqual(stale, { status: 409, type: 'text/x.tlog.size', text: '4\n' });
  assert.match(run(['log', 'cosign', '--policy', policy, log.path, '-'], stale.text).err, /the witness saw 4 entries last: ask it with 'incamera log request --old 4'\. If you asked with --old of that very size already, or the log has fewer, it saw another history/);
  const [again] = await Promise.all(servers.map((server) => ask(server, demand(log, 4))));
  assert.equal(again.status, 200);
  log.add('e');
  const wrong = run(['log', 'cosign', '--policy', policy, log.path, file(again.text)]);
  assert.equal(wrong.status, 1);
  assert.match(wrong.err, /a cosignature is wrong: it may be of another checkpoint/);
  await Promise.all(servers.map(end));
});

test('as many witnesses as a checkpoint has room for cosign, and cosign again', () => {
  const log = makeLog();
  log.add('a');
  const text = readFileSync(join(log.path, 'public/checkpoint'), 'utf8').split('\n\n')[0] + '\n';
  const witnesses = Array.from({ length: 16 }, (_, i) => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const typed = Buffer.concat([Buffer.of(4), Buffer.from(publicKey.export({ format: 'jwk' }).x, 'base64url')]);
    const name = `w${i}.example`;
    const id = createHash('sha256').update(`${name}\n`).update(typed).digest().subarray(0, 4);
    const cosign = (time) => {
      const stamp = Buffer.alloc(8);
      stamp.writeBigUInt64BE(BigInt(time));
      const signature = sign(null, Buffer.from(`cosignature/v1\ntime ${time}\n${text}`), privateKey);
      return file(`\u2014 ${name} ${Buffer.concat([id, stamp, signature]).toString('base64')}\n`);
    };
    return { name, cosign, vkey: `${name}+${id.toString('hex')}+${typed.toString('base64')}` };
  });
  const policy = file(`log ${log.vkey}\n${witnesses.map(({ vkey }, i) => `witness w${i} ${vkey}\n`).join('')}quorum none\n`);
  const cosign = (of, time) => run(['log', 'cosign', '--json', '--policy', policy, log.path, ...of.map((witness) => witness.cosign(time))]);
  for (const [of, time, witnessed] of [[witnesses.slice(0, 8), 1795000000, 8], [witnesses.slice(0, 15), 1795000001, 15], [witnesses.slice(0, 15), 1795000002, 15]]) {
    const { status, out, err } = cosign(of, time);
    assert.equal(status, 0, err);
    assert.equal(JSON.parse(out).witnessed, witnessed);
  }
  const published = readFileSync(join(log.path, 'public/checkpoint'), 'utf8');
  assert.equal(published.match(/^\u2014 w/gm).length, 15);
  const full = cosign(witnesses.slice(15), 1795000003);
  assert.equal(full.status, 2);
  assert.match(full.err, /with what is published more than 15 witnesses/);
  assert.equal(readFileSync(join(log.path, 'public/checkpoint'), 'utf8'), published);
});

test('a fork is not cosigned, also after kill -9', async () => {
  const log = makeLog();
  const other = fresh('fork');
  const logs = file(`log ${log.vkey}\nquorum none\n`);
  const witness = makeWitness();
  log.add('a', 'b');
  spawnSync('cp', ['-r', log.path, other]);
  log.add('c');
  good(['log', 'add', other, file('not c')]);
  const fork = { path: other };
  let server = await serve(witness, logs);
  assert.equal((await ask(server, demand(log, 0))).status, 200);
  for (let round = 0; round < 2; round++) {
    assert.deepEqual(await ask(server, demand(fork, 3)), { status: 409, type: 'text/x.tlog.size', text: '3\n' });
    assert.equal((await ask(server, demand(log, 3))).status, 200);
    server.child.kill('SIGKILL');
    await server.ended;
    server = await serve(witness, logs);
  }
  good(['log', 'add', other, file('d')]);
  const bad = await ask(server, demand(fork, 3));
  assert.equal(bad.status, 422);
  assert.equal(JSON.parse(bad.text).code, 'bad_proof');
  log.add('d');
  assert.equal((await ask(server, demand(log, 3))).status, 200);
  await end(server);
});

test('what cannot be kept is not cosigned, and is told; what is kept is not written again', async () => {
  const log = makeLog();
  const witness = makeWitness();
  const server = await serve(witness, file(`log ${log.vkey}\nquorum none\n`));
  const readyz = async () => (await ask(server, '', { path: '/readyz', method: 'GET' })).status;
  const pending = join(witness.path, 'pending');
  log.add('a');
  mkdirSync(pending); // where a file is to be written
  assert.equal(await readyz(), 200);
  assert.equal((await ask(server, demand(log, 0))).status, 500);
  await says(server, /what was seen of meet\.example\.org\/log cannot be kept \(Is a directory\)\. Nothing was cosigned/);
  assert.equal(await readyz(), 503);
  rmdirSync(pending);
  assert.equal((await ask(server, demand(log, 0))).status, 200);
  assert.equal(await readyz(), 200);
  mkdirSync(pending);
  assert.equal((await ask(server, demand(log, 1))).status, 200);
  await end(server);
  rmdirSync(pending);
});

test('each wrong request has its status', async () => {
  const log = makeLog();
  const [stranger, impostor] = [makeLog('other.example/log'), makeLog()];
  for (const each of [log, stranger, impostor]) each.add('a');
  const witness = makeWitness();
  const server = await serve(witness, file(`log ${log.vkey}\nquorum none\n`));
  const whole = demand(log, 0);
  const rows = [
    [404, demand(stranger, 0)], [403, demand(impostor, 0)], [403, whole.replace('\n1\n', '\n2\n')],
    [400, ''], [400, 'x'], [400, whole.slice(0, -1)], [400, whole.replace('old 0', 'old 00')], [400, whole.replace('old 0', 'old 2')],
    [409, whole.replace('old 0', 'old 1')], [422, whole.replace('old 0\n', `old 0\n${'A'.repeat(43)}=\n`)],
    [413, 'x'.repeat(32769)],
  ];
  for (const [status, body] of rows) assert.equal((await ask(server, body)).status, status, body.slice(0, 60));
  assert.deepEqual(readdirSync(witness.path).filter((name) => name.startsWith('seen-')), []);
  assert.equal((await ask(server, whole)).status, 200);
  assert.equal((await ask(server, '', { method: 'GET' })).status, 405);
  assert.equal((await ask(server, '', { method: 'GET', path: '/livez' })).status, 200);
  for (const path of ['/', '/signal', '/api/v1/issuers', '/log/checkpoint', '/add-checkpoint/']) assert.equal((await ask(server, '', { method: 'GET', path })).status, 404, path);
  const [size] = await Promise.all(Array.from({ length: 20 }, () => ask(server, demand(log, 1)))); // at once
  assert.equal(size.status, 200);
  await new Promise((done) => { // half a body, then nothing: not the end of the witness
    const socket = connect(server.port, '127.0.0.1', () => socket.end('POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 100\r\n\r\nold')).on('close', done);
    socket.resume();
  });
  assert.equal((await ask(server, demand(log, 1))).status, 200);
  await end(server);
});

test('an init that was cut off is no witness, and does not stand in the way', () => {
  const path = fresh('witness');
  const args = ['witness', 'init', '--name', 'w.example', path];
  // No file may have a byte: the kernel ends it in the midst.
  const { signal } = spawnSync('bash', ['-c', 'ulimit -c 0 -f 0; exec "$0" "$@"', BINARY, ...args], { env: environment });
  assert.equal(signal, 'SIGXFSZ');
  assert.ok(!existsSync(path));
  good(args);
  assert.equal(statSync(path).mode & 0o777, 0o700);
  assert.match(readFileSync(join(path, 'vkey'), 'utf8'), /^w\.example\+/);
});

test('init and serve refuse with the next step', async () => {
  const witness = makeWitness();
  const log = makeLog();
  const logs = file(`log ${log.vkey}\nquorum none\n`);
  assert.equal(statSync(join(witness.path, 'key')).mode & 0o777, 0o600);
  const key = readFileSync(join(witness.path, 'key'));
  const serveIt = (...args) => ['witness', 'serve', ...args, witness.path];
  const rows = [
    [2, /say what to do/, ['witness']], [2, /say what to do/, ['witness', 'cosign']],
    [1, /is there already: nothing was changed/, ['witness', 'init', '--name', 'w', witness.path]],
    [2, /no name of a witness/, ['witness', 'init', '--name', 'a b', fresh('w')]],
    [2, /--name is missing/, ['witness', 'init', fresh('w')]], [2, /FOLDER is missing/, ['witness', 'init', '--name', 'w']],
    [2, /--logs is missing/, serveIt()], [2, /line 1: a line begins with/, serveIt('--logs', file('x\n'))],
    [2, /--listen is an address and a port/, serveIt('--logs', logs, '--listen', 'x')],
    [1, /is no witness/, ['witness', 'serve', '--logs', logs, folder]],
  ];
  for (const [status, words, args] of rows) {
    const answer = run(args);
    assert.equal(answer.status, status, args.join(' '));
    assert.match(answer.err, words);
  }
  assert.deepEqual(readFileSync(join(witness.path, 'key')), key);
  const server = await serve(witness, logs);
  assert.match(run(serveIt('--logs', logs, '--listen', `127.0.0.1:${await freePort()}`)).err, /is in use by another process/);
  log.add('a');
  assert.equal((await ask(server, demand(log, 0))).status, 200);
  await end(server);
  const [seen] = readdirSync(witness.path).filter((name) => name.startsWith('seen-'));
  const text = readFileSync(join(witness.path, seen));
  writeFileSync(join(witness.path, seen), '');
  assert.match(run(serveIt('--logs', logs)).err, /what was last seen of meet\.example\.org\/log, is damaged/);
  writeFileSync(join(witness.path, seen), text);
  chmodSync(join(witness.path, 'key'), 0o644);
  assert.match(run(serveIt('--logs', logs)).err, /no usable key/);
  assert.match(good(['witness', '--help']), /^usage: incamera witness init[\s\S]*Exit status: 0/);
});
