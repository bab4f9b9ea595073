#!/usr/bin/env node
// Write tests/vectors/policy.json and commit_data.json: node scripts/make_e2ee_vectors.mjs
//
// A third writer of both formats (docs/protocol/encryption.md 3 and 5), beside the server's and the
// client's, that shares nothing with them. The same script gives the same files.
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';

const bytes = (text) => Buffer.from(text, 'latin1');
const filled = (length, first) => Buffer.from(Array.from({ length }, (_, i) => (first + i) & 255));
const u8 = (value) => Buffer.from([value]);
const vector8 = (value) => Buffer.concat([u8(value.length), value]);
const vector16 = (value) => Buffer.concat([u8(value.length >> 8), u8(value.length & 255), value]);
const u64 = (value) => {
  const out = Buffer.alloc(8);
  out.writeBigUInt64BE(BigInt(value));
  return out;
};

const seeds = [filled(32, 1), filled(32, 101)];
const privateKey = (seed) =>
  createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]),
    format: 'der',
    type: 'pkcs8',
  });
const publicKey = (seed) =>
  createPublicKey(privateKey(seed)).export({ format: 'der', type: 'spki' }).subarray(-32);
const hostKeys = seeds.map(publicKey);
const emptyHash = createHash('sha256').digest();

// ---- policy ----

const issuer = (fields) => ({ issuer: 'https://id.example', audience: 'in-camera', jwk_thumbprints: [], ...fields });
const base = {
  version: 1,
  policy_id: filled(16, 0x10),
  meeting_id: filled(16, 0x40),
  allowed_countries: ['DE', 'FR'],
  operator_keys_sha256: filled(32, 7),
  log_policy_sha256: filled(32, 9),
  min_node_set_serial: '12',
  max_hops: 2,
  flags: 0,
  excluded_by_physics: [],
  host_keys: [hostKeys[0]],
  issuers: [],
  lobby_mode: 1,
  sframe_suite: 4,
};
const encodeIssuer = (i) =>
  Buffer.concat([
    vector8(bytes(i.issuer)),
    vector8(bytes(i.audience)),
    vector16(Buffer.concat(i.jwk_thumbprints)),
  ]);
const encodePolicy = (p) =>
  Buffer.concat([
    u8(p.version),
    p.policy_id,
    p.meeting_id,
    vector16(bytes(p.allowed_countries.join(''))),
    p.operator_keys_sha256,
    p.log_policy_sha256,
    u64(p.min_node_set_serial),
    u8(p.max_hops),
    u8(p.flags),
    vector16(bytes(p.excluded_by_physics.join(''))),
    vector16(Buffer.concat(p.host_keys)),
    vector16(Buffer.concat(p.issuers.map(encodeIssuer))),
    u8(p.lobby_mode),
    u8(p.sframe_suite >> 8),
    u8(p.sframe_suite & 255),
  ]);

const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
const pairs = letters.flatMap((a) => letters.map((b) => a + b));
const thumbs = (count) => Array.from({ length: count }, (_, i) => filled(32, 3 * i + 1));
const keys = (count) => Array.from({ length: count }, (_, i) => filled(32, 200 - i));
const manyIssuers = (count, fields) =>
  Array.from({ length: count }, (_, i) =>
    issuer({ issuer: `https://id${String(i).padStart(2, '0')}.example`, ...fields }),
  );

