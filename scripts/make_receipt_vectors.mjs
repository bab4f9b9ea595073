#!/usr/bin/env node
// Write tests/vectors/receipts.json: node scripts/make_receipt_vectors.mjs
//
// Another writer of the text of docs/protocol/receipts.md, beside the server's, that shares nothing with
// it. The same script gives the same file.
import { writeFileSync } from 'node:fs';
import { Key, note, sha256 } from '../tests/support/note_writer.mjs';

const node = 'eu-fra-1.meet.example.org';
const key = new Key(`${node}/receipt`, 0xa0);
const stranger = new Key(`${node}/receipt`, 0x90);
const b64 = (first, length) => Buffer.from(Array.from({ length }, (_, i) => (first + i) & 255)).toString('base64');
const fields = {
  node,
  cert_serial: 7,
  cert: b64(1, 32),
  meeting: b64(0x80, 16),
  member: b64(0, 16),
  policy: b64(0x20, 32),
  start: 1795424400,
  length: 60,
  seq: 14,
  prev: b64(0x60, 32),
  region: 'DE',
  in: [54012, 61442210],
  out: [161044, 180224118],
  relay_to: [],
  relay_from: [],
  rtt_min_us: 11873,
  drop: 12,
  end: 'no',
};
const timeText = (s) => new Date(s * 1000).toISOString().replace('.000Z', 'Z');
const textOf = (f) =>
  [
    'in-camera/route-receipt/v1',
    `node ${f.node} ${f.cert_serial}`,
    `cert ${f.cert}`,
    `meeting ${f.meeting}`,
    `member ${f.member}`,
    `policy ${f.policy}`,
    `interval ${timeText(f.start)} ${f.length}`,
    `seq ${f.seq}`,
    `prev ${f.seq === 1 ? '-' : f.prev}`,
    `region ${f.region}`,
    `in ${f.in.join(' ')}`,
    `out ${f.out.join(' ')}`,
    ...f.relay_to.map((r) => `relay-to ${r.join(' ')}`),
    ...f.relay_from.map((r) => `relay-from ${r.join(' ')}`),
    `rtt-min-us ${f.rtt_min_us ?? '-'}`,
    `drop ${f.drop}`,
    `end ${f.end}`,
    '',
  ].join('\n');

// ---- valid ----

const relay = (n, packets = 10, bytes = 1000) => [`eu-par-${n}.meet.example.org`, packets, bytes];
const eight = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => relay(n));
const long = Array.from({ length: 4 }, (_, i) => 'abcd'[i].repeat(59)).join('.') + '.x';
const valid = [];
const good = (name, changes = {}, by = key) => {
  const f = { ...fields, ...changes };
  const text = textOf(f);
  valid.push({ name, note: note(text, [by]), sha256: sha256(text).toString('hex'), fields: f });
};
good('a minute');
good('the first one', { seq: 1, prev: null });
good('nothing happened', { in: [0, 0], out: [0, 0], drop: 0, rtt_min_us: null });
good('one second', { length: 1 });
good('59 seconds', { length: 59 });
for (const end of ['leave', 'lost', 'drain']) good(`end ${end}`, { end, length: 31 });
good('one relay each way', { relay_to: [relay(1)], relay_from: [relay(1, 0, 0)] });
good('eight relays each way', { relay_to: eight, relay_from: eight });
good('relays in the order of bytes', { relay_to: [['a-b.example', 1, 1], ['a.b.example', 1, 1], ['aa.example', 1, 1]] });
good('a byte a packet', { in: [7, 7], drop: 70 });
good('the largest datagrams', { out: [3, 3 * 65507] });
good('the largest numbers', { seq: 9007199254740991, in: [9007199254740991, 9007199254740991], drop: 9007199254740991, cert_serial: 9007199254740991 });
good('the slowest way', { rtt_min_us: 60000000 });
good('the fastest way', { rtt_min_us: 1 });
good('over a leap day', { start: 1709164770 });
good('in 1970', { start: 0 });
good('the last second of 9999', { start: 253402300799, length: 1 });
good('a node of one label', { node: 'localhost' });
good('a node of 240 characters', { node: long.replace('.x', 'd') });

// ---- invalid ----

const invalid = [];
const text = textOf(fields);
const bad = (name, reason, bytes) => invalid.push({ name, reason, ...(typeof bytes === 'string' ? { note: bytes } : { note_hex: bytes.toString('hex') }) });
const badText = (name, reason, changed) => bad(name, reason, note(changed, [key]));
const edit = (keyword, line, base = text) => {
  const lines = base.split('\n');
  const at = lines.findIndex((l) => l.startsWith(`${keyword} `));
  if (at < 0) throw new Error(`no line ${keyword}`);
  lines.splice(at, 1, ...(line === null ? [] : [line].flat()));
  return lines.join('\n');
};
const badValues = (keyword, reason, values) => {
  for (const [name, value] of values) badText(`${keyword}: ${name}`, reason, edit(keyword, `${keyword} ${value}`));
};

