import { createHash, createHmac, hkdfSync, verify } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { groupId, meetingCode, policyHash, sha256 } from '../../src/mls/digest';
import { banTag, forgetLink, keysOfLink, pskId, type LinkKeys } from '../../src/mls/link_keys';
import {
  hasAuthority,
  hostKeyIndex,
  isDevice,
  makeAuthority,
  rawKey,
  signDevice,
} from '../../src/mls/proof';
import { openIdentity, openNote, sealIdentity, sealNote } from '../../src/mls/seal';
import { concat, type Bytes } from '../../src/wire/bytes';
import { decodeAuthority } from '../../src/wire/commit_data';
import { pkcs8OfSeed, seedOfPkcs8 } from '../../src/wire/ed25519';
import type { Identity } from '../../src/wire/identity';
import { decodePolicy } from '../../src/wire/policy';
import { utf8 } from '../../src/wire/utf8';
import { changed, counted, fromHex, hex } from '../support/bytes';
import { readText } from '../support/vectors';

const MEETING = counted(16);
const OTHER_MEETING = counted(16, 1);
const SECRET = counted(16, 16);
const LEAF = { meeting: MEETING, key: counted(32, 64) };
const OTHER_LEAF = { meeting: MEETING, key: counted(32, 65) };

let keys: LinkKeys;
let later: LinkKeys;
let device: CryptoKeyPair;
let identity: Identity;

beforeAll(async () => {
  keys = await keysOfLink(MEETING, SECRET);
  later = await keysOfLink(MEETING, counted(16, 200));
  device = await makeKey();
  identity = {
    name: 'Ana',
    deviceKey: await rawKey(device.publicKey),
    deviceSignature: await signDevice(device.privateKey, LEAF),
    authority: null,
    token: null,
  };
});

describe('the keys of a link', () => {
  const derive = (info: string, length: number): string =>
    hex(new Uint8Array(hkdfSync('sha256', SECRET, MEETING, info, length)));

  it('are those of HKDF', () => {
    expect(hex(keys.psk)).toBe(derive('InCamera MLS PSK v1', 32));
    expect(hex(keys.sealId)).toBe(derive('InCamera seal id v1', 4));
    expect(hex(keys.banKey)).toBe(derive('InCamera ban v1', 32));
    expect(keys.sealKey.extractable).toBe(false);
  });

  it('seal with the key of their own label', async () => {
    const raw = fromHex(derive('InCamera seal v1', 32));
    const same = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['decrypt']);
    const sealed = await sealIdentity(keys, LEAF.key, identity);
    const opened = await openIdentity([{ ...keys, sealKey: same }], LEAF.key, sealed);
    expect(opened).toEqual({ kind: 'open', identity });
  });

  it('are wiped when the link is forgotten', async () => {
    const forgotten = await keysOfLink(MEETING, SECRET);
    forgetLink(forgotten);
    expect(forgotten.psk).toEqual(new Uint8Array(32));
    expect(forgotten.banKey).toEqual(new Uint8Array(32));
  });

  it('differ between meetings', async () => {
    const other = await keysOfLink(OTHER_MEETING, SECRET);
    expect(hex(other.psk)).not.toBe(hex(keys.psk));
    expect(hex(other.sealId)).not.toBe(hex(keys.sealId));
  });

  it('name the PSK by meeting and generation', () => {
    expect(hex(pskId(MEETING, 0x01020304))).toBe(`${hex(MEETING)}01020304`);
  });

  it('tell devices by a tag', async () => {
    const tag = createHmac('sha256', keys.banKey).update(counted(32)).digest('hex').slice(0, 32);
    expect(hex(await banTag(keys.banKey, counted(32)))).toBe(tag);
  });
});

