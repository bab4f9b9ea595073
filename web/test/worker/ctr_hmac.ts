// Cipher suites 1 to 3 of RFC 9605 (AES-128-CTR with HMAC-SHA256, 4.5.1), which the product does not use.

import { concat, sframeLabel } from '../../src/worker/sframe';

type Bytes = Uint8Array<ArrayBuffer>;

const KEY_BYTES = 48; // 16 for AES, 32 for HMAC
const AES_KEY_BYTES = 16;
const TAG_BYTES = [0, 10, 8, 4];

export async function suiteKeys(
  suite: number,
  baseKey: Bytes,
  kid: bigint,
): Promise<{ key: Bytes; salt: Bytes }> {
  const base = await crypto.subtle.importKey('raw', baseKey, 'HKDF', false, ['deriveBits']);
  const derive = async (label: string, bytes: number): Promise<Bytes> => {
    const info = sframeLabel(label, suite, kid);
    const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info };
    return new Uint8Array(await crypto.subtle.deriveBits(hkdf, base, bytes * 8));
  };
  return {
    key: await derive('SFrame 1.0 Secret key ', KEY_BYTES),
    salt: await derive('SFrame 1.0 Secret salt ', 12),
  };
}

export async function sealCtrHmac(
  suite: number,
  key: Bytes,
  nonce: Bytes,
  aad: Bytes,
  plain: Bytes,
): Promise<Bytes> {
  const text = await ctr(key, nonce, plain);
  return concat(text, await tagOf(suite, key, nonce, aad, text));
}

export async function openCtrHmac(
  suite: number,
  key: Bytes,
  nonce: Bytes,
  aad: Bytes,
  sealed: Bytes,
): Promise<Bytes | null> {
  const length = sealed.length - (TAG_BYTES[suite] ?? 0);
  const text = sealed.slice(0, length);
  const tag = await tagOf(suite, key, nonce, aad, text);
  return tag.every((byte, index) => byte === sealed[length + index]) ? ctr(key, nonce, text) : null;
}

async function ctr(key: Bytes, nonce: Bytes, bytes: Bytes): Promise<Bytes> {
  const raw = key.slice(0, AES_KEY_BYTES);
  const aes = await crypto.subtle.importKey('raw', raw, 'AES-CTR', false, ['encrypt']);
  const counter = concat(nonce, new Uint8Array(4));
  const algorithm = { name: 'AES-CTR', counter, length: 32 };
  return new Uint8Array(await crypto.subtle.encrypt(algorithm, aes, bytes));
}

async function tagOf(
  suite: number,
  key: Bytes,
  nonce: Bytes,
  aad: Bytes,
  text: Bytes,
): Promise<Bytes> {
  const hmac = { name: 'HMAC', hash: 'SHA-256' };
  const raw = key.slice(AES_KEY_BYTES);
  const mac = await crypto.subtle.importKey('raw', raw, hmac, false, ['sign']);
  const lengths = new Uint8Array(24);
  const view = new DataView(lengths.buffer);
  const tagBytes = TAG_BYTES[suite] ?? 0;
  view.setBigUint64(0, BigInt(aad.length));
  view.setBigUint64(8, BigInt(text.length));
  view.setBigUint64(16, BigInt(tagBytes));
  const whole = await crypto.subtle.sign('HMAC', mac, concat(lengths, nonce, aad, text));
  return new Uint8Array(whole.slice(0, tagBytes));
}
