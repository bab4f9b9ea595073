import { createPublicKey } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Keys, openKeys } from '../../src/shell/keys';
import { forgetSeen, loadSeen, rememberSeen } from '../../src/shell/seen';
import { MemoryShelf } from '../../src/shell/shelf';
import { base64url } from '../../src/wire/base64';
import { pkcs8OfSeed } from '../../src/wire/ed25519';
import { counted, hex } from '../support/bytes';

const MEETING = base64url(counted(16));
const OTHER = base64url(counted(16, 1));

describe('the keys of a browser', () => {
  it('are one device key, which nobody can read', async () => {
    const keys = new Keys(new MemoryShelf());
    const device = await keys.device();
    expect(await keys.device()).toBe(device);
    expect(device.privateKey.extractable).toBe(false);
    await expect(crypto.subtle.exportKey('pkcs8', device.privateKey)).rejects.toThrow();
  });

  it('are the same for two that ask at the same time', async () => {
    const keys = new Keys(new MemoryShelf());
    const [one, other] = await Promise.all([keys.device(), keys.device()]);
    expect(one).toBe(other);
  });

  it('take a host key from its seed and wipe the seed', async () => {
    const keys = new Keys(new MemoryShelf());
    const seed = counted(32, 1);
    const pkcs8 = Buffer.from(pkcs8OfSeed(seed));
    const { x } = createPublicKey({ key: pkcs8, format: 'der', type: 'pkcs8' } as never).export({
      format: 'jwk',
    });
    const host = await keys.importHost(MEETING, seed);
    expect(seed).toEqual(new Uint8Array(32));
    expect(host.privateKey.extractable).toBe(false);
    expect(base64url(await rawOf(host.publicKey))).toBe(x);
    expect(await isPair(host)).toBe(true);
    expect(await keys.host(MEETING)).toBe(host);
    expect(await keys.host(OTHER)).toBeNull();
    await keys.forgetHost(MEETING);
    expect(await keys.host(MEETING)).toBeNull();
  });

  it('keep the host key that is there when somebody sends a link with another seed', async () => {
    const keys = new Keys(new MemoryShelf());
    const made = await keys.makeHost();
    await keys.keepHost(MEETING, made.keys);
    const seed = counted(32, 7);
    expect(await keys.importHost(MEETING, seed)).toBe(made.keys);
    expect(seed).toEqual(new Uint8Array(32));
    expect(await keys.host(MEETING)).toBe(made.keys);
  });

  it('wipe a seed that is none, too', async () => {
    const seed = counted(31, 1);
    await expect(new Keys(new MemoryShelf()).importHost(MEETING, seed)).rejects.toThrow(RangeError);
    expect(seed).toEqual(new Uint8Array(31));
  });

  it('make a host key whose seed gives the same key elsewhere', async () => {
    const keys = new Keys(new MemoryShelf());
    const made = await keys.makeHost();
    expect(made.keys.privateKey.extractable).toBe(false);
    expect(await isPair(made.keys)).toBe(true);
    expect(await keys.host(MEETING)).toBeNull();
    await keys.keepHost(MEETING, made.keys);
    expect(await keys.host(MEETING)).toBe(made.keys);
    const elsewhere = await new Keys(new MemoryShelf()).importHost(MEETING, made.seed);
    expect(hex(await rawOf(elsewhere.publicKey))).toBe(hex(made.publicKey));
    expect(hex(await rawOf(made.keys.publicKey))).toBe(hex(made.publicKey));
  });

  it('live in memory where nothing can be kept, and say so', async () => {
    const keys = await openKeys(); // Node has no IndexedDB
    expect(keys.isLasting).toBe(false);
    expect(await keys.device()).toBe(await keys.device());
  });
});

describe('device keys met before', () => {
  const DAY = 86_400_000;
  const key = (number: number): string =>
    base64url(counted(32, number).map((byte, at) => (at < 2 ? number >> (8 * at) : byte)));

  beforeEach(() => vi.stubGlobal('localStorage', fakeStorage()));
  afterEach(() => vi.unstubAllGlobals());

  it('are known with the day of the first time', () => {
    rememberSeen(key(1), 10 * DAY + 5);
    rememberSeen(key(2), 11 * DAY);
    rememberSeen(key(1), 12 * DAY);
    expect(loadSeen()).toEqual([
      [key(2), 11 * DAY],
      [key(1), 10 * DAY],
    ]);
    forgetSeen();
    expect(loadSeen()).toEqual([]);
  });

  it('are at most 2,000; who was not met for longest is forgotten', () => {
    const all = Array.from({ length: 2000 }, (_, number) => [key(number), 3]);
    localStorage.setItem('incamera.seen', JSON.stringify(all));
    rememberSeen(key(0), 4 * DAY);
    rememberSeen(key(2000), 5 * DAY);
    const seen = loadSeen();
    expect(seen).toHaveLength(2000);
    expect(seen.slice(-2)).toEqual([
      [key(0), 3 * DAY],
      [key(2000), 5 * DAY],
    ]);
    expect(seen.some(([each]) => each === key(1))).toBe(false);
  });

  it.each(['no JSON', '{}', '[["short",1]]', `[["${'A'.repeat(43)}","1"]]`, '[null]'])(
    'are none when the storage holds %s',
    (kept) => {
      localStorage.setItem('incamera.seen', kept);
      expect(loadSeen()).toEqual([]);
    },
  );

  it('are none when storage is forbidden', () => {
    vi.stubGlobal('localStorage', {
      getItem: () => {
        throw new Error('forbidden');
      },
      setItem: () => {
        throw new Error('forbidden');
      },
    });
    rememberSeen(key(1), DAY);
    expect(loadSeen()).toEqual([]);
  });

  it('take no key that is none', () => {
    rememberSeen('short', DAY);
    expect(loadSeen()).toEqual([]);
  });
});

async function rawOf(key: CryptoKey): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.exportKey('raw', key));
}

async function isPair({ privateKey, publicKey }: CryptoKeyPair): Promise<boolean> {
  const signature = await crypto.subtle.sign('Ed25519', privateKey, counted(9));
  return crypto.subtle.verify('Ed25519', publicKey, signature, counted(9));
}

function fakeStorage(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> {
  const kept = new Map<string, string>();
  return {
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => void kept.set(name, value),
    removeItem: (name) => void kept.delete(name),
  };
}
