// The operator's tool, as several people use it one after the other: keys, a list of them, a node's
// certificate, the set of nodes, a rotation. Signatures are checked by another implementation.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { isSignedBy, leafOf, sha256 } from '../support/notes.mjs';

const BINARY = resolve(process.env.TEST_BINARY ?? 'build/release/incamera');
const folder = mkdtempSync(join(tmpdir(), 'incamera-operator-'));
const at = (name) => join(folder, name);
const text = (name) => readFileSync(at(name), 'utf8');
const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('INCAMERA_'))),
  ASAN_OPTIONS: 'detect_leaks=1:exitcode=23',
};
const said = [];

/** Run in the folder, so that files have short names. */
function run(...args) {
  const result = spawnSync(BINARY, args, { encoding: 'utf8', timeout: 20000, env: environment, cwd: folder });
  said.push(result.stdout, result.stderr);
  return { status: result.status, out: result.stdout, err: result.stderr };
}
const operator = (...args) => run('operator', ...args);
const json = (...args) => {
  const { status, out, err } = operator(...args, '--json');
  return { status, err, ...JSON.parse(out) };
};
const ok = (...args) => {
  const result = operator(...args);
  assert.equal(result.status, 0, result.err);
  assert.equal(result.err, '');
  return result.out;
};
/** Refused with one line, the same reason for people and for programs, and no file is changed. */
function refused(status, reason, words, ...args) {
  const before = readdirSync(folder).map((name) => [name, statSync(at(name)).isFile() ? text(name) : '']);
  const answer = json(...args);
  assert.equal(answer.status, status, answer.err);
  assert.equal(answer.ok, false);
  assert.equal(answer.reason, reason, answer.err);
  assert.match(answer.error, words);
  assert.match(answer.err, /^incamera operator [a-z-]+: [^\n]+[.?]\n$/);
  assert.deepEqual(readdirSync(folder).map((name) => [name, statSync(at(name)).isFile() ? text(name) : '']), before);
}

const signers = (note, files) => files.filter((name) => isSignedBy(note, text(name)));
const leaf = (name) => leafOf(text(name));

after(() => rmSync(folder, { recursive: true, force: true }));

const people = ['ana', 'ben', 'cleo', 'dan'];
const publics = people.map((name) => `${name}.key.pub`);
const settings = [
  '--tls', 'self-signed', '--data-dir', at('data'), '--node-name', 'eu-fra-1.meet.example.org', '--node-region', 'DE',
  '--node-site', '50.11 8.68 25', '--node-entity', 'Example e.V., Frankfurt, DE', '--media-address', '2001:db8:1::10, 192.0.2.10',
];
const signNode = (key, file) => ['sign-node', '--keys', 'keys.txt', '--key', key, file];

test('each command of it explains itself, within 90 columns', () => {
  for (const command of ['init', 'sign-node', 'sign-set', 'rotate']) {
    const { status, out, err } = operator(command, '--help');
    assert.equal(status, 0);
    assert.equal(err, '');
    assert.match(out, new RegExp(`^usage: incamera operator ${command} `));
    assert.match(out, /Exit status: 0/);
    for (const line of out.split('\n')) assert.ok(line.length <= 90, line);
  }
  assert.match(operator('sing-node').err, /Did you mean "sign-node"\?/);
  assert.equal(operator().status, 2);
});

test('init makes a key that only its owner can read, and never a second one over it', () => {
  for (const name of people) ok('init', '--name', `meet.example.org/operator-${name}`, '--out', `${name}.key`);
  assert.equal(statSync(at('ana.key')).mode & 0o777, 0o600);
  assert.match(text('ana.key'), /^PRIVATE\+KEY\+meet\.example\.org\/operator-ana\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}\n$/);
  refused(2, 'file', /is there already and is not overwritten/, 'init', '--name', 'x', '--out', 'ana.key');
  writeFileSync(at('eve.key.pub'), 'kept');
  refused(2, 'file', /eve\.key\.pub is there already/, 'init', '--name', 'x', '--out', 'eve.key');
  refused(2, 'file', /no name for a key/, 'init', '--name', 'Ana Lima', '--out', 'new.key');
  refused(2, 'file', /cannot be written: No such file/, 'init', '--name', 'x', '--out', 'nowhere/x.key');
  refused(2, 'usage', /--out is missing/, 'init', '--name', 'x');
  refused(2, 'usage', /give --name .* or --threshold/, 'init', '--out', 'x');
  assert.ok(!existsSync(at('new.key')) && !existsSync(at('eve.key')));
});

