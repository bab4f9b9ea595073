// The command line of the real binary, as an operator meets it: help, exit statuses, refusals with
// their next step, and the life of a server between its start and its signals.

import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import {
  existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, afterEach, test } from 'node:test';
import { Member, newMeeting, termsOf } from '../support/member.mjs';

const BINARY = resolve(process.env.TEST_BINARY ?? 'build/release/incamera');
const TIME_FACTOR = process.env.TEST_TIMES === 'loose' ? 6 : 1; // sanitizer builds are slower
const COMMANDS = ['serve', 'drain', 'check-config', 'print-config', 'ports', 'log', 'operator', 'node', 'witness', 'audit', 'load', 'version'];
/** Of commands, with a hyphen, that are no settings. */
const OPTIONS = ['log-policy', 'policy-countries', 'no-clients', 'warm-up'];
const root = new URL('../../', import.meta.url);
const read = (path) => readFileSync(new URL(path, root), 'utf8');

const folder = mkdtempSync(join(tmpdir(), 'incamera-cli-'));
const temporary = join(folder, 'tmp'); // the binary's own throw-away folders, seen from outside
mkdirSync(temporary);

/** No INCAMERA_ variable of the machine may disturb. */
const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('INCAMERA_'))),
  TMPDIR: temporary,
  ASAN_OPTIONS: 'detect_leaks=1:exitcode=23',
};

function run(args, extra = {}) {
  const result = spawnSync(BINARY, args, { encoding: 'utf8', timeout: 20000, env: { ...environment, ...extra } });
  return { status: result.status, out: result.stdout, err: result.stderr };
}

