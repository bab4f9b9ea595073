// incamera audit verify: a call over two nodes, and each thing that can be wrong with its evidence.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { LOG_POLICY, START, STRANGERS, archive, makeBundle, makeFiles, unpack } from '../support/evidence.mjs';

const BINARY = resolve(process.env.TEST_BINARY ?? 'build/release/incamera');
const folder = mkdtempSync(join(tmpdir(), 'incamera-audit-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const environment = { ...process.env, ASAN_OPTIONS: 'detect_leaks=1:exitcode=23' };
const run = (...args) => spawnSync(BINARY, ['audit', ...args], { encoding: 'utf8', timeout: 20000, env: environment });
const file = (bytes, name = 'bundle.tar') => {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};
const verify = (bytes, ...options) => run('verify', ...options, file(bytes));
const judge = (bytes, ...options) => {
  const { status, stdout, stderr } = verify(bytes, '--json', ...options);
  assert.equal(stderr, '');
  return { status, ...JSON.parse(stdout) };
};
/** All that is wrong, as "verdict subject: word". */
const faults = ({ findings }) => findings.filter(({ verdict }) => verdict !== 'ok').map((f) => `${f.verdict} ${f.subject}: ${f.word}`);
const STATUS = { ok: 0, violated: 1, inconclusive: 2 };

function expect(changes, verdict, expected, words) {
  const answer = judge(makeBundle(changes));
  assert.deepEqual(faults(answer), expected);
  assert.equal(answer.verdict, verdict);
  assert.equal(answer.status, STATUS[verdict]);
  if (words) assert.match(answer.findings.map(({ text }) => text).join('\n'), words);
  return answer;
}
const violated = (changes, expected, words) => expect(changes, 'violated', expected, words);
const inconclusive = (changes, expected, words) => expect(changes, 'inconclusive', expected, words);
/** The good rows, some of them changed: [number of the receipt, changes]. */
const GOOD_ROWS = [
  ['fra', 0, 60, 'no'], ['fra', 60, 60, 'no'], ['fra', 120, 60, 'no'], ['par', 203, 60, 'no'], ['par', 263, 60, 'no'], ['par', 323, 22, 'leave'],
];
const rows = (...edits) => GOOD_ROWS.map((row, i) => [...row, edits.find(([n]) => n === i + 1)?.[1] ?? {}]);

test('the command explains itself, within 90 columns', () => {
  const { status, stdout, stderr } = run('verify', '--help');
  assert.equal(status, 0);
  assert.equal(stderr, '');
  assert.match(stdout, /^usage: incamera audit verify /);
  assert.match(stdout, /Exit status: 0 /);
  for (const line of stdout.split('\n')) assert.ok(line.length <= 90, line);
  assert.match(run('--help').stdout, /verify/);
  assert.equal(run().status, 2);
  assert.match(run('check').stderr, /there is no command "check"/);
});

test('wrong usage is named, with the next step', () => {
  for (const [args, words] of [
    [['verify'], /BUNDLE is missing/],
    [['verify', '--jsno', 'x'], /"--jsno" is not understood/],
    [['verify', 'a', 'b'], /"b" is not understood/],
    [['verify', '--countries', 'DE,fr', 'a'], /--countries takes codes/],
    [['verify', '--countries', 'DE,', 'a'], /--countries takes codes/],
    [['verify', '--countries', 'DEFR', 'a'], /--countries takes codes/],
    [['verify', join(folder, 'nothing.tar')], /cannot be opened/],
    [['verify', '--log-policy', join(folder, 'nothing'), file(makeBundle())], /cannot be opened/],
  ]) {
    const { status, stderr, stdout } = run(...args);
    assert.equal(status, 2, args.join(' '));
    assert.match(stderr, words);
    assert.match(stderr, /^incamera audit verify: [^\n]+\n$/);
    assert.equal(stdout, '');
  }
});

test('a call over two nodes, the first one killed: complete', () => {
  const answer = judge(makeBundle());
  assert.deepEqual(faults(answer), []);
  assert.equal(answer.status, 0);
  assert.equal(answer.verdict, 'ok');
  assert.deepEqual(answer.countries, ['DE', 'FR']);
  assert.deepEqual([answer.receipts, answer.covered_s, answer.between_s], [6, 322, 23]);
  assert.deepEqual(
    answer.nodes.map(({ node, country, receipts, from, to }) => [node, country, receipts, from - START, to - START]),
    [['eu-fra-1.meet.example.org', 'DE', 3, 0, 180], ['eu-par-1.meet.example.org', 'FR', 3, 203, 345]],
  );
  assert.match(answer.findings[0].text, /^19 s without a receipt: the node was lost\. 4 s later this one went on\.$/);
  assert.equal(answer.missing_s, 19);
});

test('… as a table for people', () => {
  const { status, stdout, stderr } = verify(makeBundle(), '--countries', 'DE,FR', '--log-policy', file(LOG_POLICY, 'log-policy'));
  assert.equal(status, 0);
  assert.equal(stderr, '');
  assert.match(stdout, /^Meeting allowed: DE FR \(policy [A-Za-z0-9_-]{22}, as in its link\)\nReceipts: 6, of 5 min 22 s, and 23 s between connections\.\n/);
  assert.match(stdout, /\neu-fra-1\.meet\.example\.org +DE +2026-11-25 12:00:00 +2026-11-25 12:03:00 +3 +9000 +27000\n/);
  assert.match(stdout, /\nOK: the nodes that signed are in the public log and in allowed countries, and their receipts are complete\.\n/);
  assert.match(verify(makeBundle({ alter: (notes) => notes.slice(1) })).stdout, /\nVIOLATED +receipt 1 .*\n[^]*\nVIOLATED: see above/);
});

test('of standard input, and packed again by another tar', () => {
  const piped = spawnSync(BINARY, ['audit', 'verify', '-'], { input: makeBundle(), encoding: 'utf8' });
  assert.equal(piped.status, 0);
  const unpacked = mkdtempSync(join(folder, 'x-'));
  assert.equal(spawnSync('tar', ['-xf', file(makeBundle()), '-C', unpacked]).status, 0);
  const names = makeFiles().map(([name]) => name);
  assert.equal(spawnSync('tar', ['--format=ustar', '-cf', join(folder, 'again.tar'), '-C', unpacked, ...names]).status, 0);
  assert.equal(run('verify', join(folder, 'again.tar')).status, 0);
});

test('what the client writes is what the audit reads', () => {
  const bundle = readFileSync(new URL('../vectors/evidence.tar', import.meta.url));
  const answer = judge(bundle, '--countries', 'DE,FR');
  assert.deepEqual(answer.findings, []);
  assert.equal(answer.verdict, 'ok');
  assert.deepEqual([answer.receipts, answer.covered_s], [2, 120]);
});

test('… also of a relay, whose other end the client has found in the log', () => {
  const bundle = readFileSync(new URL('../vectors/evidence_relay.tar', import.meta.url));
  assert.deepEqual(judge(bundle, '--countries', 'DE,FR').findings, []);
  assert.deepEqual(faults(judge(bundle, '--countries', 'DE')), ['violated policy: region_not_allowed']);
  const files = unpack(bundle);
  const without = archive(files.filter(([name]) => !name.startsWith('node-cert/2')).map(([name, bytes]) => [name, name === 'seen' ? bytes.toString().replace(/^.* 2 1\n/m, '') : bytes]));
  assert.deepEqual([...new Set(faults(judge(without)))], ['violated receipt 1: hidden_relay', 'violated receipt 2: hidden_relay']);
  const proof = files.find(([name]) => name === 'node-cert/1.tlog-proof')[1];
  const other = archive(files.map(([name, bytes]) => [name, name === 'node-cert/2.tlog-proof' ? proof : bytes]));
  assert.ok(faults(judge(other)).includes('violated node certificate 2: not_logged'), JSON.stringify(faults(judge(other))));
});

test('a node that was lost: what the device says of it bounds what is missing', () => {
  const two = (free, lost, end = 'no') => ({ receipts: [['fra', 0, 60, end], ['par', 60 + free, 60, 'leave']], span: [START, START + 120 + free], lost });
  const silent = ['inconclusive receipt 2: silent'];
  inconclusive({ lost: [] }, ['inconclusive receipt 4: silent'], /23 s later this one went on\. The device has no note/);
  inconclusive({ lost: [[2, 121, 140, 150]] }, ['inconclusive receipt 4: silent']);
  // as long as an interval, and some seconds until it is noticed
  expect(two(81, [[1, 61, 136, 141]]), 'ok', [], /75 s without a receipt: the node was lost\. 5 s later/);
  inconclusive(two(82, [[1, 61, 137, 142]]), silent, /76 s without a receipt before the device noticed/);
  // being away is no gap, however long
  expect(two(600, [[1, 61, 70, 660]]), 'ok', [], /9 s without a receipt: the node was lost\. 590 s later/);
  // the receipts leave out more than the device was away
  expect(two(30, [[1, 61, 70, 81]]), 'ok', []);
  inconclusive(two(31, [[1, 61, 70, 81]]), silent, /31 s without a receipt before this one, but the device was without the node for 20 s/);
  // nobody accounts for it, and it is long
  violated(two(91, []), ['violated receipt 2: gap'], /A gap of 91 s/);
  inconclusive(two(90, []), silent);
  // lost again before its first receipt; the very first one
  expect(two(40, [[1, 61, 70, 75], [1, 75, 95, 100]]), 'ok', [], /29 s without a receipt/);
  expect(two(40, [[1, 61, 80, 100]], 'lost'), 'ok', []);
  expect({ receipts: [['fra', 50, 60, 'leave']], span: [START, START + 110], lost: [[0, 1, 40, 50]] }, 'ok', [], /39 s without a receipt/);
  violated({ receipts: [['fra', 100, 60, 'leave']], span: [START, START + 251], lost: [] }, ['violated span: gap']);
  // the same node comes back, with or without the device's word
  const same = (lost) => ({ receipts: [['fra', 0, 60, 'no'], ['fra', 80, 60, 'leave']], span: [START, START + 140], lost });
  expect(same([[1, 61, 70, 80]]), 'ok', []);
  violated(same([]), ['violated receipt 2: gap']);
  // one that has itself lost again and again would sign next to nothing
  const often = Array.from({ length: 4 }, (_, i) => ['fra', i * 60, 20, 'no']);
  inconclusive({ receipts: often, span: [START, START + 200], lost: often.slice(1).map((_, i) => [i + 1, i * 60 + 21, i * 60 + 59, i * 60 + 60]) }, ['inconclusive receipts: silent'], /so often that 114 s have no receipt, beside the 80 s/);
  for (const lines of ['3 x', '3 2026-11-25T12:03:01Z 2026-11-25T12:03:00Z 2026-11-25T12:03:24Z', ''])
    inconclusive({ files: (files) => files.map(([n, b]) => [n, n === 'lost' ? `${lines}\n` : b]) }, ['inconclusive receipt 4: silent', 'inconclusive lost: line']);
});

test('gaps', () => {
  const without = (n) => ({ alter: (notes) => notes.filter((_, i) => i + 1 !== n), own: (r) => [r.seq, r.in[0], r.in[1], r.out[0], r.out[1]] });
  violated(without(2), ['violated receipt 2: gap'], /A gap of 60 s: 1 receipts before this one are missing\./);
  violated(without(1), ['violated receipt 1: gap'], /A gap: 1 receipts before this one are missing/);
  violated({ alter: (notes) => notes.slice(0, 3) }, ['violated span: gap'], /A gap of 165 s: the call took 345 s, and the receipts tell of 180 s/);
  violated({ receipts: [['fra', 0, 60, 'no'], ['fra', 65, 60, 'leave']], span: [START, START + 125] }, ['violated receipt 2: gap'], /A gap of 5 s before this one/);
  violated({ receipts: [['fra', 0, 60, 'no'], ['par', 151, 60, 'leave']], span: [START, START + 211] }, ['violated receipt 2: gap'], /A gap of 91 s: node eu-fra-1.* fell silent that long/);
  expect({ receipts: [['fra', 0, 60, 'lost'], ['par', 600, 60, 'leave']], span: [START, START + 660] }, 'ok', [], /540 s without a connection/);
  violated({ span: [START, START + 3600] }, ['violated span: gap'], /the call took 3600 s/);
  violated({ receipts: [], seen: [[START, 1], [START, 2]] }, ['violated receipts: missing'], /requires receipts, and there is none/);
  inconclusive({ receipts: [], flags: 0 }, ['inconclusive receipts: missing']);
});

test('a changed byte', () => {
  const change = (from, to) => ({ alter: (notes) => notes.map((n, i) => (i === 1 ? n.replace(from, to) : n)) });
  violated(change('in 3000 ', 'in 2000 '), ['violated receipt 2: signature', 'violated receipt 3: prev'], /the receipt was altered, or the node/);
  violated(change('end no', 'end leave'), ['violated receipt 2: signature', 'violated receipt 3: prev']);
  violated(change('drop 0', 'drop 00'), ['violated receipt 2: drop', 'violated receipt 3: gap']);
  violated(change('\n\n', '\n'), ['violated receipt 2: not_a_note', 'violated receipt 3: gap']);
  violated({ alter: (notes) => [notes[1], notes[0], ...notes.slice(2)] }, ['violated receipt 1: gap', 'violated receipt 2: seq', 'violated receipt 3: gap', 'inconclusive own: missing']);
  violated({ alter: (notes) => [...notes.slice(0, 3), notes[2], ...notes.slice(3)] }, ['violated receipt 4: seq', 'inconclusive receipt 5: silent', 'inconclusive own: missing'], /the number 3 where 4 had to come/);
});

test('a foreign node', () => {
  // one that the operator never signed
  violated({ certSigners: (name) => (name === 'par' ? STRANGERS : undefined) }, [
    'violated node certificate 2: signatures', 'violated receipt 4: foreign_node', 'violated receipt 5: foreign_node', 'violated receipt 6: foreign_node',
  ], /Too few of the operator's people/);
  // one whose certificate is in the log, but not in the set
  violated({ inSet: ['fra', 'iad'] }, [
    'violated node certificate 2: not_in_set', 'violated receipt 4: foreign_node', 'violated receipt 5: foreign_node', 'violated receipt 6: foreign_node',
  ], /The operator's list does not name this node/);
  // one whose certificate was never shown
  violated({ nodes: ['fra'], seen: [[START, 1]] }, ['violated receipt 4: foreign_node', 'violated receipt 5: foreign_node', 'violated receipt 6: foreign_node']);
  // one that signs for another
  violated({ receipts: rows([2, { signer: STRANGERS[0] }]) }, ['violated receipt 2: signature']);
  violated({ receipts: rows([2, { region: 'FR' }]) }, ['violated receipt 2: foreign_node']);
  violated({ receipts: rows([2, { serial: 6 }]) }, ['violated receipt 2: foreign_node']);
});

test('a country that is not allowed', () => {
  const us = { nodes: ['fra', 'iad'], receipts: [['fra', 0, 60, 'lost'], ['iad', 60, 60, 'leave']], span: [START, START + 120] };
  violated(us, ['violated node certificate 2: region_not_allowed', 'violated receipt 2: foreign_node'], /a country that this meeting does not allow/);
  const answer = judge(makeBundle(), '--countries', 'DE');
  assert.deepEqual(faults(answer), ['violated policy: region_not_allowed']);
  assert.match(answer.findings[0].text, /allowed FR, which is none of the countries that you gave/);
});

/* The meeting is at fra and stays there; par carries the one whose bundle it is, and signs. */
test('a call whose media a second node carried', () => {
  const relay = (name, n = 100) => `${name} ${n} ${n * 1000}`;
  const fra = 'eu-fra-1.meet.example.org', iad = 'us-iad-1.meet.example.org';
  const crossed = { relayTo: [relay(fra, 2900)], relayFrom: [relay(fra, 8000)] };
  const carried = (edits = {}, more = {}) => ({
    seen: [[START, 1], [START, 2]], lost: [], span: [START, START + 142],
    receipts: [['par', 0, 60, 'no', crossed], ['par', 60, 60, 'no', { ...crossed, ...edits }], ['par', 120, 22, 'leave', { relayTo: [relay(fra, 1000)] }]], ...more,
  });
  const answer = judge(makeBundle(carried()));
  assert.deepEqual([answer.status, answer.findings], [0, []]);
  assert.deepEqual(answer.nodes.filter(({ receipts }) => receipts > 0).map(({ node, receipts }) => [node, receipts]), [['eu-par-1.meet.example.org', 3]]);
  violated(carried({ relayTo: [relay(fra, 2900), relay(iad, 2900)] }), ['violated receipt 2: hidden_relay'], /\(us-iad-1/);
  violated(carried({ relayFrom: [relay(fra, 8000), relay(iad, 1)] }), ['violated receipt 2: hidden_relay']);
  violated(carried({}, { nodes: ['par'], seen: [[START, 1]] }), [1, 1, 2, 2, 3].map((n) => `violated receipt ${n}: hidden_relay`));
  violated(carried({ relayTo: [relay(fra, 3001)] }), ['violated receipt 2: relay_counts']);
  const flip = (notes) => notes.map((bytes, i) => (i === 1 ? Buffer.from(bytes.toString().replace('relay-from eu-fra-1.meet.example.org 8000', 'relay-from eu-fra-1.meet.example.org 8001')) : bytes));
  const altered = faults(judge(makeBundle(carried({}, { alter: flip }))));
  assert.equal(altered[0], 'violated receipt 2: signature');
  assert.ok(altered.includes('violated receipt 3: prev'), altered.join());
  const [first, , last] = carried().receipts;
  violated(carried({}, { receipts: [first, ['iad', 60, 60, 'no', crossed], last] }), ['violated receipt 2: foreign_node', 'inconclusive receipt 2: silent', 'inconclusive receipt 3: silent']);
  violated(carried({ signer: STRANGERS[0] }), ['violated receipt 2: signature']); // fra's word for it, or anybody's, is not par's
});

test('relays', () => {
  const relay = (name, n = 100) => `${name} ${n} ${n * 1000}`;
  const par = 'eu-par-1.meet.example.org';
  expect({ receipts: rows([2, { relayTo: [relay(par)], relayFrom: [relay(par)] }]) }, 'ok', []);
  violated({ receipts: rows([2, { relayTo: [relay('us-iad-1.meet.example.org')] }]) }, ['violated receipt 2: hidden_relay'], /certificate was not shown\. \(us-iad-1/);
  violated({ receipts: rows([2, { relayFrom: [relay('us-iad-1.meet.example.org')] }]) }, ['violated receipt 2: hidden_relay']);
  violated({ receipts: rows([2, { relayTo: [relay(par, 3001)] }]) }, ['violated receipt 2: relay_counts']);
  violated({ maxHops: 1, receipts: rows([2, { relayTo: [relay(par)] }]) }, ['violated receipt 2: hops'], /this meeting allows none/);
});

test('counters', () => {
  const own = (n, change) => ({ own: (r) => (r.seq === n ? change(r) : [r.seq, r.in[0], r.in[1], r.out[0], r.out[1]]) });
  violated(own(2, (r) => [r.seq, r.in[0] - 200, 1, r.out[0], 1]), ['violated receipt 2: counters', 'violated receipt 3: counters'], /6000 packets came in so far, but this device sent 5800/);
  violated(own(2, (r) => [r.seq, r.in[0], 1, r.out[0] + 400, 1]), ['violated receipt 2: counters', 'violated receipt 3: counters'], /this device received 18400/);
  expect(own(2, (r) => [r.seq, r.in[0] - 100, 1, r.out[0] + 100, 1]), 'ok', []);
  inconclusive({ files: (files) => files.filter(([name]) => name !== 'own') }, ['inconclusive own: missing'], /no counters of its own for 6 receipts/);
  inconclusive(own(2, () => []), ['inconclusive own: line', 'inconclusive own: missing']);
});

test('what is not the operator’s, not logged, not fresh, not valid', () => {
  const both = (word) => [`violated node set 1: ${word}`, `violated node set 1: ${word}`, ...[1, 2, 3, 4, 5, 6].map((n) => `violated receipt ${n}: foreign_node`)];
  violated({ setSigners: STRANGERS }, both('signatures'));
  violated({ serialMin: 13 }, both('set_serial'));
  violated({ cosigners: [] }, both('witnesses'));
  violated({ cosignedAt: START - 2 * 86400 }, both('log_stale'));
  violated({ certTo: '2026-11-25T12:03:30Z', seen: [[START, 1], [START + 200, 2]] }, ['violated receipt 4: not_valid', 'violated receipt 5: not_valid', 'violated receipt 6: not_valid']);
  violated({ certFrom: '2026-11-25T12:01:00Z' }, ['violated node certificate 1: not_yet_valid', ...[1, 2, 3].map((n) => `violated receipt ${n}: foreign_node`)]);
  const other = judge(makeBundle(), '--log-policy', file(LOG_POLICY.replace('group g 2', 'group g 1'), 'other-policy'));
  assert.deepEqual(faults(other), ['violated log policy: log_policy']);
  const replaced = (name, bytes) => ({ files: (files) => files.map(([n, b]) => (n === name ? [n, bytes(b)] : [n, b])) });
  violated(replaced('policy', (b) => Buffer.concat([b, Buffer.from('x')])), ['violated policy: bad_policy']);
  violated(replaced('operator-keys/1', (b) => b.replace('threshold 2 3', 'threshold 1 3')), ['violated operator key list 1: operator_keys']);
  violated(replaced('log-policy', (b) => b.replace('group g 2', 'group g 1')), ['violated log policy: log_policy']);
  violated(replaced('node-cert/1.tlog-proof', (b) => b.replace('index 1', 'index 2')), ['violated node certificate 1: not_logged', ...[1, 2, 3].map((n) => `violated receipt ${n}: foreign_node`)]);
});

test('of another meeting or participant', () => {
  const other = Buffer.alloc(16, 0x55).toString('base64');
  const ids = (n) => `violated receipt ${n}: ids`;
  violated({ receipts: rows([2, { member: other }]) }, [ids(2), ids(2), ids(3)]);
  violated({ receipts: GOOD_ROWS.map((row) => [...row, { meeting: other }]) }, [1, 2, 3, 4, 5, 6].map(ids));
});

test('what is missing proves nothing', () => {
  const without = (name) => ({ files: (files) => files.filter(([n]) => n !== name) });
  inconclusive(without('policy'), ['inconclusive policy: missing']);
  inconclusive(without('span'), ['inconclusive span: missing']);
  inconclusive(without('seen'), ['inconclusive seen: missing']);
  inconclusive(without('operator-keys/1'), ['inconclusive operator key list: missing']);
  inconclusive(without('log-policy'), ['inconclusive log policy: missing']);
  inconclusive(without('node-cert/2.tlog-proof'), ['inconclusive proof of node certificate 2: missing']);
});

test('what is no bundle', () => {
  const bundle = makeBundle();
  const files = makeFiles();
  for (const [bytes, words] of [
    [Buffer.alloc(0), /not an evidence bundle/],
    [Buffer.from('hello'), /not an evidence bundle/],
    [bundle.subarray(0, 700), /cut off/],
    [bundle.subarray(0, -1024), /cut off/],
    [Buffer.concat([bundle, Buffer.from('x')]), /cut off/],
    [archive([...files, ['notes', 'x']]), /no part of one\. \(notes\)/],
    [archive([...files, ['receipt/01', 'x']]), /no part of one/],
    [archive([...files, ['receipt/4001', 'x']]), /no part of one/],
    [archive([...files, ['receipt/1.tlog-proof', 'x']]), /no part of one/],
    [archive([...files, ['receipt/8', 'x']]), /lacks a file between others of its kind\. \(receipt\/7\)/],
    [archive([...files, files[0]]), /two files of one name\. \(policy\)/],
    [archive([...files, ['operator-keys/2', Buffer.alloc(1048577)]]), /larger than allowed/],
  ]) {
    const answer = judge(bytes);
    assert.equal(answer.status, 2, String(words));
    assert.equal(answer.verdict, 'inconclusive');
    assert.match(answer.findings[0].text, words);
  }
});

test('no byte of a receipt and no file of the operator can be changed', () => {
  const files = makeFiles();
  for (const name of ['receipt/3', 'node-cert/1', 'node-set/1', 'operator-keys/1', 'log-policy']) {
    const at = files.findIndex(([n]) => n === name);
    for (let i = 0; i < 12; i++) {
      const bytes = Buffer.from(files[at][1]);
      bytes[Math.floor((i * (bytes.length - 1)) / 11)] ^= 1;
      const { status } = judge(archive(files.with(at, [name, bytes])));
      assert.equal(status, 1, `${name}, byte ${Math.floor((i * (bytes.length - 1)) / 11)}`);
    }
  }
});