test('init makes the first list of keys, the same in any order', () => {
  assert.match(ok('init', '--threshold', '2', '--out', 'keys.txt', 'cleo.key.pub', 'ana.key.pub', 'ben.key.pub'), /2 of 3 keys must sign/);
  const lines = people.slice(0, 3).map((name) => `key ${text(`${name}.key.pub`)}`);
  assert.equal(text('keys.txt'), `in-camera/operator-keys/v1\nserial 1\nprevious -\nthreshold 2 3\n${lines.join('')}`);
  const made = json('init', '--threshold', '2', '--out', 'same.txt', ...publics.slice(0, 3));
  assert.equal(text('same.txt'), text('keys.txt'));
  assert.equal(made.sha256, sha256(text('keys.txt')).toString('base64'));
  copyFileSync(at('ana.key.pub'), at('again.pub'));
  refused(1, 'key', /name or the key of one that was given before/, 'init', '--threshold', '2', '--out', 'x', 'ana.key.pub', 'again.pub');
  refused(2, 'threshold', /a number from 1 to 2/, 'init', '--threshold', '3', '--out', 'x', 'ana.key.pub', 'ben.key.pub');
  refused(2, 'threshold', /a number from 1 to 1/, 'init', '--threshold', '0', '--out', 'x', 'ana.key.pub');
  refused(2, 'usage', /public keys of 1 to 16/, 'init', '--threshold', '1', '--out', 'x');
  refused(2, 'file', /is a private key. Give the public one/, 'init', '--threshold', '1', '--out', 'x', 'ana.key');
  refused(2, 'file', /is there already/, 'init', '--threshold', '1', '--out', 'keys.txt', 'ana.key.pub');
  assert.match(ok('init', '--threshold', '1', '--out', 'single.txt', 'dan.key.pub'), /"single operator key"/);
});

test('node facts prints the text of this machine, the same keys each time', () => {
  const first = run('node', 'facts', ...settings);
  assert.equal(first.status, 0, first.err);
  writeFileSync(at('node.txt'), first.out);
  const expected = [
    'in-camera/node-cert/v1', 'node eu-fra-1\\.meet\\.example\\.org', 'serial \\d+', 'region DE', 'region-groups EEA EU', 'site 50\\.11 8\\.68 25',
    'entity Example e\\.V\\., Frankfurt, DE', 'roles media relay signal', 'dtls-sha256 [0-9a-f]{64}',
    'receipt-key eu-fra-1\\.meet\\.example\\.org/receipt\\+.*', 'addr 192\\.0\\.2\\.10/32', 'addr 2001:db8:1::10/128', 'not-before .*Z', 'not-after .*Z',
    `build sha256:${sha256(readFileSync(BINARY)).toString('hex')}`, '',
  ];
  assert.match(first.out, new RegExp(`^${expected.join('\n')}$`));
  for (const name of ['dtls.pem', 'receipt.key']) assert.equal(statSync(at(`data/${name}`)).mode & 0o777, 0o600);
  const again = JSON.parse(run('node', 'facts', '--serial', '8', '--days', '3', '--json', ...settings).out).text;
  const same = (t) => t.split('\n').filter((l) => /^(dtls|receipt)/.test(l));
  assert.deepEqual(same(again), same(first.out));
  assert.match(again, /\nserial 8\n/);
  const [from, until] = ['before', 'after'].map((w) => Date.parse(new RegExp(`not-${w} (.*)`).exec(again)[1]));
  assert.equal(until - from, 3 * 86400000);
});

test('node facts names the setting that is missing or wrong', () => {
  const base = Object.fromEntries(settings.map((v, i) => [v, settings[i + 1]]).filter((_, i) => i % 2 === 0));
  for (const [flag, value, status, words] of [
    ['--node-region', '', 1, /node_region is not set/], ['--node-region', 'XX', 1, /node_region/], ['--node-region', 'EU', 1, /node_region/],
    ['--node-site', '', 1, /node_site/], ['--node-site', '50.1 8.68 25', 1, /two decimals/], ['--node-entity', '', 1, /node_entity/],
    ['--node-entity', 'x'.repeat(129), 1, /longer than 128/], ['--node-entity', 'a  b', 1, /node_entity/], ['--node-name', 'EU', 1, /node_name/],
    ['--node-name', 'a'.repeat(250), 1, /node_name/], ['--media-address', '224.0.0.1', 1, /media_address/], ['--days', '15', 2, /1 to 14/], ['--serial', '0', 2, /--serial/],
  ]) {
    const args = Object.entries({ ...base, [flag]: value }).map(([name, v]) => `${name}=${v}`);
    const { status: exit, out, err } = run('node', 'facts', ...args);
    assert.equal(exit, status, `${flag} ${value}: ${err}`);
    assert.equal(out, '');
    assert.match(err, words);
  }
  assert.match(run('node', 'facts', '--dev').err, /signs for itself/);
  assert.equal(run('node', 'fatcs').status, 2);
});