// Name, and what differs from the base.
const goodPolicies = [
  ['a host, a lobby, two countries', {}],
  ['no host', { host_keys: [], lobby_mode: 2 }],
  ['a host, open', { lobby_mode: 2 }],
  ['two hosts, in the order of the creator', { host_keys: hostKeys }],
  ['the same hosts the other way round', { host_keys: [hostKeys[1], hostKeys[0]] }],
  ['one country', { allowed_countries: ['AA'] }],
  ['as many countries as fit', { allowed_countries: pairs.slice(0, 256) }],
  ['countries excluded by physics', { excluded_by_physics: ['CN', 'RU', 'US'], flags: 4 }],
  ['as many excluded as fit', { excluded_by_physics: pairs.slice(-256) }],
  ['every flag', { flags: 15 }],
  ['suite 5', { sframe_suite: 5 }],
  ['no relay between nodes', { max_hops: 1 }],
  ['16 hops', { max_hops: 16 }],
  ['any node set', { min_node_set_serial: '0' }],
  ['a serial above 2^53', { min_node_set_serial: '9007199254740993' }],
  ['the highest serial', { min_node_set_serial: '18446744073709551615' }],
  ['as many hosts as fit', { host_keys: keys(32) }],
  ['an issuer', { issuers: [issuer()] }],
  ['an issuer with pinned keys', { issuers: [issuer({ jwk_thumbprints: thumbs(2) })] }],
  ['an issuer with as many keys as fit', { issuers: [issuer({ jwk_thumbprints: thumbs(8) })] }],
  ['an issuer of this machine', { issuers: [issuer({ issuer: 'http://localhost' })] }],
  ['an issuer of this machine, with a port', { issuers: [issuer({ issuer: 'http://localhost:8081/realms/a' })] }],
  ['an issuer with two audiences', { issuers: [issuer({ audience: 'a' }), issuer({ audience: 'b' })] }],
  ['an audience that begins another', { issuers: [issuer({ audience: 'a' }), issuer({ audience: 'a-b' })] }],
  ['an audience with a blank', { issuers: [issuer({ audience: 'a b ~!' })] }],
  ['the longest issuer', { issuers: [issuer({ issuer: 'https://' + 'a'.repeat(247), audience: 'b'.repeat(255) })] }],
  ['16 issuers', { issuers: manyIssuers(16, {}) }],
  ['16 issuers with keys', { issuers: manyIssuers(16, { jwk_thumbprints: thumbs(8), audience: 'c'.repeat(200) }) }],
];
const badPolicies = [
  ['version 0', { version: 0 }],
  ['version 2', { version: 2 }],
  ['no country', { allowed_countries: [] }],
  ['a country twice', { allowed_countries: ['DE', 'DE'] }],
  ['countries unsorted', { allowed_countries: ['FR', 'DE'] }],
  ['countries unsorted in the second letter', { allowed_countries: ['DK', 'DE', 'FR'] }],
  ['the last country unsorted', { allowed_countries: ['DE', 'FR', 'IT', 'GB'] }],
  ['a country in lower case', { allowed_countries: ['de'] }],
  ['half a country in lower case', { allowed_countries: ['De'] }],
  ['a country with a digit', { allowed_countries: ['D1'] }],
  ['a country below A', { allowed_countries: ['@A'] }],
  ['a country above Z', { allowed_countries: ['Z['] }],
  ['half a country', { allowed_countries: ['DE', 'F'] }],
  ['more countries than fit', { allowed_countries: pairs.slice(0, 257) }],
  ['an excluded country twice', { excluded_by_physics: ['US', 'US'] }],
  ['excluded countries unsorted', { excluded_by_physics: ['US', 'CN'] }],
  ['an excluded country in lower case', { excluded_by_physics: ['us'] }],
  ['half an excluded country', { excluded_by_physics: ['U'] }],
  ['more excluded than fit', { excluded_by_physics: pairs.slice(0, 257) }],
  ['no hop', { max_hops: 0 }],
  ['17 hops', { max_hops: 17 }],
  ['255 hops', { max_hops: 255 }],
  ['flag 16', { flags: 16 }],
  ['flag 128', { flags: 129 }],
  ['no host with a lobby', { host_keys: [] }],
  ['a host twice', { host_keys: [hostKeys[0], hostKeys[0]] }],
  ['a host twice, with another between', { host_keys: [hostKeys[0], hostKeys[1], hostKeys[0]] }],
  ['a host key of 31 bytes', { host_keys: [hostKeys[0].subarray(1)] }],
  ['a host key and one byte', { host_keys: [hostKeys[0], u8(1)] }],
  ['more hosts than fit', { host_keys: keys(33) }],
  ['lobby mode 0', { lobby_mode: 0 }],
  ['lobby mode 3', { lobby_mode: 3 }],
  ['lobby mode 255', { lobby_mode: 255 }],
  ['suite 0', { sframe_suite: 0 }],
  ['suite 1', { sframe_suite: 1 }],
  ['suite 3', { sframe_suite: 3 }],
  ['suite 6', { sframe_suite: 6 }],
  ['suite 0x0104', { sframe_suite: 0x0104 }],
  ['an issuer twice', { issuers: [issuer(), issuer()] }],
  ['an issuer twice, with other keys', { issuers: [issuer(), issuer({ jwk_thumbprints: thumbs(1) })] }],
  ['issuers unsorted', { issuers: [issuer({ issuer: 'https://b' }), issuer({ issuer: 'https://a' })] }],
  ['audiences unsorted', { issuers: [issuer({ audience: 'b' }), issuer({ audience: 'a' })] }],
  ['an audience before the one that begins it', { issuers: [issuer({ audience: 'a-b' }), issuer({ audience: 'a' })] }],
  ['an empty issuer', { issuers: [issuer({ issuer: '' })] }],
  ['an empty audience', { issuers: [issuer({ audience: '' })] }],
  ['an issuer without encryption', { issuers: [issuer({ issuer: 'http://id.example' })] }],
  ['an issuer that only begins like this machine', { issuers: [issuer({ issuer: 'http://localhost.example' })] }],
  ['an issuer without a host', { issuers: [issuer({ issuer: 'https://' })] }],
  ['an issuer with an empty host', { issuers: [issuer({ issuer: 'https:///path' })] }],
  ['an issuer in capitals', { issuers: [issuer({ issuer: 'HTTPS://id.example' })] }],
  ['an issuer with a query', { issuers: [issuer({ issuer: 'https://id.example/?a' })] }],
  ['an issuer with a fragment', { issuers: [issuer({ issuer: 'https://id.example/#a' })] }],
  ['an issuer with a blank', { issuers: [issuer({ issuer: 'https://id.example/a b' })] }],
  ['an issuer with a line feed', { issuers: [issuer({ issuer: 'https://id.example\n' })] }],
  ['an issuer with a zero', { issuers: [issuer({ issuer: 'https://id.example\0' })] }],
  ['an issuer that is not ASCII', { issuers: [issuer({ issuer: 'https://id.ex\xe4mple' })] }],
  ['an audience with a tab', { issuers: [issuer({ audience: 'a\tb' })] }],
  ['an audience with DEL', { issuers: [issuer({ audience: 'a\x7f' })] }],
  ['an audience that is not ASCII', { issuers: [issuer({ audience: '\xe4' })] }],
  ['a pinned key twice', { issuers: [issuer({ jwk_thumbprints: [filled(32, 1), filled(32, 1)] })] }],
  ['pinned keys unsorted', { issuers: [issuer({ jwk_thumbprints: [filled(32, 4), filled(32, 1)] })] }],
  ['a pinned key of 31 bytes', { issuers: [issuer({ jwk_thumbprints: [filled(31, 1)] })] }],
  ['more pinned keys than fit', { issuers: [issuer({ jwk_thumbprints: thumbs(9) })] }],
  ['17 issuers', { issuers: manyIssuers(17, {}) }],
  ['issuers of more than 8,192 bytes', { issuers: manyIssuers(16, { jwk_thumbprints: thumbs(8), audience: 'c'.repeat(255) }) }],
  [
    'more than 10,240 bytes',
    {
      allowed_countries: pairs.slice(0, 256),
      excluded_by_physics: pairs.slice(0, 256),
      host_keys: keys(32),
      issuers: [
        ...manyIssuers(15, { jwk_thumbprints: thumbs(8), audience: 'c'.repeat(230) }),
        issuer({ issuer: 'https://z', audience: 'c'.repeat(200), jwk_thumbprints: thumbs(8) }),
      ],
    },
  ],
];

