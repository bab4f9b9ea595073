#!/usr/bin/env node
// Write tests/vectors/nodes/*.json: node scripts/make_node_vectors.mjs
//
// Another writer of the texts of docs/protocol/nodes.md, beside the server's and the client's, that
// shares nothing with them. The same script gives the same files. Its keys are for tests alone.
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';

const out = new URL('../tests/vectors/nodes/', import.meta.url);
const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts.map((p) => Buffer.from(p)))).digest();
const seconds = (time) => Date.parse(time) / 1000;
const nowText = '2026-11-24T12:00:00Z';
const now = seconds(nowText);

// ---- keys and notes ----

class Key {
  constructor(name, first, type = 1) {
    const seed = Buffer.from(Array.from({ length: 32 }, (_, i) => (first + i) & 255));
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
    this.private = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    const raw = createPublicKey(this.private).export({ format: 'der', type: 'spki' }).subarray(-32);
    this.typed = Buffer.concat([Buffer.from([type]), raw]);
    this.named(name);
  }
  named(name) {
    this.name = name;
    this.id = sha256(`${name}\n`, this.typed).subarray(0, 4);
    this.vkey = `${name}+${this.id.toString('hex')}+${this.typed.toString('base64')}`;
    return this;
  }
  line(text, spoil = 0) {
    const signature = sign(null, Buffer.from(text), this.private);
    signature[0] ^= spoil;
    return `— ${this.name} ${Buffer.concat([this.id, signature]).toString('base64')}\n`;
  }
}
const operator = 'meet.example.org/operator-';
const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((x, i) => new Key(operator + x, 16 * (i + 1)));
const stranger = new Key('evil.example/operator', 0x90);
const node = 'eu-fra-1.meet.example.org';
const receipt = new Key(`${node}/receipt`, 0xa0);

const note = (text, signers = [a, b]) => `${text}\n${signers.map((k) => k.line(text)).join('')}`;
const leaf = (bytes) => sha256(Buffer.from([0]), bytes).toString('hex');
/** The text with one line replaced; null takes it out. */
const edit = (text, keyword, line) => {
  const lines = text.split('\n');
  const at = lines.findIndex((l) => l.startsWith(`${keyword} `));
  if (at < 0) throw new Error(`no line ${keyword}`);
  lines.splice(at, 1, ...(line === null ? [] : [line]));
  return lines.join('\n');
};
const unique = (cases) => {
  const names = cases.map((x) => x.name);
  const twice = names.find((n, i) => names.indexOf(n) !== i);
  if (twice) throw new Error(`two cases "${twice}"`);
  return cases;
};

// ---- operator keys ----

const keysText = ({ serial = 1, previous = '-', k = 2, n, keys }) =>
  [
    'in-camera/operator-keys/v1',
    `serial ${serial}`,
    `previous ${previous}`,
    `threshold ${k} ${n ?? keys.length}`,
    ...[...keys].sort((x, y) => Buffer.compare(Buffer.from(x.vkey), Buffer.from(y.vkey))).map((x) => `key ${x.vkey}`),
    '',
  ].join('\n');
const list1 = keysText({ keys: [a, b, c] });
const hashText = (text) => sha256(text).toString('base64');
const list2 = keysText({ serial: 2, previous: hashText(list1), keys: [a, c, d] });
const list3 = keysText({ serial: 3, previous: hashText(list2), k: 1, keys: [d] });

// ---- certificates ----

