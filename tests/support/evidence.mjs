// Evidence bundles (docs/protocol/receipts.md 5) for tests: a call of five minutes over two nodes, the
// first of which is killed. Everything is right unless a plan says otherwise, and what follows from a
// change is signed, logged and cosigned anew.

import { Key, leafOf, logProofs, note, sha256 } from './note_writer.mjs';

const seconds = (time) => Date.parse(time) / 1000;
export const timeText = (s) => new Date(s * 1000).toISOString().replace('.000Z', 'Z');
export const START = seconds('2026-11-25T12:00:00Z');

const operators = ['a', 'b', 'c'].map((x, i) => new Key(`meet.example.org/operator-${x}`, 16 * (i + 1)));
const log = new Key('meet.example.org/log', 0x50);
const witnesses = [0x60, 0x70].map((first, i) => new Key(`witness-${i}.example`, first, 4));
const strangers = [0x90, 0x91].map((first, i) => new Key(`evil.example/operator-${i}`, first));

const keyList = `in-camera/operator-keys/v1\nserial 1\nprevious -\nthreshold 2 3\n${operators.map((k) => `key ${k.vkey}\n`).sort().join('')}`;
const logPolicy = `log ${log.vkey}\n${witnesses.map((w, i) => `witness w${i} ${w.vkey}\n`).join('')}group g 2 w0 w1\nquorum g\n`;

/** The nodes of the call; the third one is the operator's too, but nothing runs there. */
export const NODES = {
  fra: { node: 'eu-fra-1.meet.example.org', serial: 7, region: 'DE', key: new Key('eu-fra-1.meet.example.org/receipt', 0xa0), site: '50.11 8.68 25', ip: '192.0.2.10' },
  par: { node: 'eu-par-1.meet.example.org', serial: 3, region: 'FR', key: new Key('eu-par-1.meet.example.org/receipt', 0xb0), site: '48.86 2.35 25', ip: '192.0.2.20' },
  iad: { node: 'us-iad-1.meet.example.org', serial: 1, region: 'US', key: new Key('us-iad-1.meet.example.org/receipt', 0xc0), site: '39.04 -77.49 25', ip: '192.0.2.30' },
};

const certText = ({ node, serial, region, key, site, ip }, from, to) => `in-camera/node-cert/v1
node ${node}
serial ${serial}
region ${region}
region-groups ${region === 'US' ? 'FVEY' : 'EEA EU'}
site ${site}
entity Example e.V.
roles media relay signal
dtls-sha256 ${sha256(node).toString('hex')}
receipt-key ${key.vkey}
addr ${ip}/32
not-before ${from}
not-after ${to}
build sha256:${'9b1e'.repeat(16)}
`;

const u16 = (n) => Buffer.from([n >> 8, n & 255]);
const vector = (bytes) => Buffer.concat([u16(bytes.length), bytes]);
const policyBytes = ({ countries, flags, maxHops, serialMin }) => {
  const serial = Buffer.alloc(8);
  serial.writeBigUInt64BE(BigInt(serialMin));
  return Buffer.concat([
    Buffer.from([1]), Buffer.alloc(16, 0x11), Buffer.alloc(16, 0x22), vector(Buffer.from([...countries].sort().join(''))), sha256(keyList), sha256(logPolicy),
    serial, Buffer.from([maxHops, flags]), u16(0), u16(0), u16(0), Buffer.from([2]), u16(4),
  ]);
};

/** The text of a receipt. */
export const receiptText = (r) => [
  'in-camera/route-receipt/v1', `node ${r.node} ${r.serial}`, `cert ${r.cert}`, `meeting ${r.meeting}`, `member ${r.member}`, `policy ${r.policy}`,
  `interval ${timeText(r.start)} ${r.length}`, `seq ${r.seq}`, `prev ${r.seq === 1 ? '-' : r.prev}`, `region ${r.region}`, `in ${r.in.join(' ')}`, `out ${r.out.join(' ')}`,
  ...r.relayTo.map((x) => `relay-to ${x}`), ...r.relayFrom.map((x) => `relay-from ${x}`), `rtt-min-us ${r.rtt}`, `drop ${r.drop}`, `end ${r.end}`, '',
].join('\n');

