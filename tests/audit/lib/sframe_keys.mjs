// The keys of frames and epochs again, on Node's cryptography: docs/protocol/encryption.md 9, RFC 9605
// 4.4.2, RFC 9420 8 and 8.5. Independent of the client's code, so that the audit searches the right bytes.

import { createDecipheriv, createHash, hkdfSync, createHmac } from 'node:crypto';

const SUITE = 4;
const TAG_BYTES = 16;

/** KID and counter of an SFrame header, and its length. */
export function readHeader(bytes) {
  const kidBytes = bytes[0] & 0x80 ? ((bytes[0] >> 4) & 7) + 1 : 0;
  const counterBytes = bytes[0] & 8 ? (bytes[0] & 7) + 1 : 0;
  const number = (at, length) => BigInt(`0x${bytes.subarray(at, at + length).toString('hex')}`);
  return {
    kid: kidBytes === 0 ? BigInt((bytes[0] >> 4) & 7) : number(1, kidBytes),
    counter: counterBytes === 0 ? BigInt(bytes[0] & 7) : number(1 + kidBytes, counterBytes),
    length: 1 + kidBytes + counterBytes,
  };
}

export function frameKeys(baseKey, kid) {
  const info = (label) => {
    const tail = Buffer.alloc(10);
    tail.writeBigUInt64BE(kid, 0);
    tail.writeUInt16BE(SUITE, 8);
    return Buffer.concat([Buffer.from(`SFrame 1.0 Secret ${label} `), tail]);
  };
  const derive = (label, bytes) => Buffer.from(hkdfSync('sha256', baseKey, Buffer.alloc(0), info(label), bytes));
  return { key: derive('key', 16), salt: derive('salt', 12) };
}

/** Whether this key opens a frame as it was encrypted. */
export function opens(key, { nonce, aad, sealed }) {
  const bytes = Buffer.from(sealed, 'hex');
  const cipher = createDecipheriv('aes-128-gcm', key, Buffer.from(nonce, 'hex'));
  cipher.setAAD(Buffer.from(aad, 'hex'));
  cipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  cipher.update(bytes.subarray(0, -TAG_BYTES));
  try {
    cipher.final();
    return true;
  } catch {
    return false;
  }
}

/** RFC 9420 8: ExpandWithLabel. */
function expand(secret, label, context, bytes) {
  const name = Buffer.from(`MLS 1.0 ${label}`);
  const info = Buffer.concat([Buffer.from([0, bytes, name.length]), name, Buffer.from([context.length]), context]);
  const block = createHmac('sha256', secret).update(info).update(Buffer.from([1])).digest();
  return block.subarray(0, bytes); // of one block
}

/** The base key that follows from an exporter secret. */
export function baseKeyOf(exporterSecret) {
  const derived = expand(exporterSecret, 'SFrame 1.0 Base Key', Buffer.alloc(0), 32);
  return expand(derived, 'exported', createHash('sha256').digest(), 16);
}