const dtls = '3f0c'.repeat(16);
const build = '9b1e'.repeat(16);
const cert = [
  'in-camera/node-cert/v1',
  `node ${node}`,
  'serial 7',
  'region DE',
  'region-groups EEA EU',
  'site 50.11 8.68 25',
  'entity Example e.V., Frankfurt, DE',
  'roles media relay signal',
  `dtls-sha256 ${dtls}`,
  `receipt-key ${receipt.vkey}`,
  'addr 192.0.2.10/32',
  'addr 2001:db8:1::10/128',
  'not-before 2026-11-23T00:00:00Z',
  'not-after 2026-12-07T00:00:00Z',
  `build sha256:${build}`,
  '',
].join('\n');
const certFields = {
  node,
  serial: 7,
  region: 'DE',
  region_groups: ['EEA', 'EU'],
  site: [5011, 868, 25],
  entity: 'Example e.V., Frankfurt, DE',
  roles: ['media', 'relay', 'signal'],
  dtls_sha256: dtls,
  receipt_key: receipt.vkey,
  addr: ['192.0.2.10/32', '2001:db8:1::10/128'],
  not_before: seconds('2026-11-23T00:00:00Z'),
  not_after: seconds('2026-12-07T00:00:00Z'),
  build_sha256: build,
  inside: ['192.0.2.10', '2001:db8:1::10'],
  outside: ['192.0.2.11', '2001:db8:1::11', '10.0.0.1', '::1'],
};
const validCerts = [];
const goodCert = (name, text, fields = {}, signers, time = now) => {
  const bytes = note(text, signers);
  validCerts.push({ name, note: bytes, leaf: leaf(Buffer.from(bytes)), now: time, fields: { ...certFields, ...fields } });
};
goodCert('two of three', cert);
goodCert('all three', cert, {}, [a, b, c]);
goodCert('the other two', cert, {}, [c, b]);
goodCert('one twice, and another', cert, {}, [a, a, b]);
goodCert('a stranger too', cert, {}, [stranger, a, b]);
goodCert('the first second', cert, {}, [a, b], seconds('2026-11-23T00:00:00Z'));
goodCert('the last second', cert, {}, [a, b], seconds('2026-12-06T23:59:59Z'));
goodCert('no groups', edit(cert, 'region-groups', 'region-groups -'), { region_groups: [] });
goodCert(
  'Switzerland',
  edit(edit(cert, 'region', 'region CH'), 'region-groups', 'region-groups EFTA'),
  { region: 'CH', region_groups: ['EFTA'] },
);
goodCert(
  'two groups that do not follow each other',
  edit(edit(cert, 'region', 'region NO'), 'region-groups', 'region-groups EEA EFTA'),
  { region: 'NO', region_groups: ['EEA', 'EFTA'] },
);
goodCert('south and west', edit(cert, 'site', 'site -0.01 -179.99 1000'), { site: [-1, -17999, 1000] });
goodCert('the corners', edit(cert, 'site', 'site 90.00 180.00 1'), { site: [9000, 18000, 1] });
goodCert('zero', edit(cert, 'site', 'site 0.00 0.05 1'), { site: [0, 5, 1] });
goodCert('media alone', edit(cert, 'roles', 'roles media'), { roles: ['media'] });
goodCert('relay alone', edit(cert, 'roles', 'roles relay'), { roles: ['relay'] });
goodCert('the largest serial', edit(cert, 'serial', 'serial 9007199254740991'), { serial: 9007199254740991 });
goodCert('an entity of 128 bytes', edit(cert, 'entity', `entity ${'ü'.repeat(64)}`), { entity: 'ü'.repeat(64) });
goodCert('an entity in Greek and Chinese', edit(cert, 'entity', 'entity Παράδειγμα 例子 🏛'), {
  entity: 'Παράδειγμα 例子 🏛',
});
{
  const longest = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'0'.repeat(48)}`;
  const key = new Key(`${longest}/receipt`, 0xa0);
  goodCert('a name of 240 characters', edit(edit(cert, 'node', `node ${longest}`), 'receipt-key', `receipt-key ${key.vkey}`), {
    node: longest,
    receipt_key: key.vkey,
  });
  const local = new Key('localhost/receipt', 0xa0);
  goodCert('localhost', edit(edit(cert, 'node', 'node localhost'), 'receipt-key', `receipt-key ${local.vkey}`), {
    node: 'localhost',
    receipt_key: local.vkey,
  });
}
const withAddresses = (list, base = cert) =>
  edit(edit(base, 'addr', null), 'addr', list.map((x) => `addr ${x}`).join('\n'));
const goodAddresses = (name, list, inside, outside) =>
  goodCert(name, withAddresses(list), { addr: list, inside, outside });
goodAddresses(
  'blocks',
  ['192.0.2.0/24', '198.51.100.64/26', '2001:db8::/48', '2001:db8:1:8000::/49'],
  ['192.0.2.0', '192.0.2.255', '198.51.100.64', '198.51.100.127', '2001:db8::', '2001:db8:0:ffff:ffff:ffff:ffff:ffff', '2001:db8:1:8000::1'],
  ['192.0.1.255', '192.0.3.0', '198.51.100.63', '198.51.100.128', '2001:db7:ffff::', '2001:db8:1::', '2001:db8:1:7fff:ffff:ffff:ffff:ffff'],
);
goodAddresses('loopback', ['127.0.0.1/32', '::1/128'], ['127.0.0.1', '::1'], ['127.0.0.2', '::2', '0.0.0.0']);
goodAddresses('neighbours', ['192.0.2.0/25', '192.0.2.128/25'], ['192.0.2.127', '192.0.2.128'], ['192.0.3.0']);
{
  const sixteen = Array.from({ length: 16 }, (_, i) => `10.0.0.${i}/32`);
  goodAddresses('16 addresses', sixteen, ['10.0.0.0', '10.0.0.15'], ['10.0.0.16', '9.255.255.255']);
}
goodCert(
  'over a leap day',
  edit(edit(cert, 'not-before', 'not-before 2028-02-29T23:59:59Z'), 'not-after', 'not-after 2028-03-01T00:00:00Z'),
  { not_before: seconds('2028-02-29T23:59:59Z'), not_after: seconds('2028-03-01T00:00:00Z') },
  [a, b],
  seconds('2028-02-29T23:59:59Z'),
);

const badCerts = [];
const badNote = (name, reason, bytes, time = now) => badCerts.push({ name, reason, note: bytes, now: time });
const badBytes = (name, reason, bytes) => badCerts.push({ name, reason, note_hex: bytes.toString('hex'), now });
const badText = (name, reason, text) => badNote(name, reason, note(text));
const badLine = (name, keyword, value) =>
  badText(`${keyword}: ${name}`, keyword.replaceAll('-', '_'), edit(cert, keyword, `${keyword} ${value}`));

badNote('nothing', 'not_a_note', '');
badNote('text without a signature', 'not_a_note', cert);
badNote('no empty line', 'not_a_note', cert + a.line(cert) + b.line(cert));
badNote('17 signatures', 'not_a_note', note(cert, Array.from({ length: 17 }, () => a)));
badNote('a carriage return', 'not_a_note', note(cert.replace('serial 7', 'serial 7\r')));
badNote('a tabulator', 'not_a_note', note(cert.replace('serial 7', 'serial\t7')));
badBytes('not UTF-8', 'not_a_note', Buffer.from(note(cert).replace('Frankfurt', 'Fr\u00ffnkfurt'), 'latin1'));
badNote('8,193 bytes', 'too_large', note(cert).padEnd(8193 + Buffer.from(note(cert)).length, 'x').slice(0, 8193));
badText('a node set', 'kind', cert.replace('node-cert', 'node-set'));
badText('version 2', 'kind', cert.replace('/v1\n', '/v2\n'));
badText('no first line', 'kind', cert.slice(cert.indexOf('\n') + 1));
badText('a space behind the first line', 'kind', cert.replace('/v1\n', '/v1 \n'));
badText('an empty line in front', 'kind', `\n${cert}`);
badText('an empty line inside', 'line', cert.replace('serial 7\n', 'serial 7\n\n'));
badText('an empty line at the end', 'line', `${cert}\n`);
badText('an unknown line at the end', 'line', `${cert}comment hello\n`);
badText('an unknown line inside', 'line', cert.replace('site ', 'asn 64496\nsite '));
badText('a line twice', 'line', cert.replace('region DE\n', 'region DE\nregion DE\n'));
badText('build twice', 'line', `${cert}build sha256:${build}\n`);
for (const keyword of ['node', 'serial', 'region', 'region-groups', 'site', 'entity', 'roles', 'dtls-sha256', 'receipt-key', 'not-before', 'not-after', 'build'])
  badText(`without ${keyword}`, 'line', edit(cert, keyword, null));
badText('without addr', 'line', edit(edit(cert, 'addr', null), 'addr', null));
badText('two lines change places', 'line', cert.replace('serial 7\nregion DE\n', 'region DE\nserial 7\n'));
badText('addr behind the validity', 'line', edit(cert, 'addr', null).replace('build', 'addr 192.0.2.10/32\nbuild'));
badText('a keyword in capitals', 'line', edit(cert, 'serial', 'Serial 7'));
badText('a keyword without a value', 'line', edit(cert, 'serial', 'serial'));
badText('a line that begins with a space', 'line', edit(cert, 'serial', ' serial 7'));
badText('the first of two mistakes counts', 'region', edit(edit(cert, 'region', 'region XX'), 'site', 'site here'));

badLine('empty', 'node', '');
badLine('capitals', 'node', 'EU-fra-1.meet.example.org');
badLine('an underscore', 'node', 'eu_fra.example.org');
badLine('a dot at the end', 'node', `${node}.`);
badLine('two dots', 'node', 'eu..example.org');
badLine('a label that begins with a hyphen', 'node', '-eu.example.org');
badLine('a label that ends with a hyphen', 'node', 'eu-.example.org');
badLine('a label of 64', 'node', `${'a'.repeat(64)}.example.org`);
badLine('241 characters', 'node', `${'a'.repeat(60)}.`.repeat(3) + 'b'.repeat(58));
badLine('a port', 'node', `${node}:443`);
badLine('a space', 'node', `${node} `);
badLine('0', 'serial', '0');
badLine('a leading zero', 'serial', '07');
badLine('a sign', 'serial', '+7');
badLine('negative', 'serial', '-7');
badLine('2^53', 'serial', '9007199254740992');
badLine('2^64 and 7', 'serial', '18446744073709551623');
badLine('empty', 'serial', '');
badLine('empty', 'region', '');
badLine('not assigned', 'region', 'XX');
badLine('reserved', 'region', 'UK');
badLine('a group', 'region', 'EU');
badLine('lower case', 'region', 'de');
badLine('three letters', 'region', 'DEU');
badLine('two countries', 'region', 'DE FR');
badLine('a name', 'region', 'Germany');
badLine('empty', 'region-groups', '');
badLine('unknown', 'region-groups', 'EEA EU NATO');
badLine('out of order', 'region-groups', 'EU EEA');
badLine('twice', 'region-groups', 'EU EU');
badLine('a group without the country', 'region-groups', 'FVEY');
badLine('one of two without the country', 'region-groups', 'EU FVEY');
badLine('two spaces', 'region-groups', 'EEA  EU');
badLine('a space at the end', 'region-groups', 'EEA EU ');
badLine('lower case', 'region-groups', 'eu');
badText(
  'region-groups: China in the EU',
  'region_groups',
  edit(edit(cert, 'region', 'region CN'), 'region-groups', 'region-groups EU'),
);
for (const [name, value] of [
  ['empty', ''],
  ['two numbers', '50.11 8.68'],
  ['four numbers', '50.11 8.68 25 1'],
  ['one decimal', '50.1 8.68 25'],
  ['three decimals', '50.110 8.68 25'],
  ['no decimals', '50 8.68 25'],
  ['a comma', '50,11 8.68 25'],
  ['a plus', '+50.11 8.68 25'],
  ['a leading zero', '50.11 08.68 25'],
  ['no digit before the point', '50.11 .68 25'],
  ['minus zero', '50.11 -0.00 25'],
  ['beyond the pole', '90.01 8.68 25'],
  ['beyond the other pole', '-90.01 8.68 25'],
  ['beyond 180', '50.11 180.01 25'],
  ['-180', '50.11 -180.00 25'],
  ['no radius', '50.11 8.68 0'],
  ['1001 km', '50.11 8.68 1001'],
  ['a radius with a point', '50.11 8.68 25.0'],
  ['an exponent', '5.01e1 8.68 25'],
  ['two spaces', '50.11  8.68 25'],
])
  badLine(name, 'site', value);
badLine('empty', 'entity', '');
badLine('a space in front', 'entity', ' Example');
badLine('a space behind', 'entity', 'Example ');
badLine('two spaces', 'entity', 'Example  e.V.');
badLine('129 bytes', 'entity', 'x'.repeat(129));
badLine('130 bytes in 65 characters', 'entity', 'ü'.repeat(65));
for (const [name, point] of [
  ['a zero-width space', 0x200b],
  ['a right-to-left override', 0x202e],
  ['an isolate', 0x2066],
  ['a soft hyphen', 0xad],
  ['a no-break space', 0xa0],
  ['delete', 0x7f],
  ['a filler', 0x3164],
  ['a byte order mark', 0xfeff],
  ['a private one', 0xe000],
  ['a tag', 0xe0041],
  ['a replacement character', 0xfffd],
])
  badLine(name, 'entity', `Example${String.fromCodePoint(point)}Ltd`);
badLine('empty', 'roles', '');
badLine('unknown', 'roles', 'media turn');
badLine('out of order', 'roles', 'signal media');
badLine('twice', 'roles', 'media media');
badLine('none', 'roles', '-');
badLine('a comma', 'roles', 'media,relay');
badLine('a space at the end', 'roles', 'media ');
badLine('empty', 'dtls-sha256', '');
badLine('63 characters', 'dtls-sha256', dtls.slice(1));
badLine('65 characters', 'dtls-sha256', `${dtls}0`);
badLine('capitals', 'dtls-sha256', dtls.toUpperCase());
badLine('colons', 'dtls-sha256', dtls.match(/../g).join(':'));
badLine('another hash', 'dtls-sha256', `sha1:${dtls}`);
badLine('empty', 'receipt-key', '');
badLine('of another node', 'receipt-key', new Key('other.example.org/receipt', 0xa0).vkey);
badLine('the name of the node alone', 'receipt-key', new Key(node, 0xa0).vkey);
badLine('something behind the name', 'receipt-key', new Key(`${node}/receipt2`, 0xa0).vkey);
badLine('of a witness', 'receipt-key', new Key(`${node}/receipt`, 0xa0, 4).vkey);
badLine('a wrong id', 'receipt-key', receipt.vkey.replace(/\+[0-9a-f]{8}\+/, '+00000000+'));
badLine('base64 that is cut', 'receipt-key', receipt.vkey.slice(0, -1));
badLine('a padding', 'receipt-key', `${receipt.vkey}=`);
const badAddresses = (name, list) => badText(`addr: ${name}`, 'addr', withAddresses(list));
for (const value of [
  '192.0.2.10', '192.0.2.10/', '192.0.2.10/33', '192.0.2.10/032', '192.0.2.10/0', '0.0.0.0/0', '192.0.2.0/23', '192.0.2.10/24', '192.0.2/24',
  '192.0.2.010/32', '192.0.2.10/32 ', 'eu-fra-1.example.org/32', '0.1.2.3/32', '224.0.0.1/32', '255.255.255.255/32', '192.0.2.10/32/32',
  '2001:DB8::1/128', '2001:db8:0:0:0:0:0:1/128', '2001:0db8::1/128', '[2001:db8::1]/128', '2001:db8::1/129', '2001:db8::/47', '2001:db8::1/64',
  '::/0', '::/128', '::2/128', '::ffff:192.0.2.10/128', '::ffff:c000:20a/128', '64:ff9b::c000:20a/128', 'ff02::1/128', 'fe80::1%eth0/128',
  '2001:db8::0:1/128', '2001:db8::192.0.2.1/128', '2001:db8:0:1:1:1:1:1:1/128',
])
  badAddresses(value, [value]);
badAddresses('nothing', ['']);
badAddresses('twice', ['192.0.2.10/32', '192.0.2.10/32']);
badAddresses('out of order', ['192.0.2.11/32', '192.0.2.10/32']);
badAddresses('IPv6 before IPv4', ['2001:db8::1/128', '192.0.2.10/32']);
badAddresses('one in a block', ['192.0.2.0/24', '192.0.2.10/32']);
badAddresses('one at the start of a block', ['192.0.2.0/24', '192.0.2.0/32']);
badAddresses('a smaller block first', ['192.0.2.0/32', '192.0.2.0/24']);
badAddresses('17', Array.from({ length: 17 }, (_, i) => `10.0.0.${i}/32`));
for (const [name, value] of [
  ['empty', ''],
  ['a date alone', '2026-11-23'],
  ['an offset', '2026-11-23T00:00:00+00:00'],
  ['a fraction', '2026-11-23T00:00:00.0Z'],
  ['lower case', '2026-11-23t00:00:00z'],
  ['a space', '2026-11-23 00:00:00Z'],
  ['the 31st of November', '2026-11-31T00:00:00Z'],
  ['the 29th of February', '2027-02-29T00:00:00Z'],
  ['the 29th of February 2100', '2100-02-29T00:00:00Z'],
  ['month 0', '2026-00-23T00:00:00Z'],
  ['month 13', '2026-13-23T00:00:00Z'],
  ['day 0', '2026-11-00T00:00:00Z'],
  ['24 hours', '2026-11-23T24:00:00Z'],
  ['60 minutes', '2026-11-23T00:60:00Z'],
  ['a leap second', '2026-11-23T23:59:60Z'],
  ['before 1970', '1969-12-31T23:59:59Z'],
  ['five digits', '12026-11-23T00:00:00Z'],
])
  badLine(name, 'not-before', value);
badLine('seconds since 1970', 'not-after', '1796601600');
badLine('a word', 'not-after', 'never');
badLine('empty', 'build', '');
badLine('no name of the hash', 'build', build);
badLine('another hash', 'build', `sha512:${build}`);
badLine('short', 'build', `sha256:${build.slice(2)}`);
badLine('capitals', 'build', `sha256:${build.toUpperCase()}`);
badLine('none', 'build', '-');
badText('a second more than 14 days', 'validity', edit(cert, 'not-after', 'not-after 2026-12-07T00:00:01Z'));
badText('a year', 'validity', edit(cert, 'not-after', 'not-after 2027-11-23T00:00:00Z'));
badText('no time at all', 'validity', edit(cert, 'not-after', 'not-after 2026-11-23T00:00:00Z'));
badText('ends before it begins', 'validity', edit(cert, 'not-after', 'not-after 2026-11-22T00:00:00Z'));

badNote('one signature', 'signatures', note(cert, [a]));
badNote('one, twice', 'signatures', note(cert, [a, a]));
badNote('one and a stranger', 'signatures', note(cert, [a, stranger]));
badNote('a key that is not in the list', 'signatures', note(cert, [a, d]));
badNote('strangers alone', 'signatures', note(cert, [stranger, d]));
badNote('the name of a key, another key', 'signatures', note(cert, [a, new Key(b.name, 0xc0)]));
badNote('a key under another name', 'signatures', note(cert, [a, new Key(`${operator}b2`, 0x20)]));
badNote('a wrong signature', 'signature_wrong', `${cert}\n${a.line(cert)}${b.line(cert, 1)}`);
badNote('a wrong one beside enough right ones', 'signature_wrong', `${cert}\n${a.line(cert)}${b.line(cert)}${c.line(cert, 1)}`);
badNote('a right and a wrong one of the same key', 'signature_wrong', `${cert}\n${a.line(cert)}${b.line(cert)}${b.line(cert, 128)}`);
badNote('signatures of another text', 'signature_wrong', note(cert).replace('region DE', 'region FR'));
badNote('the address changed by one bit', 'signature_wrong', note(cert).replace('192.0.2.10', '192.0.2.11'));
badNote('a signature that is cut', 'signature_wrong', `${cert}\n${a.line(cert)}— ${b.name} ${b.id.toString('base64')}\n`.replace(/==\n$/, 'AA\n'));
badNote('a second too early', 'not_yet_valid', note(cert), seconds('2026-11-22T23:59:59Z'));
badNote('over', 'expired', note(cert), seconds('2026-12-07T00:00:00Z'));
badNote('long over', 'expired', note(cert), seconds('2099-01-01T00:00:00Z'));
badNote('over, and one signature', 'signatures', note(cert, [a]), seconds('2026-12-07T00:00:00Z'));
badNote('over, and malformed', 'region', note(edit(cert, 'region', 'region XX')), seconds('2026-12-07T00:00:00Z'));

// ---- sets ----

const leaves = validCerts.slice(0, 3).map((x) => Buffer.from(x.leaf, 'hex')).sort(Buffer.compare);
const setText = ({ serial = 12, from = '2026-11-23T00:00:00Z', to = '2026-11-30T00:00:00Z', certs = leaves }) =>
  [
    'in-camera/node-set/v1',
    `serial ${serial}`,
    `not-before ${from}`,
    `not-after ${to}`,
    ...certs.map((x) => `cert ${typeof x === 'string' ? x : x.toString('base64')}`),
    '',
  ].join('\n');
const set = setText({});
const validSets = [];
const goodSet = (name, options, signers, time = now) => {
  const text = setText(options);
  const { serial = 12, certs = leaves } = options;
  const span = /not-before (.*)\nnot-after (.*)\n/.exec(text);
  validSets.push({
    name,
    note: note(text, signers),
    now: time,
    fields: {
      serial,
      not_before: seconds(span[1]),
      not_after: seconds(span[2]),
      certs: certs.map((x) => x.toString('hex')),
      sha256: sha256(text).toString('hex'),
    },
  });
};
const many = (count) => Array.from({ length: count }, (_, i) => sha256(`leaf ${i}`)).sort(Buffer.compare);
goodSet('three nodes', {});
goodSet('one node', { certs: leaves.slice(0, 1) });
goodSet('no node', { certs: [] });
goodSet('the last second', {}, [a, c], seconds('2026-11-29T23:59:59Z'));
goodSet('1000 nodes', { certs: many(1000) });

const badSets = [];
const badSetNote = (name, reason, bytes, time = now) => badSets.push({ name, reason, note: bytes, now: time });
const badSet = (name, reason, text) => badSetNote(name, reason, note(text));
const [first, second] = leaves.map((x) => x.toString('base64'));
badSetNote('nothing', 'not_a_note', '');
badSetNote('no signature', 'not_a_note', set);
badSetNote('65,536 bytes', 'too_large', `${set}${'x'.repeat(65536)}`.slice(0, 65536));
badSet('a certificate', 'kind', set.replace('node-set', 'node-cert'));
badSet('version 2', 'kind', set.replace('/v1', '/v2'));
for (const keyword of ['serial', 'not-before', 'not-after']) badSet(`without ${keyword}`, 'line', edit(set, keyword, null));
badSet('an unknown line', 'line', `${set}next 13\n`);
badSet('an empty line', 'line', set.replace('cert ', '\ncert '));
badSet('cert before the validity', 'line', edit(set, 'cert', null).replace('not-before', `cert ${first}\nnot-before`));
badSet('serial 0', 'serial', setText({ serial: 0 }));
badSet('a serial with a leading zero', 'serial', setText({ serial: '012' }));
badSet('serial 2^53', 'serial', setText({ serial: '9007199254740992' }));
badSet('a time that is none', 'not_before', setText({ from: '2026-11-23' }));
badSet('an end that is none', 'not_after', setText({ to: '2026-11-31T00:00:00Z' }));
badSet('a second more than 7 days', 'validity', setText({ to: '2026-11-30T00:00:01Z' }));
badSet('no time at all', 'validity', setText({ to: '2026-11-23T00:00:00Z' }));
badSet('a hash in hex', 'cert', setText({ certs: [leaves[0].toString('hex')] }));
badSet('a hash without padding', 'cert', setText({ certs: [first.replace('=', '')] }));
badSet('a hash in base64url', 'cert', setText({ certs: [`-_${first.slice(2)}`] }));
badSet('a hash whose unused bits are set', 'cert', setText({ certs: [Buffer.alloc(32).toString('base64').replace('A=', 'B=')] }));
badSet('a hash of 31 bytes', 'cert', setText({ certs: [leaves[0].subarray(1)] }));
badSet('a hash of 33 bytes', 'cert', setText({ certs: [Buffer.concat([leaves[0], Buffer.alloc(1)])] }));
badSet('no hash', 'cert', setText({ certs: [''] }));
badSet('two hashes in a line', 'cert', setText({ certs: [`${first} ${second}`] }));
badSet('out of order', 'cert', setText({ certs: [leaves[1], leaves[0]] }));
badSet('twice', 'cert', setText({ certs: [leaves[0], leaves[0]] }));
badSet('in the order of base64, not of the bytes', 'cert', setText({ certs: [Buffer.alloc(32, 0xff), Buffer.alloc(32, 0)] }));
badSet('1001 nodes', 'cert', setText({ certs: many(1001) }));
badSetNote('one signature', 'signatures', note(set, [b]));
badSetNote('one, twice', 'signatures', note(set, [b, b]));
badSetNote('strangers', 'signatures', note(set, [stranger, d]));
badSetNote('a node taken out', 'signature_wrong', note(set).replace(`cert ${first}\n`, ''));
badSetNote('the serial raised', 'signature_wrong', note(set).replace('serial 12', 'serial 13'));
badSetNote('a second too early', 'not_yet_valid', note(set), seconds('2026-11-22T23:59:59Z'));
badSetNote('over', 'expired', note(set), seconds('2026-11-30T00:00:00Z'));

/** Sets shown one after the other to the same verifier, all in order by themselves. */
const seen = (name, ...steps) => ({
  name,
  steps: steps.map(([options, reason, serial_min = 0]) => ({ note: note(setText(options)), serial_min, reason })),
});
const sequences = [
  seen('rising', [{ serial: 1 }, 'good'], [{ serial: 2 }, 'good'], [{ serial: 9 }, 'good']),
  seen('the same again', [{}, 'good'], [{}, 'good']),
  seen('an older one', [{ serial: 9 }, 'good'], [{ serial: 8 }, 'set_serial'], [{ serial: 9 }, 'good']),
  seen('another of the same number', [{}, 'good'], [{ certs: leaves.slice(0, 1) }, 'set_conflict'], [{}, 'good']),
  seen('below that of the policy', [{ serial: 11 }, 'set_serial', 12], [{ serial: 12 }, 'good', 12], [{ serial: 12 }, 'set_serial', 13]),
  seen('what is refused is not seen', [{ serial: 5 }, 'set_serial', 9], [{ serial: 4 }, 'good']),
];

// ---- operator key lists ----

const validLists = [
  ['two of three', { keys: [a, b, c] }],
  ['one of one', { k: 1, keys: [a] }],
  ['all of two', { keys: [b, a] }],
  ['rotated', { serial: 2, previous: hashText(list1), keys: [a, c, d] }],
  ['16 keys', { k: 16, keys: Array.from({ length: 16 }, (_, i) => new Key(`o${i}`, i)) }],
  ['a name that begins like another', { k: 1, keys: [new Key('op', 3), new Key('op-2', 4), new Key('opa', 5)] }],
].map(([name, options]) => {
  const text = keysText(options);
  const { serial = 1, previous = '-', k = 2 } = options;
  return {
    name,
    text,
    fields: {
      serial,
      previous: previous === '-' ? null : Buffer.from(previous, 'base64').toString('hex'),
      threshold: k,
      keys: text.split('\n').filter((l) => l.startsWith('key ')).map((l) => l.slice(4)),
      sha256: sha256(text).toString('hex'),
    },
  };
});
const badLists = [];
const badList = (name, reason, text) => badLists.push({ name, reason, text });
badList('nothing', 'kind', '');
badList('a set', 'kind', list1.replace('operator-keys', 'node-set'));
badList('version 2', 'kind', list1.replace('/v1', '/v2'));
badList('8,193 bytes', 'too_large', list1.padEnd(8193, 'x'));
badList('no line feed at the end', 'line', list1.slice(0, -1));
badList('without serial', 'line', edit(list1, 'serial', null));
badList('without previous', 'line', edit(list1, 'previous', null));
badList('without threshold', 'line', edit(list1, 'threshold', null));
badList('an unknown line', 'line', `${list1}comment hello\n`);
badList('an empty line', 'line', list1.replace('key ', '\nkey '));
badList('a note', 'line', note(list1));
badList('serial 0', 'serial', edit(list1, 'serial', 'serial 0'));
badList('a serial that is none', 'serial', edit(list1, 'serial', 'serial one'));
badList('a list before the first', 'previous', edit(list1, 'previous', `previous ${hashText(list1)}`));
badList('no list before the second', 'previous', edit(list2, 'previous', 'previous -'));
badList('a hash that is none', 'previous', edit(list2, 'previous', 'previous AAAA'));
for (const [name, value] of [
  ['of nobody', '0 3'],
  ['of more than there are', '4 3'],
  ['of more keys than follow', '2 4'],
  ['of fewer keys than follow', '2 2'],
  ['one number', '2'],
  ['three numbers', '2 3 3'],
  ['a leading zero', '02 3'],
  ['17 keys', '2 17'],
  ['a fraction', '2/3'],
  ['negative', '-2 3'],
])
  badList(`threshold: ${name}`, 'threshold', edit(list1, 'threshold', `threshold ${value}`));
badList('no key', 'threshold', list1.slice(0, list1.indexOf('key ')));
const lines = (...vkeys) => `in-camera/operator-keys/v1\nserial 1\nprevious -\nthreshold 2 ${vkeys.length}\n${vkeys.map((x) => `key ${x}\n`).join('')}`;
badList('keys out of order', 'key', lines(b.vkey, a.vkey));
badList('a key twice', 'key', lines(a.vkey, a.vkey));
badList('one key under two names', 'key', lines(a.vkey, new Key(`${operator}z`, 16).vkey));
badList('one name with two keys', 'key', lines(...[a.vkey, new Key(a.name, 0x77).vkey].sort()));
badList('a key of a witness', 'key', lines(a.vkey, new Key(`${operator}b`, 32, 4).vkey));
badList('a wrong id', 'key', lines(a.vkey, b.vkey.replace(/\+[0-9a-f]{8}\+/, '+00000000+')));
badList('no key in the line', 'key', lines(a.vkey, ''));
badList('a private key', 'key', lines(a.vkey, 'PRIVATE+KEY+meet.example.org'));
badList('17 keys', 'threshold', lines(...Array.from({ length: 17 }, (_, i) => new Key(`o${i}`, i).vkey).sort()));
badList('a carriage return', 'key', list1.replaceAll('\n', '\r\n').replace('v1\r', 'v1').replace('1\r', '1').replace('-\r', '-').replace('3\r', '3'));

const listHash = (text) => sha256(text).toString('hex');
const chain = (name, reason, first, lists, fields = {}) => ({ name, reason, sha256: listHash(first), lists, ...fields });
const rotate = (previous, serial, signers, extra = {}) => {
  const text = keysText({ serial, previous: hashText(previous), keys: [a, b, c], ...extra });
  return { text, note: note(text, signers) };
};
const longChain = [list1];
{
  let text = list1;
  for (let serial = 2; serial <= 17; serial++) {
    const next = rotate(text, serial, [a, b]);
    longChain.push(next.note);
    text = next.text;
  }
}
const chains = [
  chain('the list of the policy', 'good', list1, [list1], { serial: 1 }),
  chain('the list as a note', 'good', list1, [note(list1, [stranger])], { serial: 1 }),
  chain('rotated', 'good', list1, [list1, note(list2)], { serial: 2 }),
  chain('rotated twice', 'good', list1, [list1, note(list2, [b, c]), note(list3, [a, d])], { serial: 3 }),
  chain('made with the second list', 'good', list2, [note(list2), note(list3, [d, c])], { serial: 3 }),
  chain('16 lists', 'good', list1, longChain.slice(0, 16), { serial: 16 }),
  chain('17 lists', 'too_large', list1, longChain),
  chain('nothing', 'missing', list1, []),
  chain('an empty list', 'kind', list1, ['']),
  chain('another list', 'operator_keys', list1, [keysText({ keys: [a, b] })]),
  chain('a lower threshold', 'operator_keys', list1, [list1.replace('threshold 2 3', 'threshold 1 3')]),
  chain('malformed, and another', 'threshold', list1, [list1.replace('threshold 2 3', 'threshold 0 3')]),
  chain('the second without the first', 'operator_keys', list1, [note(list2)]),
  chain('a serial left out', 'operator_keys', list1, [list1, rotate(list1, 3, [a, b]).note]),
  chain('the same list again', 'operator_keys', list1, [list1, note(list1)]),
  chain('another list before', 'operator_keys', list1, [list1, rotate(list3, 2, [a, b]).note]),
  chain('the next without signatures', 'not_a_note', list1, [list1, list2]),
  chain('one signature', 'signatures', list1, [list1, note(list2, [a])]),
  chain('signed by the new keys', 'signatures', list1, [list1, note(list2, [a, d])]),
  chain('signed by strangers', 'signatures', list1, [list1, note(list2, [stranger])]),
  chain('a wrong signature', 'signature_wrong', list1, [list1, `${list2}\n${a.line(list2)}${b.line(list2, 4)}`]),
  chain('signatures of another text', 'signature_wrong', list1, [list1, note(list2).replace('threshold 2 3', 'threshold 1 3')]),
  chain('a key that was rotated out', 'signatures', list1, [list1, note(list2), note(list3, [a, b])]),
  chain('a next one that is malformed', 'line', list1, [list1, note(`${list2}x\n`)]),
  chain('a next one that is too large', 'too_large', list1, [list1, `${note(list2)}`.padEnd(8193, 'x')]),
];

// ---- files ----

mkdirSync(out, { recursive: true });
const write = (name, value) => writeFileSync(new URL(name, out), `${JSON.stringify(value, null, 1)}\n`);
write('certs.json', { operator_keys: list1, valid: unique(validCerts), invalid: unique(badCerts) });
write('sets.json', { operator_keys: list1, valid: unique(validSets), invalid: unique(badSets), sequences: unique(sequences) });
write('operator_keys.json', { valid: unique(validLists), invalid: unique(badLists), chains: unique(chains) });
console.log(
  `certs ${validCerts.length}+${badCerts.length}, sets ${validSets.length}+${badSets.length}+${sequences.length}, ` +
    `lists ${validLists.length}+${badLists.length}+${chains.length}`,
);