describe('digests', () => {
  const oracle = (bytes: Uint8Array): Bytes =>
    new Uint8Array(createHash('sha256').update(bytes).digest());

  it('are SHA-256 of what the contract says', async () => {
    const policy = counted(100);
    expect(await sha256(policy)).toEqual(oracle(policy));
    expect(await policyHash(policy)).toEqual(oracle(policy).slice(0, 16));
    expect(await groupId(MEETING, counted(16, 7), policy)).toEqual(
      oracle(concat(MEETING, counted(16, 7), oracle(policy))),
    );
  });

  it('make the code by HKDF-Expand', async () => {
    const block = createHmac('sha256', counted(32)).update('InCamera code v1\u0001').digest('hex');
    expect(hex(await meetingCode(counted(32)))).toBe(block.slice(0, 32));
  });
});

describe('a sealed identity', () => {
  it('opens for who has the link', async () => {
    const sealed = await sealIdentity(keys, LEAF.key, identity);
    expect((sealed.length - 33) % 256).toBe(0);
    expect(await openIdentity([later, keys], LEAF.key, sealed)).toEqual({ kind: 'open', identity });
  });

  it('shares no bytes with another one of the same person', async () => {
    const one = hex(await sealIdentity(keys, LEAF.key, identity));
    const other = hex(await sealIdentity(keys, LEAF.key, identity));
    expect(one).not.toContain(hex(identity.deviceKey));
    expect(one).not.toContain(hex(utf8('Ana')));
    expect(one.slice(34)).not.toBe(other.slice(34));
  });

  it('of another link is told as such', async () => {
    const sealed = await sealIdentity(keys, LEAF.key, identity);
    expect(await openIdentity([later], LEAF.key, sealed)).toEqual({ kind: 'other-link' });
    expect(await openIdentity([], LEAF.key, sealed)).toEqual({ kind: 'other-link' });
  });

  it('is broken when any of its bytes is another', async () => {
    const sealed = await sealIdentity(keys, LEAF.key, identity);
    for (const at of [0, 5, 16, 17, sealed.length - 17, sealed.length - 1]) {
      const opened = await openIdentity([keys], LEAF.key, changed(sealed, at));
      expect(opened, `byte ${at}`).toEqual({ kind: 'broken' });
    }
    const cut = sealed.subarray(0, -1);
    expect(await openIdentity([keys], LEAF.key, cut)).toEqual({ kind: 'broken' });
    expect(await openIdentity([keys], LEAF.key, new Uint8Array())).toEqual({ kind: 'broken' });
  });

  it('is broken under another leaf', async () => {
    const sealed = await sealIdentity(keys, LEAF.key, identity);
    expect(await openIdentity([keys], OTHER_LEAF.key, sealed)).toEqual({ kind: 'broken' });
  });

  it('is broken when the device signed for another leaf or meeting, or another device did', async () => {
    const stranger = await makeKey();
    const wrong = [
      await signDevice(device.privateKey, OTHER_LEAF),
      await signDevice(device.privateKey, { ...LEAF, meeting: OTHER_MEETING }),
      await signDevice(stranger.privateKey, LEAF),
    ];
    for (const deviceSignature of wrong) {
      const sealed = await sealIdentity(keys, LEAF.key, { ...identity, deviceSignature });
      expect(await openIdentity([keys], LEAF.key, sealed)).toEqual({ kind: 'broken' });
    }
  });

  it('is not made with a name that breaks a rule', async () => {
    await expect(sealIdentity(keys, LEAF.key, { ...identity, name: ' ' })).rejects.toThrow(
      RangeError,
    );
  });
});

describe('a note', () => {
  it('opens for who has the link, for its leaf only', async () => {
    const sealed = await sealNote(keys, LEAF.key, 'It is me, Ana 🎉');
    expect(await openNote([later, keys], LEAF.key, sealed)).toBe('It is me, Ana 🎉');
    expect(await openNote([keys], OTHER_LEAF.key, sealed)).toBeNull();
    expect(await openNote([later], LEAF.key, sealed)).toBeNull();
    expect(await openNote([keys], LEAF.key, changed(sealed, sealed.length - 1))).toBeNull();
    expect(await openNote([keys], LEAF.key, sealed.subarray(0, 20))).toBeNull();
  });

  it.each(['', 'x'.repeat(201), 'two\nlines'])('is not made of %j', async (text) => {
    await expect(sealNote(keys, LEAF.key, text)).rejects.toThrow(RangeError);
  });

  it('is no identity, and an identity no note', async () => {
    const sealed = await sealIdentity(keys, LEAF.key, identity);
    expect(await openNote([keys], LEAF.key, sealed.subarray(1))).toBeNull();
  });
});