test('sign-node adds one signature a person, and tells what is signed and what is missing', () => {
  copyFileSync(at('node.txt'), at('node-cert.txt'));
  const out = ok(...signNode('ana.key', 'node-cert.txt'));
  for (const words of [/eu-fra-1\.meet\.example\.org/, /country {4}DE, within 25 km of 50\.11 8\.68/, /Example e\.V\./, /192\.0\.2\.10\/32/, /1 of 2 needed/, /hand the file to 1 more/]) assert.match(out, words);
  assert.deepEqual(signers(text('node-cert.txt'), publics), ['ana.key.pub']);
  refused(1, 'signed_already', /"meet\.example\.org\/operator-ana" has signed/, ...signNode('ana.key', 'node-cert.txt'));
  refused(1, 'operator_keys', /is not in the list keys\.txt/, ...signNode('dan.key', 'node-cert.txt'));
  copyFileSync(at('node-cert.txt'), at('half.txt'));
  const done = json(...signNode('ben.key', 'node-cert.txt'));
  assert.deepEqual([done.ok, done.signatures, done.needed, done.complete, done.region], [true, 2, 2, true, 'DE']);
  assert.equal(done.leaf, leaf('node-cert.txt'));
  assert.deepEqual(signers(text('node-cert.txt'), publics), ['ana.key.pub', 'ben.key.pub']);
  assert.ok(text('node-cert.txt').startsWith(`${text('node.txt')}\n— `));
  refused(1, 'complete', /has the 2 signatures that it needs/, ...signNode('cleo.key', 'node-cert.txt'));
});

test('sign-node signs nothing that clients would refuse, and says which line', () => {
  const lines = text('node.txt');
  for (const [change, word] of [
    [(t) => t.replace('region DE', 'region XX'), 'region'], [(t) => t.replace('EEA EU', 'EU EEA'), 'region_groups'], [(t) => t.replace('EEA EU', 'FVEY'), 'region_groups'],
    [(t) => t.replace('192.0.2.10/32', '0.0.0.0/0'), 'addr'], [(t) => t.replace(/not-after 2/, 'not-after 3'), 'validity'], [(t) => `${t}comment\n`, 'line'],
    [(t) => t.replace('node-cert', 'node-set'), 'kind'], [(t) => t.replaceAll('2026-', '2020-').replaceAll('2027-', '2021-').replaceAll(/(not-(?:before|after)) \d{4}/g, '$1 2020'), 'expired'],
  ]) {
    writeFileSync(at('bad.txt'), change(lines));
    refused(1, word, /^bad\.txt: /, ...signNode('ana.key', 'bad.txt'));
  }
  writeFileSync(at('bad.txt'), text('half.txt').replace('region DE', 'region FR'));
  refused(1, 'signature_wrong', /was altered/, ...signNode('ben.key', 'bad.txt'));
  writeFileSync(at('bad.txt'), text('half.txt').slice(0, -5));
  refused(2, 'file', /is damaged/, ...signNode('ben.key', 'bad.txt'));
});

test('a private key that others can read, or that is none, is not used', () => {
  copyFileSync(at('ana.key'), at('open.key'));
  chmodSync(at('open.key'), 0o640);
  refused(2, 'file', /others than its owner can read it.*rotate/, ...signNode('open.key', 'node.txt'));
  const key = text('ana.key');
  for (const bad of [key.replace('PRIVATE', 'private'), key.slice(0, -4), `${key}\n`, key.replace('-ana', '-eva'), key.replace(/\+[0-9a-f]{8}\+/, '+00000000+'), '']) {
    writeFileSync(at('bad.key'), bad, { mode: 0o600 });
    refused(2, 'file', /holds no private key/, ...signNode('bad.key', 'node.txt'));
  }
  refused(2, 'file', /cannot be opened/, ...signNode('nobody.key', 'node.txt'));
  refused(2, 'usage', /--key is missing/, 'sign-node', '--keys', 'keys.txt', 'node.txt');
  refused(2, 'usage', /--keys is missing/, 'sign-node', '--key', 'ana.key', 'node.txt');
  refused(2, 'usage', /give one file/, ...signNode('ana.key', 'node.txt'), 'node.txt');
  refused(2, 'usage', /"--kez" is not understood/, 'sign-node', '--kez', 'x');
});