// Of the right form, but bound to the hash of nothing.
const unboundPolicies = [
  ['the operator keys of nobody', { operator_keys_sha256: emptyHash }],
  ['no log', { log_policy_sha256: emptyHash }],
  ['neither operator nor log', { operator_keys_sha256: emptyHash, log_policy_sha256: emptyHash }],
];

// Encodings that no writer of fields makes: bytes changed by hand.
const encoded = encodePolicy(base);
const changed = (offset, value, from = encoded) => {
  const out = Buffer.from(from);
  out[offset] = value;
  return out;
};
const countriesAt = 33;
const hostsAt = countriesAt + 2 + 4 + 64 + 8 + 2 + 2;
const withIssuer = encodePolicy({ ...base, issuers: [issuer()] });
const issuersAt = hostsAt + 2 + 32;
const rawPolicies = [
  ['nothing', Buffer.alloc(0)],
  ['a byte behind', Buffer.concat([encoded, u8(0)])],
  ['the policy twice', Buffer.concat([encoded, encoded])],
  ['a length of the countries one too small', changed(countriesAt + 1, 3)],
  ['a length of the countries that swallows the rest', changed(countriesAt, 1)],
  ['a length of the countries that is the highest', changed(countriesAt, 255, changed(countriesAt + 1, 255))],
  ['a length of the host keys one too large', changed(hostsAt + 1, 33)],
  ['a length of the issuers that is behind the end', changed(issuersAt, 31)],
  ['a length of an issuer that is behind its list', changed(issuersAt + 2, 200, withIssuer)],
  ['a length of the issuers that cuts the last one', changed(issuersAt + 1, withIssuer[issuersAt + 1] - 1, withIssuer)],
];