describe('a proof of the device', () => {
  it('is an Ed25519 signature over the statement', async () => {
    const message = concat(utf8('InCamera device v1'), MEETING, LEAF.key);
    const raw = await rawKey(device.publicKey);
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(raw).toString('base64url') };
    const key = { key: jwk, format: 'jwk' as const };
    expect(verify(null, message, key, identity.deviceSignature)).toBe(true);
  });

  it('does not hold with a key that is none', async () => {
    const key = new Uint8Array(32).fill(255);
    expect(await isDevice(key, identity.deviceSignature, LEAF)).toBe(false);
    expect(await isDevice(counted(31), identity.deviceSignature, LEAF)).toBe(false);
  });
});

describe('an authority', () => {
  it('holds for its leaf, its meeting, and the host key that it names', async () => {
    const [one, other] = [await makeKey(), await makeKey()];
    const hostKeys = [await rawKey(one.publicKey), await rawKey(other.publicKey)];
    expect(await hostKeyIndex(hostKeys, other.publicKey)).toBe(1);
    expect(await hostKeyIndex(hostKeys, device.publicKey)).toBeNull();
    const authority = await makeAuthority(other.privateKey, 1, LEAF);
    expect(await hasAuthority(hostKeys, authority, LEAF)).toBe(true);
    expect(await hasAuthority(hostKeys, authority, OTHER_LEAF)).toBe(false);
    expect(await hasAuthority(hostKeys, authority, { ...LEAF, meeting: OTHER_MEETING })).toBe(
      false,
    );
    expect(await hasAuthority(hostKeys, { ...authority, hostKeyIndex: 0 }, LEAF)).toBe(false);
    expect(await hasAuthority(hostKeys, { ...authority, hostKeyIndex: 2 }, LEAF)).toBe(false);
    expect(await hasAuthority(hostKeys, null, LEAF)).toBe(false);
    expect(await hasAuthority([], authority, LEAF)).toBe(false);
  });

  it('is never a signature of a device', async () => {
    const hostKeys = [await rawKey(device.publicKey)];
    const signature = await signDevice(device.privateKey, LEAF);
    expect(await hasAuthority(hostKeys, { hostKeyIndex: 0, signature }, LEAF)).toBe(false);
  });

  interface AuthorityVector {
    readonly name: string;
    readonly policy: string;
    readonly leaf_key: string;
    readonly authority: string;
    readonly accept: boolean;
  }
  const { authority } = JSON.parse(readText('commit_data.json')) as {
    readonly authority: readonly AuthorityVector[];
  };

  it.each(authority)('of the vectors: $name', async (vector) => {
    const policy = decodePolicy(fromHex(vector.policy));
    const proof = decodeAuthority(fromHex(vector.authority)) ?? null;
    const leaf = { meeting: policy?.meeting ?? MEETING, key: fromHex(vector.leaf_key) };
    expect(policy).toBeDefined();
    expect(await hasAuthority(policy?.hostKeys ?? [], proof, leaf)).toBe(vector.accept);
  });
});

describe('a seed', () => {
  it('is a private key of WebCrypto and back', async () => {
    const pkcs8 = pkcs8OfSeed(counted(32, 1));
    const key = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', true, ['sign']);
    const exported = new Uint8Array(await crypto.subtle.exportKey('pkcs8', key));
    expect(seedOfPkcs8(exported)).toEqual(counted(32, 1));
    expect(() => pkcs8OfSeed(counted(31))).toThrow(RangeError);
    expect(() => seedOfPkcs8(changed(exported, 3))).toThrow(RangeError);
  });
});

async function makeKey(): Promise<CryptoKeyPair> {
  const usages: KeyUsage[] = ['sign', 'verify'];
  return (await crypto.subtle.generateKey('Ed25519', false, usages)) as CryptoKeyPair;
}
