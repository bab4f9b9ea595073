import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Keyring, type EpochKeys, type ReceiveKey } from '../../src/worker/frame_keys';
import type { FrameSource } from '../../src/worker/frame_report';

function epoch(number: number, change: Partial<EpochKeys> = {}): EpochKeys {
  return {
    type: 'epoch',
    epoch: number,
    baseKey: new Uint8Array(16).fill(number + 1),
    suite: 4,
    leafBits: 3,
    ownLeaf: 1,
    leaves: [0, 2, 5],
    added: [],
    ...change,
  };
}

function keyring(...epochs: EpochKeys[]): Keyring {
  const keys = new Keyring();
  for (const each of epochs) keys.on(each, 0);
  return keys;
}

const kid = (context: number, leaf: number, number: number, leafBits = 3): bigint =>
  (BigInt(context) << BigInt(leafBits + 4)) | (BigInt(leaf) << 4n) | BigInt(number % 16);

const find = (keys: Keyring, id: bigint, source: FrameSource = 'camera'): string | number => {
  const found = keys.receiveKey(id, source);
  return found.type === 'key' ? found.key.leaf : found.type;
};

const keyOf = (keys: Keyring, id: bigint): ReceiveKey => {
  const found = keys.receiveKey(id, 'camera');
  if (found.type !== 'key') throw new Error(found.type);
  return found.key;
};

describe('sending', () => {
  it('has no key before it is told to send', () => {
    const keys = keyring(epoch(3));
    expect(keys.sendKey('camera')).toBeNull();
    keys.on({ type: 'send-with', epoch: 4 }, 0);
    expect(keys.sendKey('camera')).toBeNull();
    keys.on(epoch(4), 0);
    expect(keys.sendKey('camera')?.epoch).toBe(4);
  });

  it.each([
    ['microphone', 0],
    ['camera', 1],
    ['screen', 2],
    ['screen-sound', 3],
  ] as const)('names its leaf, its epoch and %s', (source, context) => {
    const keys = keyring(epoch(21));
    keys.on({ type: 'send-with', epoch: 21 }, 0);
    expect(keys.sendKey(source)?.kid).toBe(kid(context, 1, 21));
  });

  it('never gives one counter twice, whoever asks', () => {
    const keys = keyring(epoch(3));
    keys.on({ type: 'send-with', epoch: 3 }, 0);
    const take = (): bigint | undefined => keys.sendKey('camera')?.nextCounter();
    expect([take(), take()]).toEqual([0n, 1n]);
    keys.on(epoch(3), 0); // the same epoch once more begins nothing anew
    keys.on(epoch(4), 0);
    expect(take()).toBe(2n);
    expect(keys.sendKey('microphone')?.nextCounter()).toBe(0n);
    keys.on({ type: 'send-with', epoch: 4 }, 0);
    expect(take()).toBe(0n);
    keys.on({ type: 'send-with', epoch: 3 }, 0); // never back
    expect([keys.sendKey('camera')?.epoch, take()]).toEqual([4, 1n]);
  });

  it('ends with the epoch that it uses, and with stop', () => {
    const keys = keyring(epoch(3), epoch(4));
    keys.on({ type: 'send-with', epoch: 3 }, 0);
    keys.on({ type: 'forget', epoch: 3 }, 0);
    expect(keys.sendKey('camera')).toBeNull();
    keys.on({ type: 'send-with', epoch: 4 }, 0);
    expect(keys.sendKey('camera')).not.toBeNull();
    keys.on({ type: 'stop' }, 0);
    expect(keys.sendKey('camera')).toBeNull();
    expect(find(keys, kid(1, 2, 4))).toBe('unknown-epoch');
  });
});

describe('many commits in a second', () => {
  it('leave a sender at most one epoch behind, and take it nowhere before it may send', () => {
    const keys = keyring(epoch(1));
    for (const next of [2, 3]) keys.on(epoch(next), 0);
    expect(keys.sendKey('camera')).toBeNull();
    keys.on({ type: 'send-with', epoch: 3 }, 0);
    keys.on(epoch(4), 0);
    expect(keys.sendKey('camera')?.epoch).toBe(3);
    for (const next of [5, 6, 7, 8, 9]) {
      keys.on(epoch(next), 0);
      expect(keys.sendKey('camera')?.epoch).toBe(next - 1);
    }
    keys.on({ type: 'send-with', epoch: 6 }, 0); // late: never back
    expect(keys.sendKey('camera')?.epoch).toBe(8);
  });
});

describe('base keys', () => {
  it('are wiped at once, also those that are not taken', async () => {
    const good = epoch(3);
    const again = epoch(3);
    const short = epoch(4, { baseKey: new Uint8Array(15).fill(9) });
    const keys = keyring(good, again, short);
    for (const { baseKey } of [good, again, short]) {
      expect(baseKey.every((byte) => byte === 0)).toBe(true);
    }
    expect(keys.newest?.epoch).toBe(3);
    // What was imported is the key all the same, and not its zeros.
    const { salt } = await keyOf(keys, kid(1, 2, 3)).keys;
    const zeros = keyring(epoch(3, { baseKey: new Uint8Array(16) }));
    expect(salt).not.toEqual((await keyOf(zeros, kid(1, 2, 3)).keys).salt);
  });

  it('must have the length of their suite', () => {
    const five = { suite: 5, baseKey: new Uint8Array(32).fill(1) } as const;
    expect(keyring(epoch(1, five)).newest?.epoch).toBe(1);
    expect(keyring(epoch(1, { suite: 5 })).newest).toBeNull();
  });
});