bad('nothing', 'not_a_note', '');
bad('text without a signature', 'not_a_note', text);
bad('no empty line', 'not_a_note', text + key.line(text));
bad('a signature that is no base64', 'not_a_note', `${text}\n— ${key.name} !!!!\n`);
bad('not UTF-8', 'not_a_note', Buffer.concat([Buffer.from(text.slice(0, 40)), Buffer.from([0xff]), Buffer.from(note(text, [key]).slice(40))]));
bad('a carriage return', 'not_a_note', note(text.replace('\n', '\r\n'), [key]));
bad('too large', 'too_large', `${note(text, [key])}${`— x.example/receipt ${b64(3, 60)}\n`.repeat(80)}`);
bad('a signature of somebody else', 'signature', note(text, [new Key('eu-par-1.meet.example.org/receipt', 0xb0)]));
bad('a signature of another key of the name', 'signature', note(text, [stranger]));
bad('a wrong signature', 'signature', `${text}\n${key.line(text, 1)}`);
bad('a right and a wrong signature', 'signature', `${text}\n${key.line(text)}${key.line(text, 1)}`);
bad('the signature of another text', 'signature', `${text}\n${key.line(edit('drop', 'drop 11'))}`);
badText('another version', 'kind', text.replace('/v1', '/v2'));
badText('a certificate', 'kind', text.replace('route-receipt', 'node-cert'));
badText('a space behind the first line', 'kind', text.replace('/v1\n', '/v1 \n'));
const keywords = ['node', 'cert', 'meeting', 'member', 'policy', 'interval', 'seq', 'prev', 'region', 'in', 'out', 'rtt-min-us', 'drop', 'end'];
for (const keyword of keywords) {
  const line = text.split('\n').find((l) => l.startsWith(`${keyword} `));
  badText(`${keyword}: missing`, 'line', edit(keyword, null));
  badText(`${keyword}: twice`, 'line', edit(keyword, [line, line]));
  badText(`${keyword}: keyword in upper case`, 'line', edit(keyword, line.replace(keyword, keyword.toUpperCase())));
}
badText('an unknown line', 'line', edit('drop', ['drop 12', 'hint none']));
badText('a line behind the end', 'line', `${text}x y\n`);
badText('an empty line inside', 'line', edit('drop', ['', 'drop 12']));
badText('two lines exchanged', 'line', text.replace(/(meeting .*\n)(member .*\n)/, '$2$1'));
badText('relays exchanged', 'line', edit('rtt-min-us', [`relay-from ${relay(1).join(' ')}`, `relay-to ${relay(1).join(' ')}`, 'rtt-min-us 1']));
badValues('node', 'node', [
  ['empty', ''], ['no serial', node], ['serial 0', `${node} 0`], ['serial 07', `${node} 07`], ['upper case', 'EU-fra-1.example 7'],
  ['a dot at the end', 'example. 7'], ['an empty label', 'a..b 7'], ['a hyphen first', '-a.example 7'], ['two spaces', `${node}  7`],
  ['a space at the end', `${node} 7 `], ['241 characters', `${long} 7`], ['serial 2^53', `${node} 9007199254740992`], ['an underscore', 'a_b.example 7'],
]);
const badHashes = [
  ['empty', ''], ['hex', 'ab'.repeat(32)], ['31 bytes', b64(1, 31)], ['33 bytes', b64(1, 33)], ['base64url', b64(0xf0, 32).replace(/\+/g, '-').replace(/\//g, '_')],
  ['no padding', b64(1, 32).replace('=', '')], ['unused bits', b64(1, 32).replace(/.=$/, (x) => `${String.fromCharCode(x.charCodeAt(0) + 1)}=`)], ['a space behind', `${b64(1, 32)} `],
];
badValues('cert', 'cert', badHashes);
badValues('policy', 'policy', badHashes);
badValues('prev', 'prev', [...badHashes, ['none', '-']]);
badText('prev: one before the first', 'prev', textOf({ ...fields, seq: 1 }).replace('prev -', `prev ${fields.prev}`));
const badIds = [['empty', ''], ['15 bytes', b64(1, 15)], ['17 bytes', b64(1, 17)], ['32 bytes', b64(1, 32)], ['no padding', b64(1, 16).replace(/=/g, '')], ['unused bits', 'AAECAwQFBgcICQoLDA0ODx=='], ['hex', 'ab'.repeat(16)]];
badValues('meeting', 'meeting', badIds);
badValues('member', 'member', badIds);
const at = timeText(fields.start);
badValues('interval', 'interval', [
  ['empty', ''], ['no length', at], ['0 s', `${at} 0`], ['61 s', `${at} 61`], ['a unit', `${at} 60s`], ['a fraction', `${at} 59.5`], ['a leading zero', `${at} 060`], ['minus', `${at} -60`],
  ['no time', '60'], ['no day', `2026-11-31T09:00:00Z 60`], ['an offset', `2026-11-23T09:00:00+00:00 60`], ['60 seconds', `2026-11-23T09:00:60Z 60`], ['before 1970', '1969-12-31T23:59:59Z 60'], ['a third value', `${at} 60 60`],
]);
badValues('seq', 'seq', [['0', '0'], ['a leading zero', '014'], ['minus', '-1'], ['2^53', '9007199254740992'], ['a sign', '+14'], ['an exponent', '1e1'], ['empty', '']]);
badValues('region', 'region', [['empty', ''], ['lower case', 'de'], ['unknown', 'XX'], ['three letters', 'DEU'], ['a group', 'EU'], ['two', 'DE FR']]);
const badCounts = [['empty', ''], ['one number', '5'], ['three numbers', '5 500 1'], ['no packet, but bytes', '0 1'], ['a packet of no bytes', '1 0'], ['fewer bytes than packets', '12 11'], ['too many bytes', '12 786085'], ['a leading zero', '012 500'], ['minus', '-12 500'], ['two spaces', '12  500'], ['2^53', '9007199254740992 9007199254740992'], ['a separator', '12,500']];
badValues('in', 'in', badCounts);
badValues('out', 'out', badCounts);
for (const [keyword, word] of [['relay-to', 'relay_to'], ['relay-from', 'relay_from']]) {
  const relays = (name, lines) => badText(`${keyword}: ${name}`, word, edit('rtt-min-us', [...lines.map((l) => `${keyword} ${l}`), 'rtt-min-us 1']));
  const line = (n) => relay(n).join(' ');
  relays('nine', [1, 2, 3, 4, 5, 6, 7, 8, 9].map(line));
  relays('twice the same', [line(1), line(1)]);
  relays('out of order', [line(2), line(1)]);
  relays('the node itself', [`${node} 1 1`]);
  relays('no name', ['10 1000']);
  relays('no node name', ['Eu-par-1 10 1000']);
  relays('no bytes', ['eu-par-1.meet.example.org 10']);
  relays('no packets, but bytes', ['eu-par-1.meet.example.org 0 10']);
}
badValues('rtt-min-us', 'rtt_min_us', [['0', '0'], ['empty', ''], ['over a minute', '60000001'], ['a fraction', '11873.5'], ['two hyphens', '--'], ['a leading zero', '011873']]);
badValues('drop', 'drop', [['2^53', '9007199254740992'], ['empty', ''], ['minus', '-1'], ['a hyphen', '-'], ['a leading zero', '012']]);
badValues('end', 'end', [['empty', ''], ['yes', 'yes'], ['removed', 'removed'], ['upper case', 'No'], ['two', 'leave lost'], ['a space behind', 'no '], ['a hyphen', '-']]);

// ---- chains ----

const chains = [];
const chain = (name, reason, changes) => {
  const notes = [];
  let before;
  for (const change of changes) {
    const next = before ? { ...before, seq: before.seq + 1, prev: sha256(textOf(before)).toString('base64'), start: before.start + before.length, end: 'no', length: 60 } : { ...fields, seq: 1, prev: null };
    const f = { ...next, ...change };
    notes.push(note(textOf(f), [key]));
    before = f;
  }
  chains.push({ name, reason, notes });
};
chain('three minutes', 'good', [{}, {}, { end: 'leave', length: 12 }]);
chain('two transports, a break between them', 'good', [{}, { end: 'lost', length: 5 }, { start: fields.start + 100 }]);
chain('two transports that touch', 'good', [{ end: 'lost' }, {}]);
chain('two transports that overlap by 2 s', 'good', [{ end: 'lost' }, { start: fields.start + 58 }]);
chain('another node, the first one silent', 'good', [{}, { cert: b64(9, 32), start: fields.start + 95 }]);
chain('not the first one', 'seq', [{ seq: 2, prev: fields.prev }]);
chain('one is missing', 'seq', [{}, { seq: 3 }]);
chain('the same number again', 'seq', [{}, { seq: 1, prev: null }]);
chain('another one before it', 'prev', [{}, { prev: b64(5, 32) }]);
chain('a second is missing', 'gap', [{}, { start: fields.start + 61 }]);
chain('a second twice', 'overlap', [{}, { start: fields.start + 59 }]);
chain('two transports that overlap by 3 s', 'overlap', [{ end: 'lost' }, { start: fields.start + 57 }]);
chain('another node while the first one goes on', 'overlap', [{}, { cert: b64(9, 32), start: fields.start + 30 }]);
chain('another meeting', 'ids', [{}, { meeting: b64(7, 16) }]);
chain('another participant', 'ids', [{}, { member: b64(7, 16) }]);
chain('another policy', 'ids', [{}, { policy: b64(7, 32) }]);

for (const list of [valid, invalid, chains]) {
  const twice = list.map((x) => x.name).find((n, i, all) => all.indexOf(n) !== i);
  if (twice) throw new Error(`two cases "${twice}"`);
}
writeFileSync(new URL('../tests/vectors/receipts.json', import.meta.url), `${JSON.stringify({ key: key.vkey, valid, invalid, chains }, null, 1)}\n`);
console.log(`${valid.length} valid, ${invalid.length} invalid, ${chains.length} chains`);
