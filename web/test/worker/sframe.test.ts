// The vectors of RFC 9605 (tests/vectors/sframe). Their numbers go up to 2^64 - 1, which JSON.parse()
// would round: they are read from the text.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  deriveSframeKeys,
  importBaseKey,
  open,
  readHeader,
  seal,
  sframeLabel,
  sframeNonce,
  writeHeader,
} from '../../src/worker/sframe';
import { openCtrHmac, sealCtrHmac, suiteKeys } from './ctr_hmac';

interface HeaderVector {
  kid: string;
  ctr: string;
  encoded: string;
}

interface CipherVector {
  cipher_suite: string;
  key: string;
  enc_key: string;
  auth_key: string;
  nonce: string;
  aad: string;
  pt: string;
  ct: string;
}

interface SframeVector {
  cipher_suite: string;
  kid: string;
  ctr: string;
  base_key: string;
  sframe_key_label: string;
  sframe_salt_label: string;
  sframe_key: string;
  sframe_salt: string;
  metadata: string;
  nonce: string;
  aad: string;
  pt: string;
  ct: string;
}

const path = '../../../tests/vectors/sframe/rfc9605-test-vectors.json';
const text = readFileSync(new URL(path, import.meta.url), 'utf8');
const vectors = JSON.parse(text.replace(/: (\d+)/g, ': "$1"')) as {
  header: HeaderVector[];
  aes_ctr_hmac: CipherVector[];
  sframe: SframeVector[];
};

const fromHex = (hex: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(hex, 'hex'));
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('the header of SFrame', () => {
  it('is written as in all 289 vectors, and read again', () => {
    expect(vectors.header).toHaveLength(289);
    for (const { kid, ctr, encoded } of vectors.header) {
      expect(toHex(writeHeader(BigInt(kid), BigInt(ctr)))).toBe(encoded);
      const length = encoded.length / 2;
      const header = { kid: BigInt(kid), counter: BigInt(ctr), length };
      expect(readHeader(fromHex(encoded))).toEqual(header);
      expect(readHeader(fromHex(`${encoded}ffff`))).toEqual(header);
    }
  });

  it('is refused when it is cut short', () => {
    for (const { encoded } of vectors.header) {
      for (let length = 0; length < encoded.length; length += 2) {
        expect(readHeader(fromHex(encoded.slice(0, length)))).toBeNull();
      }
    }
  });

  it.each(['8000', '8807', '0807', '900009', '090009', 'f000000000000000ff'])(
    'is refused when a number could be shorter: %s',
    (hex) => expect(readHeader(fromHex(hex))).toBeNull(),
  );
});

describe('the cipher suites of RFC 9605', () => {
  const ofSuite = (suite: 4 | 5): SframeVector => {
    const found = vectors.sframe.find(({ cipher_suite }) => cipher_suite === String(suite));
    if (!found) throw new Error('no such vector');
    return found;
  };

  it.each([4, 5] as const)('%d: labels, key, salt, nonce, sealed and opened', async (suite) => {
    const vector = ofSuite(suite);
    const [kid, counter] = [BigInt(vector.kid), BigInt(vector.ctr)];
    expect(toHex(sframeLabel('SFrame 1.0 Secret key ', suite, kid))).toBe(vector.sframe_key_label);
    expect(toHex(sframeLabel('SFrame 1.0 Secret salt ', suite, kid))).toBe(
      vector.sframe_salt_label,
    );
    const base = await importBaseKey(fromHex(vector.base_key));
    const metadata = fromHex(vector.metadata);
    const sending = await deriveSframeKeys(base, suite, kid, 'encrypt');
    expect(toHex(sending.salt)).toBe(vector.sframe_salt);
    expect(toHex(sframeNonce(sending.salt, counter))).toBe(vector.nonce);
    const sealed = await seal(sending, kid, counter, metadata, fromHex(vector.pt));
    expect(toHex(sealed)).toBe(vector.ct);

    const receiving = await deriveSframeKeys(base, suite, kid, 'decrypt');
    const header = readHeader(sealed);
    if (!header) throw new Error('no header');
    const plain = await open(receiving, header, metadata, sealed);
    expect(plain && toHex(plain)).toBe(vector.pt);
  });

  it('opens nothing when one bit of header, text, tag or metadata differs', async () => {
    const vector = ofSuite(4);
    const base = await importBaseKey(fromHex(vector.base_key));
    const keys = await deriveSframeKeys(base, 4, BigInt(vector.kid), 'decrypt');
    const sealed = fromHex(vector.ct);
    const metadata = fromHex(vector.metadata);
    const attempt = (bytes: Uint8Array<ArrayBuffer>, data: Uint8Array): Promise<unknown> => {
      const header = readHeader(bytes);
      return header ? open(keys, header, data, bytes) : Promise.resolve(null);
    };
    expect(await attempt(sealed, metadata)).not.toBeNull();
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      expect(await attempt(flip(sealed, bit), metadata)).toBeNull();
    }
    for (let bit = 0; bit < metadata.length * 8; bit++) {
      expect(await attempt(sealed, flip(metadata, bit))).toBeNull();
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(await attempt(sealed.slice(0, length), metadata)).toBeNull();
    }
  });

  it('never lets a key out', async () => {
    const base = await importBaseKey(new Uint8Array(16).fill(7));
    const { key } = await deriveSframeKeys(base, 4, 1n, 'encrypt');
    expect([base.extractable, key.extractable]).toEqual([false, false]);
  });
});

// The product uses suites 4 and 5 only; that the other three agree shows that the derivation is right.
describe('AES-CTR with HMAC', () => {
  it('seals and opens as in the vectors of the cipher', async () => {
    for (const vector of vectors.aes_ctr_hmac) {
      const suite = Number(vector.cipher_suite);
      const key = fromHex(vector.key);
      const [nonce, aad] = [fromHex(vector.nonce), fromHex(vector.aad)];
      const sealed = await sealCtrHmac(suite, key, nonce, aad, fromHex(vector.pt));
      expect(toHex(sealed)).toBe(vector.ct);
      const plain = await openCtrHmac(suite, key, nonce, aad, sealed);
      expect(plain && toHex(plain)).toBe(vector.pt);
      expect(await openCtrHmac(suite, key, nonce, aad, flip(sealed, 3))).toBeNull();
    }
  });

  it.each(['1', '2', '3'])('derives and seals suite %s', async (suite) => {
    const vector = vectors.sframe.find(({ cipher_suite }) => cipher_suite === suite);
    if (!vector) throw new Error('no such vector');
    const kid = BigInt(vector.kid);
    const { key, salt } = await suiteKeys(Number(suite), fromHex(vector.base_key), kid);
    expect([toHex(key), toHex(salt)]).toEqual([vector.sframe_key, vector.sframe_salt]);
    const header = writeHeader(kid, BigInt(vector.ctr));
    const nonce = sframeNonce(salt, BigInt(vector.ctr));
    const aad = fromHex(vector.aad);
    const sealed = await sealCtrHmac(Number(suite), key, nonce, aad, fromHex(vector.pt));
    expect(toHex(header) + toHex(sealed)).toBe(vector.ct);
  });
});

function flip(bytes: Uint8Array<ArrayBuffer>, bit: number): Uint8Array<ArrayBuffer> {
  const copy = bytes.slice();
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}
