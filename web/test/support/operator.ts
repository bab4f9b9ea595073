// An operator with its log and witnesses, for tests: everything is right unless a plan says otherwise,
// and whatever follows from a change is signed, logged and cosigned anew.

import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { NodeEvidence, NodePolicy } from '../../src/verify/node_chain';
import type { Bytes } from '../../src/wire/bytes';
import { pkcs8OfSeed } from '../../src/wire/ed25519';
import { utf8 } from '../../src/wire/utf8';
import { counted } from './bytes';

export interface Signer {
  readonly name: string;
  readonly vkey: string;
  readonly id: Buffer;
  readonly sign: (message: Uint8Array) => Buffer;
}

export function signer(name: string, seed: number, type = 1): Signer {
  const pkcs8 = Buffer.from(pkcs8OfSeed(counted(32, seed)));
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  const typed = Buffer.concat([Buffer.of(type), Buffer.from(x, 'base64url')]);
  const id = sha256(Buffer.concat([Buffer.from(`${name}\n`), typed])).subarray(0, 4);
  const vkey = `${name}+${Buffer.from(id).toString('hex')}+${typed.toString('base64')}`;
  return { name, vkey, id: Buffer.from(id), sign: (message) => sign(null, message, privateKey) };
}

export const lineOf = ({ name, id }: Signer, signature: Uint8Array): string =>
  `— ${name} ${Buffer.concat([id, signature]).toString('base64')}\n`;

export const signedNote = (text: string, signers: readonly Signer[]): string =>
  `${text}\n${signers.map((each) => lineOf(each, each.sign(utf8(text)))).join('')}`;

export function cosignature(text: string, witness: Signer, time: number): string {
  const stamp = Buffer.alloc(8);
  stamp.writeBigUInt64BE(BigInt(time));
  const message = utf8(`cosignature/v1\ntime ${time}\n${text}`);
  return lineOf(witness, Buffer.concat([stamp, witness.sign(message)]));
}

export const ALICE = signer('meet.example.org/operator-a', 1);
export const BORIS = signer('meet.example.org/operator-b', 2);
export const CARLA = signer('meet.example.org/operator-c', 3);
export const STRANGER = signer('meet.example.org/operator-x', 4);
export const LOG = signer('meet.example.org/log', 5);
export const OTHER_LOG = signer('other.example.org/log', 6);
export const WITNESSES = [7, 8, 9].map((seed) => signer(`witness-${seed}.example`, seed, 4));
export const OTHER_WITNESS = signer('witness-x.example', 10, 4);

/** 2026-11-25T12:00:00Z */
export const NOW = 1_795_608_000;

export const RECEIPTS = signer('eu-fra-1.meet.example.org/receipt', 11);
export const FINGERPRINT = Buffer.from(counted(32, 0x40)).toString('hex');

export const keyList = (
  signers: readonly Signer[],
  threshold: number,
  head = 'serial 1\nprevious -',
): string =>
  `in-camera/operator-keys/v1\n${head}\nthreshold ${threshold} ${signers.length}\n${signers
    .map(({ vkey }) => `key ${vkey}\n`)
    .sort()
    .join('')}`;

export const CERT = `in-camera/node-cert/v1
node eu-fra-1.meet.example.org
serial 7
region DE
region-groups EEA EU
site 50.11 8.68 25
entity Example e.V., Frankfurt, DE
roles media relay signal
dtls-sha256 ${FINGERPRINT}
receipt-key ${RECEIPTS.vkey}
addr 192.0.2.8/30
addr 2001:db8:1::10/128
not-before 2026-11-23T00:00:00Z
not-after 2026-12-07T00:00:00Z
build sha256:${'9b1e'.repeat(16)}
`;

export const SET = `in-camera/node-set/v1
serial 12
not-before 2026-11-23T00:00:00Z
not-after 2026-11-30T00:00:00Z
`;

export interface Plan {
  readonly keyLists: readonly string[];
  /** Of which the hash stands in the meeting's policy. */
  readonly keyListOfPolicy: string;
  readonly logPolicy: string;
  readonly logPolicyOfPolicy: string;
  readonly countries: readonly string[];
  readonly minNodeSetSerial: bigint;
  readonly cert: string;
  readonly certSigners: readonly Signer[];
  readonly set: string;
  readonly setSigners: readonly Signer[];
  /** Whose leaf hashes the set has: of the certificate, or of something else. */
  readonly setOf: (cert: string) => readonly string[];
  readonly logSigner: Signer;
  readonly origin: string;
  readonly cosigners: readonly (readonly [Signer, number])[];
  /** Altered after it was signed, logged and cosigned. */
  readonly altered: (evidence: Required<NodeEvidence>) => NodeEvidence;
  /** What is changed in certificate and set before they are signed, so that they are about a real machine. */
  readonly about: (text: string) => string;
  /** Seconds that everything is later than NOW. */
  readonly laterS: number;
}