function file(name, text) {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const help = run(['serve', '--help']).out;
/** Flags of the settings, from the help itself. */
const flags = [...help.matchAll(/^ {2}(--[a-z-]+) {2,}\S/gm)].map((m) => m[1]).filter((f) => !['--dev', '--config'].includes(f));
const keys = flags.map((f) => f.slice(2).replaceAll('-', '_'));

after(() => rmSync(folder, { recursive: true, force: true }));

// ---- help, versions, unknown words ----

test('the help finds all commands and all settings', () => {
  assert.ok(flags.length >= 16, `settings found: ${flags}`);
  const { status, out, err } = run(['--help']);
  assert.equal(status, 0);
  assert.equal(err, '');
  for (const command of COMMANDS) assert.match(out, new RegExp(`^  ${command} `, 'm'));
  for (const same of [['-h'], ['help']]) assert.deepEqual(run(same), { status, out, err });
});

for (const command of COMMANDS) {
  test(`${command} --help explains itself, within 90 columns, however it is asked`, () => {
    const { status, out, err } = run([command, '--help']);
    assert.equal(status, 0);
    assert.equal(err, '');
    assert.match(out, new RegExp(`^usage: incamera ${command} `));
    for (const line of out.split('\n')) assert.ok(line.length <= 90, `${line.length} columns: ${line}`);
    assert.equal(run([command, '-h']).out, out);
    assert.equal(run(['help', command]).out, out);
  });
}

test('help shows how to end it and what the exit status means', () => {
  for (const word of ['SIGTERM', 'Ctrl-C', 'SIGHUP', 'Exit status', '/etc/incamera/incamera.conf', 'INCAMERA_']) assert.ok(help.includes(word), word);
});

test('nothing at all: the help, as wrong usage', () => {
  const { status, out, err } = run([]);
  assert.equal(status, 2);
  assert.equal(out, '');
  assert.match(err, /usage: incamera COMMAND/);
});

test('an unknown command is refused, with the nearest one', () => {
  for (const [word, meant] of [['sevre', 'serve'], ['check-conf', 'check-config'], ['print_config', 'print-config'], ['prots', 'ports'], ['xyzzy', undefined]]) {
    const { status, out, err } = run([word]);
    assert.equal(status, 2);
    assert.equal(out, '');
    assert.match(err, new RegExp(`no command "${word}"`));
    if (meant === undefined) assert.doesNotMatch(err, /Did you mean/);
    else assert.match(err, new RegExp(`Did you mean "${meant}"\\?`));
    assert.match(err, /incamera --help/);
  }
  assert.equal(run(['help', 'xyzzy']).status, 2);
});

test('version, for people and for programs', () => {
  const project = /project\(incamera VERSION ([0-9.]+)/.exec(read('CMakeLists.txt'))[1];
  assert.equal(run(['version']).out, `incamera ${project}\n`);
  assert.equal(run(['--version']).out, `incamera ${project}\n`);
  assert.deepEqual(JSON.parse(run(['version', '--json']).out), { version: project });
  assert.equal(run(['version', 'junk']).status, 2);
});

// ---- configuration ----

/** Arguments, file, environment; what standard error must say. All are refused with status 2. */
const refusals = [
  { says: [/no setting "media_prot"/, /line 3/, /Did you mean "media_port"\?/], file: '# comment\n\nmedia_prot = 1\n' },
  { says: [/line 1/, /media_port = "70000"/, /1\.\.65535/], file: 'media_port = 70000\n' },
  { says: [/line 3/, /"media_port" is given twice/], file: 'media_port = 1\ntls = off\nmedia_port = 2\n' },
  { says: [/no sections/, /"\[web\]"/], file: '[web]\ntls = off\n' },
  { says: [/line 2/, /key = value/], file: 'tls = off\nnonsense\n' },
  { says: [/line 2/, /longer than 198 bytes/, /environment/], file: `#${'c'.repeat(600)}\nmedia_address = ${'192.0.2.1, '.repeat(20)}\n` },
  { says: [/no setting "bad"/, /serve --help/], file: 'bad = 1\n', saysNot: /Did you mean/ },
  { says: [/cannot be read \(No such file/, /nowhere/], args: ['--config', '/nowhere/at-all'] },
  { says: [/cannot be read \(Is a directory/], args: ['--config', '/'] },
  { says: [/--config needs the name of a file/], args: ['--config'] },
  { says: [/no setting "lisen"/, /"listen"/], args: ['--lisen=:1'] },
  { says: [/--media-port needs a value/], args: ['--media-port', '--tls=off'] },
  { says: [/"extra" is not understood/], args: ['extra'] },
  { says: [/environment/, /media_prot/, /media_port/], env: { INCAMERA_MEDIA_PROT: '1' } },
  { says: [/line 1/, /issuer/, /https:\/\/issuer client-id name/], file: 'issuer = https://id.example.org\n' },
  { says: [/line 2/, /issuer/], file: 'issuer = https://id.example.org a\nissuer = https://id.example.org/?x a\n' },
  { says: [/command line/, /issuer/], args: ['--issuer=http://id.example.org a'] },
];

for (const [i, refusal] of refusals.entries()) {
  test(`check-config refuses with place and next step: ${refusal.says[0].source}`, () => {
    const args = ['check-config', '--dev', ...(refusal.args ?? [])];
    if (refusal.file !== undefined) args.push('--config', file(`refused-${i}.conf`, refusal.file));
    const { status, out, err } = run(args, refusal.env);
    assert.equal(status, 2, err);
    assert.equal(out, '');
    assert.equal(err.split('\n').length, 2, `one line: ${err}`);
    assert.match(err, /^incamera check-config: /);
    for (const words of refusal.says) assert.match(err, words);
    if (refusal.saysNot !== undefined) assert.doesNotMatch(err, refusal.saysNot);
    assert.equal(run(['serve', ...args.slice(1)], refusal.env).status, 2, 'serve refuses the same');
  });
}

test('blanks, comments and line ends of other systems are taken as they are meant', () => {
  const path = file('blanks.conf', `#${'c'.repeat(600)}\n\t media_port = 7777 ; here\r\n\r\n ; note\nlog_format=json`);
  const printed = JSON.parse(run(['print-config', '--dev', '--json', '--config', path]).out);
  assert.equal(printed.media_port, '7777');
  assert.equal(printed.log_format, 'json');
});

test('check-config says what it read, and as JSON why not', () => {
  assert.match(run(['check-config', '--dev']).out, /good \(no file was read\)/);
  const path = file('good.conf', 'media_port = 7777\n');
  assert.match(run(['check-config', '--dev', '--config', path]).out, new RegExp(`good \\(file: ${path}\\)`));
  assert.deepEqual(JSON.parse(run(['check-config', '--dev', '--json']).out), { ok: true });
  const refused = run(['check-config', '--dev', '--json', '--media-port=x"\\']);
  assert.equal(refused.status, 2);
  const said = JSON.parse(refused.out);
  assert.equal(said.ok, false);
  assert.match(said.error, /media_port/);
});

test('issuers: several lines, each with a client id and perhaps a name; without TLS only for trials', () => {
  const text = 'issuer = https://id.example.org/realms/a in-camera Example org\nissuer = http://localhost:9000 x\n';
  const path = file('issuers.conf', text);
  assert.equal(run(['check-config', '--dev', '--config', path]).status, 0);
  const printed = JSON.parse(run(['print-config', '--dev', '--config', path, '--json']).out);
  assert.equal(printed.issuer, 'https://id.example.org/realms/a in-camera Example org, http://localhost:9000 x');
  const rest = 'tls = off\norigin = https://meet.example.org\n';
  const open = run(['check-config', '--config', file('open.conf', `${text}${rest}listen = 192.0.2.1:80\n`)]);
  assert.equal(open.status, 2);
  assert.match(open.err, /http:\/\/localhost:9000 has no TLS/);
  assert.equal(run(['check-config', '--config', file('loopback.conf', `${text}${rest}listen = 127.0.0.1:80, [::1]:80\n`)]).status, 0);
});

test('check-config loads the certificate', () => {
  const cert = join(folder, 'cert.pem');
  const key = join(folder, 'key.pem');
  const tls = ['--tls=on', `--tls-cert=${cert}`, `--tls-key=${key}`];
  const missing = run(['check-config', '--dev', ...tls]);
  assert.equal(missing.status, 2);
  assert.match(missing.err, /cert\.pem \(tls_cert\)/);
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=test', '-keyout', key, '-out', cert], { stdio: 'pipe' });
  assert.equal(run(['check-config', '--dev', ...tls]).status, 0);
  writeFileSync(key, 'no key\n');
  const broken = run(['check-config', '--dev', '--json', ...tls]);
  assert.equal(broken.status, 2);
  assert.match(JSON.parse(broken.out).error, /key\.pem/);
});

test('without a certificate the server says so, and which file it did not find', () => {
  const path = file('empty.conf', '');
  for (const command of ['serve', 'check-config']) {
    const { status, err } = run([command, '--config', path]);
    assert.equal(status, 2);
    assert.match(err, /tls_cert and tls_key/);
    assert.match(err, /incamera serve --dev/);
  }
  if (!existsSync('/etc/incamera/incamera.conf')) assert.match(run(['check-config']).err, /no \/etc\/incamera\/incamera\.conf/);
});

test('--lan without --dev is answered with the command that was meant', () => {
  assert.match(run(['serve', '--lan', '--config', file('empty.conf', '')]).err, /incamera serve --dev --lan/);
});

test('print-config: JSON is JSON, with every setting', () => {
  const { status, out } = run(['print-config', '--dev', '--json']);
  assert.equal(status, 0);
  assert.deepEqual(Object.keys(JSON.parse(out)), keys);
});

test('print-config reads back as the same, and makes a first file', () => {
  const given = ['--listen=[2001:db8::1]:444, 127.0.0.1:81', '--origin=https://meet.example.org', '--media-address=192.0.2.1', '--media-workers=3'];
  const path = file('printed.conf', run(['print-config', '--dev', ...given]).out);
  for (const key of keys) assert.match(readFileSync(path, 'utf8'), new RegExp(`^${key} =`, 'm'));
  const again = run(['print-config', '--dev', '--config', path]);
  assert.equal(again.status, 0, again.err);
  assert.equal(again.out, readFileSync(path, 'utf8'));

  const first = run(['print-config', '--config', file('empty.conf', '')]);
  assert.equal(first.status, 0);
  assert.match(first.err, /not yet complete: .*tls_cert/);
  assert.match(first.out, /^listen = :443$/m);
  assert.doesNotMatch(first.out, /[ \t]$/m);
});

test('a flag wins over the environment, that over the file', () => {
  const path = file('order.conf', 'media_port = 7003\nmedia_udp_base = 7003\nmedia_workers = 3\n');
  const printed = JSON.parse(run(['print-config', '--dev', '--json', '--config', path, '--media-port=7001'], { INCAMERA_MEDIA_PORT: '7002', INCAMERA_MEDIA_UDP_BASE: '7002' }).out);
  assert.deepEqual([printed.media_port, printed.media_udp_base, printed.media_workers], ['7001', '7002', '3']);
});

test('ports: each once, one for each worker', () => {
  const args = ['ports', '--dev', '--media-port=443', '--media-workers=3', '--listen=:443, 127.0.0.1:80, [::1]:80'];
  assert.deepEqual(JSON.parse(run([...args, '--json']).out), { tcp: [443, 80], udp: [443, 10001, 10002] });
  assert.equal(run(args).out, '443/tcp  HTTP and WebSocket\n80/tcp  HTTP and WebSocket\n443/udp  media\n10001/udp  media\n10002/udp  media\n');
  const all = JSON.parse(run(['ports', '--dev', '--json', '--media-workers=0']).out);
  assert.equal(all.udp.length, Number(execFileSync('nproc', { encoding: 'utf8' })), 'one a core');
});

// ---- what is written about it ----

// ---- incamera log verify ----

const vectors = JSON.parse(read('tests/vectors/tlog/proof.json'));
const policies = JSON.parse(read('tests/vectors/tlog/log_policy.json'));

/** The command on one of the shared vectors. */
function verify({ proof, entry, quorum }, ...more) {
  const keys = file('keys', `# the log and its witnesses\n${[vectors.log, '', ...vectors.witnesses].join('\n')}\n`);
  writeFileSync(join(folder, 'entry'), Buffer.from(entry, 'hex'));
  return run(['log', 'verify', '--keys', keys, `--quorum=${quorum}`, ...more, file('a.tlog-proof', proof), join(folder, 'entry')]);
}

test('log verify says of each shared proof what the libraries say', () => {
  let good = 0;
  for (const vector of vectors.proofs.filter(({ quorum }) => quorum <= vectors.witnesses.length)) {
    const { status, out, err } = verify(vector, '--json');
    const answer = JSON.parse(out);
    assert.equal(status, vector.verdict === 'good' ? 0 : 1, vector.name);
    assert.equal(answer.ok, vector.verdict === 'good', vector.name);
    if (answer.ok) good++;
    else assert.equal(answer.verdict, vector.verdict, vector.name);
    assert.equal(err, answer.ok ? '' : `incamera log verify: ${answer.error}\n`);
  }
  assert.equal(good, vectors.proofs.filter(({ verdict }) => verdict === 'good').length);
});

test('log verify tells people what was shown, and since when', () => {
  const vector = vectors.proofs.find(({ name }) => name === 'three witnesses');
  const { status, out } = verify(vector);
  assert.equal(status, 0);
  assert.equal(out, 'The entry stands at index 7 of meet.example.org/log, of 13 entries.\n'
    + '3 of 3 witnesses have cosigned; 2 of them at 1795000010 or later.\n');
  assert.match(verify({ ...vector, quorum: 0 }).out, /No witness was asked for/);
  assert.equal(verify(vector, '--origin', 'other.example').status, 1);
});

test('log verify refuses what it cannot read, with the next step', () => {
  const [vector] = vectors.proofs;
  const rows = [
    [['log'], /say what to do/], [['log', 'verfy'], /no command "verfy".*mean "verify"/],
    [['log', 'verify'], /--policy or --keys is missing/], [['log', 'verify', '--keys', 'x', 'y'], /ENTRY is missing/],
    [['log', 'verify', '--keys'], /"--keys" is not understood/], [['log', 'verify', '--wat'], /"--wat" is not understood/],
    [['log', 'verify', '--keys', 'x', 'a', 'b', 'c'], /"c" is not understood/],
    [['log', 'verify', '--keys', join(folder, 'nowhere'), 'a', 'b'], /cannot be opened: No such file/],
    [['log', 'verify', '--keys', folder, 'a', 'b'], /cannot be (read|opened)/],
    [['log', 'verify', '--keys', file('bad', 'x+y+z\n'), 'a', 'b'], /bad, line 1: no Ed25519/],
    [['log', 'verify', '--keys', file('two', `${vectors.log}\n${vectors.log}\n`), 'a', 'b'], /two, line 2/],
    [['log', 'verify', '--keys', file('none', `${vectors.witnesses[0]}\n`), 'a', 'b'], /no key of a log/],
  ];
  for (const [args, words] of rows) {
    const { status, out, err } = run(args);
    assert.equal(status, 2, args.join(' '));
    assert.equal(out, '');
    assert.match(err, words, args.join(' '));
  }
  for (const [quorum, words] of [['4', /from 0 to 3/], ['x', /from 0 to 3/]])
    assert.match(verify({ ...vector, quorum }).err, words);
  for (const { name, text } of vectors.not_proofs) {
    const { status, err } = verify({ ...vector, proof: text });
    assert.equal(status, 2, name);
    assert.match(err, /is no proof file/, name);
  }
  assert.match(verify({ ...vector, entry: '00'.repeat(65536) }).err, /more than 65535 bytes/);
  assert.match(verify({ ...vector, proof: 'x'.repeat(131073) }).err, /more than 131072 bytes/);
});

test('log verify by a policy file says what --keys says', () => {
  const groups = (quorum) => (quorum === 0 ? 'quorum none\n' : `group most ${quorum} w0 w1 w2\nquorum most\n`);
  for (const { name, proof, entry, quorum, verdict } of vectors.proofs.filter((vector) => vector.quorum <= vectors.witnesses.length)) {
    const policy = `log ${vectors.log}\n${vectors.witnesses.map((vkey, i) => `witness w${i} ${vkey}\n`).join('')}${groups(quorum)}`;
    writeFileSync(join(folder, 'entry'), Buffer.from(entry, 'hex'));
    const args = ['log', 'verify', '--policy', file('a.policy', policy), '--json', file('a.tlog-proof', proof), join(folder, 'entry')];
    const { status, out } = run(args);
    const answer = JSON.parse(out);
    assert.equal(status, verdict === 'good' ? 0 : 1, name);
    if (answer.ok) assert.equal(answer.quorum, quorum === 0 ? 'none' : 'most');
    else assert.equal(answer.verdict, verdict, name);
    if (answer.ok) assert.match(run(args.filter((arg) => arg !== '--json')).out, quorum === 0 ? /No witness was asked/ : /the quorum of the policy at \d+ or later/);
  }
});

test('log verify names what is wrong with a policy file, and where', () => {
  for (const { name, text, line, fault } of policies.not_policies) {
    const { status, err } = run(['log', 'verify', '--policy', file('bad.policy', text), 'a', 'b']);
    assert.equal(status, 2, name);
    assert.match(err, line === 0 ? /bad\.policy has no (quorum|log) line/ : new RegExp(`bad\\.policy, line ${line}: \\S`), `${name}: ${fault}`);
  }
  const { status, err } = run(['log', 'verify', '--policy', 'a', '--quorum', '1', 'b', 'c']);
  assert.equal(status, 2);
  assert.match(err, /--policy says all that --quorum would say/);
});

test('every setting stands in incamera.conf(5), in docs/ and in the three completions', () => {
  const manual = read('docs/man/incamera.conf.5.scd');
  const pages = readdirSync(new URL('docs/', root)).filter((name) => name.endsWith('.md')).map((name) => read(`docs/${name}`)).join('\n');
  const completions = ['incamera.bash', '_incamera', 'incamera.fish'].map((name) => [name, read(`packaging/completion/${name}`)]);
  const defaults = JSON.parse(run(['print-config', '--json', '--config', file('empty.conf', '')]).out);
  for (const [i, key] of keys.entries()) {
    const entry = new RegExp(`^\\*${key}\\* = [\\s\\S]*?(?=^\\*|^# )`, 'm').exec(manual)?.[0];
    assert.ok(entry, `${key} in incamera.conf(5)`);
    if (defaults[key] !== '') assert.ok(entry.replaceAll(/\s+/g, ' ').includes(`Default: ${defaults[key]}.`) || entry.replaceAll(/\s+/g, ' ').includes(`Default: ${defaults[key]},`), `default of ${key}: ${defaults[key]}, not in\n${entry}`);
    assert.match(pages, new RegExp(`\\b${key}\\b`), `${key} in docs/*.md`);
    for (const [name, text] of completions) {
      const word = name.endsWith('.fish') ? `-l ${flags[i].slice(2)}` : flags[i];
      assert.ok(new RegExp(`${word}(?![a-z-])`).test(text), `${flags[i]} in ${name}`);
    }
  }
  for (const [name, text] of completions)
    for (const [word] of text.matchAll(/(?<=--|-l )[a-z]+-[a-z-]+[a-z]/g)) assert.ok(keys.includes(word.replaceAll('-', '_')) || OPTIONS.includes(word), `${name} completes --${word}, which does not exist`);
});

test('every command has a man page that scdoc takes', () => {
  for (const name of ['incamera.1', 'incamera.conf.5', ...COMMANDS.filter((c) => c !== 'version').map((c) => `incamera-${c}.1`)]) {
    const source = read(`docs/man/${name}.scd`);
    const made = spawnSync('scdoc', { input: source, encoding: 'utf8' });
    if (made.error?.code === 'ENOENT') continue; // a tool of `make docs`, not of every machine
    assert.equal(made.status, 0, `${name}: ${made.stderr}`);
  }
});

test('bash completes commands, flags and values', () => {
  const complete = (...words) => {
    const quoted = words.map((w) => `'${w}'`).join(' ');
    const script = `source packaging/completion/incamera.bash; COMP_WORDS=(incamera ${quoted}); COMP_CWORD=${words.length}; _incamera; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['-c', script], { cwd: root, encoding: 'utf8' }).split('\n').filter((w) => w !== '').sort();
  };
  assert.deepEqual(complete('ch'), ['check-config']);
  assert.deepEqual(complete('serve', '--media-u'), ['--media-udp-base']);
  assert.deepEqual(complete('serve', '--tls', ''), ['off', 'on', 'self-signed']);
  assert.deepEqual(complete('serve', '--tls', '=', 's'), ['self-signed']);
  assert.deepEqual(complete('ports', '--j'), ['--json']);
  assert.deepEqual(complete('serve', '--media-port', ''), []);
});

// ---- a running server ----

const running = new Set();

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});

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

/** One request on a connection of its own: { status, body }. */
const ask = (url, { method = 'GET', headers = {}, body = '', raw = false } = {}) => new Promise((done, fail) => {
  request(url, { method, headers, agent: false }, (response) => {
    const parts = [];
    response.on('data', (bytes) => parts.push(bytes)).on('end', () => {
      const whole = Buffer.concat(parts);
      done({ status: response.statusCode, body: raw ? new Uint8Array(whole) : whole.toString() });
    });
  }).on('error', fail).end(body);
});

const makeMeeting = (url, { body }) => ask(`${url}/api/v1/meetings`, { method: 'POST', headers: { 'content-type': 'application/json', origin: url }, body });

/** A trial server that is ready; `ended` gives its exit status. */
async function start(...more) {
  const [port, mediaPort] = await Promise.all([freeTcp(), freeUdp()]);
  const args = ['serve', '--dev', `--listen=127.0.0.1:${port}`, `--media-port=${mediaPort}`, '--media-workers=1', '--media-address=127.0.0.1', ...more];
  const child = spawn(BINARY, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const server = { child, port, mediaPort, url: `http://localhost:${port}`, out: '', err: '' };
  running.add(child);
  child.stdout.on('data', (bytes) => (server.out += bytes));
  child.stderr.on('data', (bytes) => (server.err += bytes));
  server.ended = new Promise((done) => child.on('close', (code, signal) => {
    running.delete(child);
    done(code ?? signal);
  }));
  const deadline = Date.now() + 10000 * TIME_FACTOR;
  while (!(await ask(`${server.url}/readyz`).then((r) => r.status === 200, () => false))) {
    assert.ok(Date.now() < deadline && child.exitCode === null, `not ready:\n${server.err}`);
    await new Promise((done) => setTimeout(done, 30));
  }
  return server;
}

const throwAway = () => readdirSync(temporary).filter((name) => name.startsWith('incamera-'));

test('--dev says where it is, keeps its data private, and Ctrl-C leaves nothing behind', async () => {
  const server = await start();
  assert.match(server.out, new RegExp(`http://localhost:${server.port}/new`));
  assert.doesNotMatch(server.out, /#/, 'no link to a meeting');
  const [name, ...others] = throwAway();
  assert.deepEqual(others, []);
  const data = join(temporary, name);
  assert.equal(statSync(data).mode & 0o777, 0o700);
  assert.equal(statSync(join(data, 'dtls.pem')).mode & 0o777, 0o600);
  server.child.kill('SIGINT');
  assert.equal(await server.ended, 0, server.err);
  assert.deepEqual(throwAway(), []);
});

for (const kind of ['TCP', 'UDP']) {
  test(`a ${kind} port in use: one line that names it, status 1, nothing left behind`, async () => {
    const first = await start();
    const [port, mediaPort] = kind === 'TCP' ? [first.port, await freeUdp()] : [await freeTcp(), first.mediaPort];
    const second = run(['serve', '--dev', `--listen=127.0.0.1:${port}`, `--media-port=${mediaPort}`, '--media-workers=1']);
    assert.equal(second.status, 1);
    assert.equal(second.out, '');
    assert.match(second.err, /^incamera serve: .*Address already in use; .*another (program|server)/i);
    assert.match(second.err, new RegExp(`\\b${kind === 'TCP' ? port : mediaPort}\\b`));
    assert.equal(second.err.trim().split('\n').length, 1, second.err);
    assert.equal(throwAway().length, 1, 'only the folder of the first');
    first.child.kill('SIGTERM');
    assert.equal(await first.ended, 0, first.err);
  });
}

test('a data folder that others can read is refused', () => {
  const open = join(folder, 'open');
  mkdirSync(open, { mode: 0o755 });
  const { status, err } = run(['serve', '--dev', `--data-dir=${open}`]);
  assert.equal(status, 1);
  assert.match(err, /others cannot read: chmod 700/);
});

test('--json is no flag of serve, and the answer says what is', () => {
  const { status, err } = run(['serve', '--dev', '--json']);
  assert.equal(status, 2);
  assert.match(err, /log_format/);
});

/** One person in a meeting, by signalling alone. */
async function joined(url) {
  process.env.IC_TEST_URL = url;
  const client = await import(`../http/raw_client.mjs?${new URL(url).port}`); // one of its own: it reads the address once
  const meeting = newMeeting(await termsOf(url));
  assert.equal((await makeMeeting(url, meeting)).status, 201);
  const join = JSON.parse(read('tests/vectors/signalling/client.json')).find((v) => v.accept && v.message?.type === 'join').message;
  const person = await Member.arrive(client, meeting);
  await person.create();
  person.say(join);
  await person.until('slots'); // the last of what a join is answered with
  return { person, client };
}

test('SIGTERM drains: nobody new, people are told, it ends with the last one', async () => {
  const server = await start('--drain-timeout-s=60', '--log-format=json');
  const { person } = await joined(server.url);
  server.child.kill('SIGTERM');
  await person.until('draining');
  await assert.rejects(ask(`${server.url}/readyz`), { code: 'ECONNREFUSED' });
  await new Promise((done) => setTimeout(done, 500));
  assert.equal(server.child.exitCode, null, 'it waits for the last person');
  person.say({ type: 'leave' });
  assert.equal(await server.ended, 0, server.err);
  const events = server.err.trim().split('\n').map((line) => JSON.parse(line).event);
  assert.ok(events.includes('draining') && events.at(-1) === 'stopped', events.join(' '));
  person.close();
});

test('a drain ends after its time, and at once with a second signal', async () => {
  for (const [seconds, signals, least, most] of [[2, 1, 1500, 6000], [60, 2, 0, 4000]]) {
    const server = await start(`--drain-timeout-s=${seconds}`);
    const { person } = await joined(server.url);
    const begin = Date.now();
    for (let i = 0; i < signals; i++) {
      server.child.kill('SIGTERM');
      await new Promise((done) => setTimeout(done, 200));
    }
    assert.equal(await server.ended, 0, server.err);
    const took = Date.now() - begin;
    assert.ok(took >= least && took < most * TIME_FACTOR, `${seconds} s, ${signals} signals: ${took} ms`);
    person.close();
  }
});

test('killed and started again: the group goes on, with the same log', async () => {
  const data = join(folder, 'kept');
  mkdirSync(data, { mode: 0o700 });
  const first = await start(`--data-dir=${data}`, '--log-format=json');
  const { person: ana, client } = await joined(first.url);
  const ben = await Member.arrive(client, ana.meeting);
  await ana.until('knock');
  await ana.commit({ add: [ben] });
  await ben.enter((hash) => ask(`${first.url}/api/v1/blobs/${hash}`, { raw: true }).then((r) => r.body));
  const had = ben.logSize;
  await ana.commit(); // Ben has not heard of it when everything ends
  first.child.kill('SIGKILL');
  await first.ended;
  for (const member of [ana, ben]) member.close();

  const second = await start(`--data-dir=${data}`, '--log-format=json');
  process.env.IC_TEST_URL = second.url;
  const fresh = await import(`../http/raw_client.mjs?again-${new URL(second.url).port}`);
  assert.equal((await ben.resume(fresh)).is_in_worker, false);
  assert.equal(ben.logSize, had + 1);
  assert.equal(ben.code, ana.code);
  await ana.resume(fresh);
  await ana.commit();
  await ben.until('commit');
  assert.equal(ben.code, ana.code);
  const kim = await Member.arrive(fresh, ana.meeting);
  assert.equal(kim.heard[0].log_key, ana.heard[0].log_key);
  assert.equal(statSync(join(data, 'log.key')).mode & 0o777, 0o600);
  for (const member of [ana, ben, kim]) member.close();
  second.child.kill('SIGTERM');
  second.child.kill('SIGTERM');
  assert.equal(await second.ended, 0, second.err);
});

test('a node serves the log that log_folder names, as it stands', async () => {
  const log = join(folder, 'served-log');
  const entry = file('an-entry', 'in-camera/node-cert/v1\n');
  for (const args of [['init', '--name', 'meet.example.org/log', log], ['add', log, entry]]) assert.equal(run(['log', ...args]).status, 0);
  const server = await start(`--log-folder=${join(log, 'public')}`);
  for (const name of ['checkpoint', 'tile/0/000.p/1', 'tile/entries/000.p/1']) {
    const { status, body } = await ask(`${server.url}/log/${name}`, { raw: true });
    assert.equal(status, 200, name);
    assert.deepEqual(Buffer.from(body), readFileSync(join(log, 'public', name)), name);
  }
  assert.equal(run(['log', 'add', log, file('another', 'x')]).status, 0);
  assert.deepEqual(Buffer.from((await ask(`${server.url}/log/tile/entries/000.p/2`, { raw: true })).body), readFileSync(join(log, 'public/tile/entries/000.p/2')));
  for (const name of ['', 'key', '../key', '%2e%2e/key', 'tile/0/000.p/3', 'tile/0/000.p/02', 'checkpoint/']) assert.equal((await ask(`${server.url}/log/${name}`)).status, 404, name);
  server.child.kill('SIGTERM');
  await server.ended;
});

test('SIGHUP without a certificate is survived and told', async () => {
  const server = await start('--log-format=json');
  server.child.kill('SIGHUP');
  await new Promise((done) => setTimeout(done, 300));
  assert.equal((await ask(`${server.url}/readyz`)).status, 200);
  server.child.kill('SIGTERM');
  assert.equal(await server.ended, 0, server.err);
  assert.match(server.err, /certificate/);
});
