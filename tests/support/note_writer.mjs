// Signed notes, logs and proofs for tests, by a writer that shares nothing with the server's or the
// client's. Its keys are made of one byte each and are for tests alone.

import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';

export const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts.map((p) => Buffer.from(p)))).digest();

/** An Ed25519 key of a name, by its seed or the seed's first byte; type 4 cosigns. */
export class Key {
  constructor(name, first, type = 1) {
    this.seed = Buffer.isBuffer(first) ? first : Buffer.from(Array.from({ length: 32 }, (_, i) => (first + i) & 255));
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), this.seed]);
    this.private = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    const raw = createPublicKey(this.private).export({ format: 'der', type: 'spki' }).subarray(-32);
    this.typed = Buffer.concat([Buffer.from([type]), raw]);
    this.name = name;
    this.id = sha256(`${name}\n`, this.typed).subarray(0, 4);
    this.vkey = `${name}+${this.id.toString('hex')}+${this.typed.toString('base64')}`;
  }
  line(text, spoil = 0) {
    const signature = sign(null, Buffer.from(text), this.private);
    signature[0] ^= spoil;
    return `— ${this.name} ${Buffer.concat([this.id, signature]).toString('base64')}\n`;
  }
  cosign(text, time) {
    const stamp = Buffer.alloc(8);
    stamp.writeBigUInt64BE(BigInt(time));
    const signature = sign(null, Buffer.from(`cosignature/v1\ntime ${time}\n${text}`), this.private);
    return `— ${this.name} ${Buffer.concat([this.id, stamp, signature]).toString('base64')}\n`;
  }
}

export const note = (text, signers) => `${text}\n${signers.map((k) => k.line(text)).join('')}`;
export const leafOf = (bytes) => sha256(Buffer.from([0]), bytes);

const split = (n) => 2 ** (Math.ceil(Math.log2(n)) - 1);
export const rootOf = (leaves) =>
  leaves.length === 1
    ? leaves[0]
    : sha256(Buffer.from([1]), rootOf(leaves.slice(0, split(leaves.length))), rootOf(leaves.slice(split(leaves.length))));
export const pathOf = (index, leaves) => {
  if (leaves.length === 1) return [];
  const k = split(leaves.length);
  return index < k
    ? [...pathOf(index, leaves.slice(0, k)), rootOf(leaves.slice(k))]
    : [...pathOf(index - k, leaves.slice(k)), rootOf(leaves.slice(0, k))];
};

/** Proof files of all entries of a log, cosigned by witnesses at that time. */
export function logProofs(entries, log, witnesses, time) {
  const leaves = entries.map((entry) => leafOf(entry));
  const head = `${log.name}\n${leaves.length}\n${rootOf(leaves).toString('base64')}\n`;
  const checkpoint = note(head, [log]) + witnesses.map((w) => w.cosign(head, time)).join('');
  return entries.map((_, index) => {
    const path = pathOf(index, leaves).map((hash) => `${hash.toString('base64')}\n`);
    return `c2sp.org/tlog-proof@v1\nindex ${index}\n${path.join('')}\n${checkpoint}`;
  });
}