const KEYS = keyList([ALICE, BORIS, CARLA], 2);
const LOG_POLICY = `log ${LOG.vkey}
${WITNESSES.map(({ vkey }, at) => `witness w${at} ${vkey}\n`).join('')}group g 2 w0 w1 w2
quorum g
`;

export const GOOD: Plan = {
  keyLists: [KEYS],
  keyListOfPolicy: KEYS,
  logPolicy: LOG_POLICY,
  logPolicyOfPolicy: LOG_POLICY,
  countries: ['DE', 'FR'],
  minNodeSetSerial: 10n,
  cert: CERT,
  certSigners: [ALICE, BORIS],
  set: SET,
  setSigners: [BORIS, CARLA],
  setOf: (cert) => [cert],
  logSigner: LOG,
  origin: LOG.name,
  cosigners: WITNESSES.slice(0, 2).map((witness) => [witness, NOW - 3600] as const),
  altered: (evidence) => evidence,
  about: (text) => text,
  laterS: 0,
};

export function carryOut(changes: Partial<Plan>): { evidence: NodeEvidence; policy: NodePolicy } {
  const plan = { ...GOOD, ...changes };
  const made = (text: string): string => later(plan.about(text), plan.laterS);
  const cert = signedNote(made(plan.cert), plan.certSigners);
  const leaves = plan.setOf(cert).map((note) => leafOf(utf8(note)));
  const lines = leaves
    .sort((one, other) => Buffer.compare(one, other))
    .map((leaf) => `cert ${leaf.toString('base64')}\n`);
  const set = signedNote(made(plan.set) + lines.join(''), plan.setSigners);
  const entries = ['one', cert, 'two', set, 'three'].map((entry) => leafOf(utf8(entry)));
  const head = `${plan.origin}\n${entries.length}\n${treeHash(entries).toString('base64')}\n`;
  const cosigned = plan.cosigners.map(([witness, time]) =>
    cosignature(head, witness, time + plan.laterS),
  );
  const checkpoint = signedNote(head, [plan.logSigner]) + cosigned.join('');
  const proof = (index: number): Bytes => {
    const path = pathOf(index, entries).map((hash) => `${hash.toString('base64')}\n`);
    return utf8(`c2sp.org/tlog-proof@v1\nindex ${index}\n${path.join('')}\n${checkpoint}`);
  };
  const evidence = plan.altered({
    operatorKeys: plan.keyLists.map(utf8),
    logPolicy: utf8(plan.logPolicy),
    nodeSet: utf8(set),
    nodeSetProof: proof(3),
    nodeCert: utf8(cert),
    nodeCertProof: proof(1),
  });
  const policy = {
    countries: plan.countries,
    operatorKeysHash: sha256(utf8(plan.keyListOfPolicy)),
    logPolicyHash: sha256(utf8(plan.logPolicyOfPolicy)),
    minNodeSetSerial: plan.minNodeSetSerial,
  };
  return { evidence, policy };
}

/** Every moment in the text so many seconds later. */
export function later(text: string, seconds: number): string {
  return text.replace(/[0-9-]{10}T[0-9:]{8}Z/g, (moment) =>
    new Date(Date.parse(moment) + seconds * 1000).toISOString().replace('.000', ''),
  );
}

export function sha256(bytes: Uint8Array): Bytes {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}

export const leafOf = (entry: Uint8Array): Buffer =>
  Buffer.from(sha256(Buffer.concat([Buffer.of(0), entry])));

/** RFC 6962 2.1 and 2.1.1, as they are written there. */
export function treeHash(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (leaves.length === 1 && only) return only;
  const k = split(leaves);
  const [left, right] = [treeHash(leaves.slice(0, k)), treeHash(leaves.slice(k))];
  return Buffer.from(sha256(Buffer.concat([Buffer.of(1), left, right])));
}

function pathOf(index: number, leaves: readonly Buffer[]): readonly Buffer[] {
  if (leaves.length === 1) return [];
  const k = split(leaves);
  return index < k
    ? [...pathOf(index, leaves.slice(0, k)), treeHash(leaves.slice(k))]
    : [...pathOf(index - k, leaves.slice(k)), treeHash(leaves.slice(0, k))];
}

function split(leaves: readonly Buffer[]): number {
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return k;
}

/** As the node shows it at /api/v1/nodes/self; what is absent there is absent here. */
export function shownBy(evidence: NodeEvidence): string {
  const text = (bytes?: Uint8Array) => bytes && Buffer.from(bytes).toString('utf8');
  return JSON.stringify({
    node_cert: text(evidence.nodeCert),
    node_cert_proof: text(evidence.nodeCertProof),
    node_set: text(evidence.nodeSet),
    node_set_proof: text(evidence.nodeSetProof),
    operator_keys: evidence.operatorKeys?.map((list) => text(list)),
    log_policy: text(evidence.logPolicy),
  });
}