describe('receiving', () => {
  it('takes the key that the KID names, and derives it once', () => {
    const keys = keyring(epoch(3));
    const key = keyOf(keys, kid(1, 5, 3));
    expect(key.leaf).toBe(5);
    expect(keyOf(keys, kid(1, 5, 3))).toBe(key);
  });

  it('refuses another source, ourselves, and whoever is not in the group', () => {
    const keys = keyring(epoch(3));
    expect(find(keys, kid(0, 2, 3), 'camera')).toBe('foreign');
    expect(find(keys, kid(1, 2, 3), 'microphone')).toBe('foreign');
    expect(find(keys, kid(2, 2, 3), 'camera')).toBe('foreign');
    expect(find(keys, kid(4, 2, 3), 'microphone')).toBe('foreign'); // contexts are not cut off
    expect(find(keys, kid(1, 1, 3))).toBe('foreign');
    expect(find(keys, kid(1, 3, 3))).toBe('foreign');
    expect(find(keys, 2n ** 64n - 13n)).toBe('foreign');
    expect(find(keys, kid(1, 2, 3))).toBe(2);
  });

  it('reads the leaf with the bits of its epoch', () => {
    const keys = keyring(epoch(3), epoch(4, { leafBits: 4, leaves: [0, 2, 5, 9] }));
    expect(find(keys, kid(1, 9, 4, 4))).toBe(9);
    expect(find(keys, kid(1, 5, 3, 3))).toBe(5);
    expect(find(keys, kid(1, 5, 4, 3))).toBe('foreign');
  });

  it('knows an epoch by its last 4 bits, and the newest of two', () => {
    const keys = keyring(epoch(3), epoch(19, { leaves: [7] }));
    expect(find(keys, kid(1, 7, 19))).toBe(7);
    expect(find(keys, kid(1, 2, 3))).toBe('foreign');
    expect(find(keys, kid(1, 2, 5))).toBe('unknown-epoch');
  });
});

describe('an epoch that is not known', () => {
  const isPast = (keys: Keyring, number: number): boolean | null => {
    const found = keys.receiveKey(kid(1, 2, number), 'camera');
    return found.type === 'unknown-epoch' ? found.isPast : null;
  };

  it('is over when it lies up to 8 behind the newest, else it is to come', () => {
    const keys = keyring(epoch(20));
    expect([19, 18, 12].map((number) => isPast(keys, number))).toEqual([true, true, true]);
    expect([21, 22, 27].map((number) => isPast(keys, number))).toEqual([false, false, false]);
    expect(isPast(keys, 20)).toBeNull();
  });

  it('is to come as long as there is none', () => {
    expect(isPast(keyring(), 3)).toBe(false);
  });
});

describe('old epochs', () => {
  it('are forgotten when told so, after 10 s, and beyond the third', () => {
    const keys = keyring(epoch(1), epoch(2), epoch(3), epoch(4));
    expect(find(keys, kid(1, 2, 1))).toBe(2);
    keys.on(epoch(5), 0);
    expect(find(keys, kid(1, 2, 1))).toBe('unknown-epoch');
    keys.on({ type: 'forget', epoch: 3 }, 0);
    expect(find(keys, kid(1, 2, 3))).toBe('unknown-epoch');
    keys.tick(9999);
    expect(find(keys, kid(1, 2, 4))).toBe(2);
    keys.tick(10_000);
    expect(find(keys, kid(1, 2, 4))).toBe('unknown-epoch');
    expect(find(keys, kid(1, 2, 5))).toBe(2);
  });

  it('end for the removed at once', () => {
    const keys = keyring(epoch(3));
    const held = keyOf(keys, kid(1, 5, 3));
    expect(keys.isValid(held)).toBe(true);
    keys.on(epoch(4, { leaves: [0, 2] }), 0);
    expect(find(keys, kid(1, 5, 3))).toBe('foreign');
    expect(find(keys, kid(1, 2, 3))).toBe(2);
    expect(keys.isValid(held)).toBe(false); // so that what is being opened is not shown
    // Nor does another one who gets this leaf bring it back.
    keys.on(epoch(5, { leaves: [0, 2, 5], added: [5] }), 0);
    expect(find(keys, kid(1, 5, 3))).toBe('foreign');
    expect(find(keys, kid(1, 5, 5))).toBe(5);
  });

  it('end for a leaf that the same commit gave to another one', () => {
    const keys = keyring(epoch(3), epoch(4, { added: [5] }));
    expect(find(keys, kid(1, 5, 3))).toBe('foreign');
    expect(find(keys, kid(1, 5, 4))).toBe(5);
  });
});

describe('waiting for keys', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('ends with the next change, or with the time', async () => {
    const keys = keyring();
    const first = keys.change(500);
    keys.on(epoch(1), 0);
    await first;
    let isOver = false;
    void keys.change(500).then(() => (isOver = true));
    await vi.advanceTimersByTimeAsync(499);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(isOver).toBe(true);
  });
});