/** A ustar archive of [name, bytes]. */
export function archive(files) {
  const field = (text, length) => Buffer.concat([Buffer.from(text), Buffer.alloc(length - Buffer.byteLength(text))]);
  const octal = (n, length) => field(n.toString(8).padStart(length - 1, '0'), length);
  const blocks = files.flatMap(([name, content]) => {
    const bytes = Buffer.from(content);
    const head = (sum) => Buffer.concat([
      field(name, 100), octal(0o644, 8), octal(0, 8), octal(0, 8), octal(bytes.length, 12), octal(0, 12), sum, Buffer.from('0'), Buffer.alloc(100),
      Buffer.from('ustar\0' + '00'), Buffer.alloc(247),
    ]);
    const sum = head(Buffer.alloc(8, 32)).reduce((total, byte) => total + byte, 0);
    return [head(octal(sum, 8)), bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** The [name, bytes] of such an archive. */
export function unpack(bytes) {
  const files = [];
  for (let at = 0; bytes[at] !== 0; ) {
    const text = (from, length) => bytes.toString('latin1', at + from, at + from + length).replace(/\0.*/s, '');
    const size = parseInt(text(124, 12), 8);
    files.push([text(0, 100), bytes.subarray(at + 512, at + 512 + size)]);
    at += 512 + 512 * Math.ceil(size / 512);
  }
  return files;
}

const GOOD = {
  countries: ['DE', 'FR'],
  flags: 1,
  maxHops: 2,
  serialMin: 12,
  /** Which nodes' certificates are in the bundle, and what the device saw of them: [time, certificate]. */
  nodes: ['fra', 'par'],
  seen: [[START, 1], [START + 200, 2]],
  certFrom: '2026-11-23T00:00:00Z',
  certTo: '2026-12-07T00:00:00Z',
  /** Undefined: as usual. */
  certSigners: () => undefined,
  setSigners: operators.slice(1),
  /** Nodes that the set names. */
  inSet: ['fra', 'par', 'iad'],
  cosigners: witnesses,
  cosignedAt: START - 3600,
  span: [START, START + 345],
  /** One row a receipt: [node, start, length, end, changes]. */
  receipts: [
    ['fra', 0, 60, 'no'], ['fra', 60, 60, 'no'], ['fra', 120, 60, 'no'],
    ['par', 203, 60, 'no'], ['par', 263, 60, 'no'], ['par', 323, 22, 'leave'],
  ],
  /** Losses: [number of the receipt before, came, noticed, next transport]. */
  lost: [[3, 181, 200, 204]],
  /** What the device counted for a receipt. */
  own: (r) => [r.seq, r.in[0] + 20, r.in[1] + 20000, r.out[0] - 10, r.out[1] - 10000],
  /** Of the notes of receipts, after they were signed. */
  alter: (notes) => notes,
  /** Of [name, bytes], at the end. */
  files: (files) => files,
};

/** The files of a bundle by a plan that differs from the good one in these. */
export function makeFiles(changes = {}) {
  const plan = { ...GOOD, ...changes };
  const policy = policyBytes(plan);
  const certs = Object.fromEntries(Object.entries(NODES).map(([name, facts]) => [name, note(certText(facts, plan.certFrom, plan.certTo), plan.certSigners(name) ?? operators.slice(0, 2))]));
  const leaves = plan.inSet.map((name) => leafOf(certs[name])).sort(Buffer.compare);
  const set = note(`in-camera/node-set/v1\nserial 12\nnot-before 2026-11-23T00:00:00Z\nnot-after 2026-11-30T00:00:00Z\n${leaves.map((l) => `cert ${l.toString('base64')}\n`).join('')}`, plan.setSigners);
  const proofs = logProofs(['one', ...Object.values(certs), set], log, plan.cosigners, plan.cosignedAt);
  const proofOf = (name) => proofs[1 + Object.keys(NODES).indexOf(name)];
  const ids = { meeting: Buffer.alloc(16, 0x33).toString('base64'), member: Buffer.alloc(16, 0x44).toString('base64') };
  const rows = [];
  const notes = plan.receipts.map(([name, offset, length, end, edit = {}]) => {
    const { node, serial, region, key } = NODES[name];
    const before = rows.at(-1);
    const row = {
      node, serial, region, cert: leafOf(certs[name]).toString('base64'), ...ids, policy: sha256(policy).toString('base64'), start: START + offset, length,
      seq: (before?.seq ?? 0) + 1, prev: before && sha256(receiptText(before)).toString('base64'), in: [50 * length, 50000 * length], out: [150 * length, 150000 * length],
      relayTo: [], relayFrom: [], rtt: 11873, drop: 0, end, ...edit,
    };
    rows.push(row);
    return note(receiptText(row), [edit.signer ?? key]);
  });
  const files = [
    ['policy', policy], ['operator-keys/1', keyList], ['log-policy', logPolicy], ['node-set/1', set], ['node-set/1.tlog-proof', proofs.at(-1)],
    ...plan.nodes.flatMap((name, i) => [[`node-cert/${i + 1}`, certs[name]], [`node-cert/${i + 1}.tlog-proof`, proofOf(name)]]),
    ['seen', plan.seen.map(([time, cert]) => `${timeText(time)} ${cert} 1\n`).join('')],
    ...plan.alter(notes).map((bytes, i) => [`receipt/${i + 1}`, bytes]),
    ['own', rows.map((row) => `${plan.own(row).join(' ')}\n`).join('')],
    ...(plan.lost.length > 0 ? [['lost', plan.lost.map(([seq, ...times]) => `${[seq, ...times.map((t) => timeText(START + t))].join(' ')}\n`).join('')]] : []),
    ['span', `${timeText(plan.span[0])} ${timeText(plan.span[1])} ${ids.meeting} ${ids.member}\n`],
  ];
  return plan.files(files);
}

export const makeBundle = (changes) => archive(makeFiles(changes));
export const LOG_POLICY = logPolicy;
export const STRANGERS = strangers;