const hex = (value) => value.toString('hex');
const printable = (value) =>
  Buffer.isBuffer(value)
    ? hex(value)
    : Array.isArray(value)
      ? value.map(printable)
      : value !== null && typeof value === 'object'
        ? Object.fromEntries(Object.entries(value).map(([key, v]) => [key, printable(v)]))
        : value;
const text = (vectors) => vectors.map((v) => JSON.stringify(v)).join(',\n');
const write = (name, parts) =>
  writeFileSync(
    new URL(`../tests/vectors/${name}.json`, import.meta.url),
    '{' + Object.entries(parts).map(([key, list]) => `"${key}": [\n${text(list)}\n]`).join(',\n') + '}\n',
  );

write('policy', {
  valid: goodPolicies.map(([name, fields]) => {
    const policy = { ...base, ...fields };
    const encoding = encodePolicy(policy);
    const hash = createHash('sha256').update(encoding).digest();
    return { name, encoding: hex(encoding), sha256: hex(hash), fields: printable(policy) };
  }),
  invalid: [
    ...badPolicies.map(([name, fields]) => ({ name, encoding: hex(encodePolicy({ ...base, ...fields })) })),
    ...rawPolicies.map(([name, encoding]) => ({ name, encoding: hex(encoding) })),
  ],
  unbound: unboundPolicies.map(([name, fields]) => ({ name, encoding: hex(encodePolicy({ ...base, ...fields })) })),
});

// ---- commit data ----

const leafKey = filled(32, 0x80);
const authority = (index, seed = seeds[index], meeting = base.meeting_id, leaf = leafKey) =>
  Buffer.concat([
    u8(index),
    sign(null, Buffer.concat([bytes('InCamera authority v1'), meeting, leaf]), privateKey(seed)),
  ]);
const act = (type, data) => Buffer.concat([u8(type), vector8(data)]);
const lock = (on) => ({ type: 'lock', is_locked: on, bytes: act(1, u8(on ? 1 : 0)) });
const generation = (value) => {
  const data = Buffer.alloc(4);
  data.writeUInt32BE(value);
  return { type: 'generation', generation: value, bytes: act(2, data) };
};
const ban = (first) => ({ type: 'ban', tag: hex(filled(16, first)), bytes: act(3, filled(16, first)) });
const commitData = (proof, acts, version = 1) =>
  Buffer.concat([u8(version), vector8(proof), vector16(Buffer.concat(acts))]);
const none = Buffer.alloc(0);
const host = authority(0);