test('sign-set lists exactly the certificates that are signed and in force', () => {
  const make = (...files) => ['sign-set', '--keys', 'keys.txt', '--key', 'ana.key', '--out', 'set.txt', ...files];
  refused(1, 'signatures', /Too few of the operator's people have signed the node certificate/, ...make('half.txt'));
  refused(1, 'not_a_note', /not a signed note/, ...make('node.txt'));
  refused(1, 'cert', /is given twice/, ...make('node-cert.txt', 'node-cert.txt'));
  refused(2, 'validity', /1 to 7/, ...make('--days', '8', 'node-cert.txt'));
  assert.match(ok(...make('--serial', '41', 'node-cert.txt')), /DE {7}eu-fra-1[\s\S]*number 41: 1 node, valid until .*Z\.[\s\S]*1 of 2/);
  assert.match(text('set.txt'), new RegExp(`^in-camera/node-set/v1\nserial 41\nnot-before .*\nnot-after .*\ncert ${leaf('node-cert.txt').replaceAll('+', '\\+')}\n\n— `));
  refused(2, 'file', /is there already/, ...make('node-cert.txt'));
  const add = ['sign-set', '--keys', 'keys.txt', '--key', 'cleo.key', 'set.txt'];
  const done = json(...add);
  assert.deepEqual([done.serial, done.nodes, done.signatures, done.complete], [41, 1, 2, true]);
  assert.deepEqual(signers(text('set.txt'), publics), ['ana.key.pub', 'cleo.key.pub']);
  refused(2, 'usage', /one set to sign/, ...add, 'node-cert.txt');
  refused(1, 'kind', /not a node set/, 'sign-set', '--keys', 'keys.txt', '--key', 'ana.key', 'node-cert.txt');
  assert.match(ok('sign-set', '--keys', 'keys.txt', '--key', 'ana.key', '--out', 'empty.txt'), /It is empty: from now on no node/);
});

test('rotate makes the next list, signed by people of the present one', () => {
  const make = (key, ...more) => ['rotate', '--keys', 'keys.txt', '--key', key, '--threshold', '2', '--out', 'keys-2.txt', 'ana.key.pub', 'cleo.key.pub', 'dan.key.pub', ...more];
  refused(1, 'operator_keys', /is not in the list/, ...make('dan.key'));
  const out = ok(...make('ana.key'));
  for (const words of [/List number 2: 2 of 3/, /stays {2}.*-ana/, /comes {2}.*-dan/, /leaves .*-ben/, /1 of 2 needed/]) assert.match(out, words);
  assert.match(text('keys-2.txt'), new RegExp(`\nserial 2\nprevious ${sha256(text('keys.txt')).toString('base64').replaceAll('+', '\\+')}\nthreshold 2 3\n`));
  const add = (key) => ['rotate', '--keys', 'keys.txt', '--key', key, 'keys-2.txt'];
  refused(1, 'operator_keys', /is not in the list/, ...add('dan.key'));
  assert.match(ok(...add('ben.key')), /Complete\. Next: copy it to every node, into its data folder, as operator-keys-2\.txt/);
  assert.deepEqual(signers(text('keys-2.txt'), publics), ['ana.key.pub', 'ben.key.pub']);
  refused(1, 'operator_keys', /not the list that follows/, 'rotate', '--keys', 'keys-2.txt', '--key', 'ana.key', 'keys-2.txt');
  refused(1, 'operator_keys', /not the list that follows/, 'rotate', '--keys', 'keys.txt', '--key', 'ana.key', 'keys.txt');
  copyFileSync(at('node.txt'), at('next-cert.txt'));
  assert.match(ok('sign-node', '--keys', 'keys-2.txt', '--key', 'dan.key', 'next-cert.txt'), /1 of 2 needed/);
});

test('no word of a private key was ever said', () => {
  const secrets = people.map((name) => /\+([A-Za-z0-9+/]{44})\n$/.exec(text(`${name}.key`))[1]);
  assert.ok(said.length > 100);
  for (const secret of secrets) for (const words of said) assert.ok(!words.includes(secret) && !words.includes('PRIVATE+KEY'));
});