const goodCommits = [
  ['a host', host, []],
  ['the second host', authority(1), []],
  ['a lock', host, [lock(true)]],
  ['an unlock', host, [lock(false)]],
  ['the second generation', host, [generation(2)]],
  ['the highest generation', host, [generation(0xffffffff)]],
  ['a ban', host, [ban(1)]],
  ['one of each', host, [lock(true), generation(3), ban(1)]],
  ['in another order', host, [ban(9), lock(false), ban(5), generation(3)]],
  ['as many as fit', host, [lock(true), generation(3), ...Array.from({ length: 56 }, (_, i) => ban(4 * i))]],
  ['neither authority nor acts, written out', none, []],
];
const rawAct = (type, data) => act(type, data);
const badCommits = [
  ['version 0', commitData(host, [], 0)],
  ['version 2', commitData(host, [], 2)],
  ['a version alone', u8(1)],
  ['an authority of 64 bytes', commitData(host.subarray(1), [])],
  ['an authority of 1 byte', commitData(u8(0), [])],
  ['an authority of 66 bytes', commitData(Buffer.concat([host, u8(0)]), [])],
  ['acts without authority', commitData(none, [lock(true).bytes])],
  ['act type 0', commitData(host, [rawAct(0, u8(1))])],
  ['act type 4', commitData(host, [rawAct(4, u8(1))])],
  ['act type 255', commitData(host, [rawAct(255, u8(1))])],
  ['an unknown act behind a known one', commitData(host, [lock(true).bytes, rawAct(4, none)])],
  ['a lock of 2', commitData(host, [rawAct(1, u8(2))])],
  ['a lock of 255', commitData(host, [rawAct(1, u8(255))])],
  ['a lock without a value', commitData(host, [rawAct(1, none)])],
  ['a lock of 2 bytes', commitData(host, [rawAct(1, Buffer.from([0, 1]))])],
  ['a generation of 3 bytes', commitData(host, [rawAct(2, filled(3, 0))])],
  ['a generation of 5 bytes', commitData(host, [rawAct(2, filled(5, 0))])],
  ['generation 0', commitData(host, [rawAct(2, Buffer.alloc(4))])],
  ['generation 1, which needs no act', commitData(host, [rawAct(2, Buffer.from([0, 0, 0, 1]))])],
  ['a ban of 15 bytes', commitData(host, [rawAct(3, filled(15, 0))])],
  ['a ban of 17 bytes', commitData(host, [rawAct(3, filled(17, 0))])],
  ['a ban of nobody', commitData(host, [rawAct(3, none)])],
  ['two locks', commitData(host, [lock(true).bytes, lock(true).bytes])],
  ['a lock and an unlock', commitData(host, [lock(true).bytes, ban(1).bytes, lock(false).bytes])],
  ['two generations', commitData(host, [generation(2).bytes, generation(3).bytes])],
  ['a ban twice', commitData(host, [ban(1).bytes, ban(1).bytes])],
  ['a ban twice, with another between', commitData(host, [ban(1).bytes, ban(2).bytes, ban(1).bytes])],
  ['more acts than fit', commitData(host, Array.from({ length: 57 }, (_, i) => ban(4 * i).bytes))],
  ['a byte behind', Buffer.concat([commitData(host, []), u8(0)])],
  ['a byte behind the acts, inside their length', commitData(host, [lock(true).bytes, u8(1)])],
  ['an act that is longer than the list', commitData(host, [Buffer.from([1, 2, 1])])],
  ['a length of the acts that is behind the end', Buffer.concat([u8(1), u8(0), u8(0), u8(3)])],
  ['a length of the acts that is the highest', Buffer.concat([u8(1), vector8(host), u8(255), u8(255), lock(true).bytes])],
];

// Whether an authority proves anything: for the policy with both hosts and this leaf key.
const flipped = (index) => changed(index, host[index] ^ 1, host);
const proofs = [
  ['the first host', host, true],
  ['the second host', authority(1), true],
  ['the key of the other host', authority(0, seeds[1]), false],
  ['an index without a key', authority(2, seeds[0]), false],
  ['index 255', authority(255, seeds[0]), false],
  ['another meeting', authority(0, seeds[0], filled(16, 0x41)), false],
  ['another leaf', authority(0, seeds[0], base.meeting_id, filled(32, 0x81)), false],
  ['the first bit of the signature changed', flipped(1), false],
  ['the last byte of the signature changed', flipped(64), false],
  ['a signature of zeros', Buffer.concat([u8(0), Buffer.alloc(64)]), false],
];
const both = hex(encodePolicy({ ...base, host_keys: hostKeys }));

write('commit_data', {
  valid: [
    { name: 'nothing: neither authority nor acts', encoding: '', fields: { authority: null, acts: [] } },
    ...goodCommits.map(([name, proof, acts]) => ({
      name,
      encoding: hex(commitData(proof, acts.map((a) => a.bytes))),
      fields: {
        authority: proof.length === 0 ? null : { host_key_index: proof[0], signature: hex(proof.subarray(1)) },
        acts: acts.map(({ bytes: _, ...fields }) => fields),
      },
    })),
  ],
  invalid: badCommits.map(([name, encoding]) => ({ name, encoding: hex(encoding) })),
  authority: proofs.map(([name, proof, accept]) => ({
    name,
    policy: both,
    leaf_key: hex(leafKey),
    authority: hex(proof),
    accept,
  })),
});
