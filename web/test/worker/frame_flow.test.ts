// From an encoder to a decoder through both transforms, in memory: what may pass and what may not.

import { beforeEach, describe, expect, it, vi } from 'vitest';
import { FrameHealth } from '../../src/worker/frame_health';
import { Keyring } from '../../src/worker/frame_keys';
import { FrameReceiver } from '../../src/worker/frame_receiver';
import type { FrameCounts, FrameSource, FrameWord } from '../../src/worker/frame_report';
import { FrameSender } from '../../src/worker/frame_sender';
import { pump, type EncodedFrame } from '../../src/worker/frame_stream';
import { FrameTally } from '../../src/worker/frame_tally';
import { bytesOf, epochKeys, frame, Line, vp8 } from '../support/frames';

const SENDER = 1;
const RECEIVER = 2;

class Tally extends FrameTally {
  /** frames of which it is known what became of them */
  total = 0;

  override count(what: keyof FrameCounts): void {
    this.total++;
    super.count(what);
  }
}

/** One sender and one receiver; what the one puts out is put into the other by hand. */
class Pair {
  readonly sending = new Line();
  readonly receiving = new Line();
  readonly keys = { send: new Keyring(), receive: new Keyring() };
  readonly tally = { send: new Tally(), receive: new Tally() };
  readonly said: FrameWord[] = [];
  readonly health = new FrameHealth((word) => this.said.push(word));

  constructor(sent: FrameSource = 'camera', received: FrameSource = 'camera') {
    void new FrameSender(this.keys.send, this.tally.send, sent, this.sending.transformer).run();
    const room = {
      keys: this.keys.receive,
      tally: this.tally.receive,
      health: this.health,
      now: () => performance.now(),
      heldBytes: 0,
    };
    void new FrameReceiver(room, '11', received, this.receiving.transformer).run();
  }

  epoch(number: number): void {
    this.keys.send.on(epochKeys(number, SENDER, RECEIVER), performance.now());
    this.keys.receive.on(epochKeys(number, RECEIVER, SENDER), performance.now());
    this.keys.send.on({ type: 'send-with', epoch: number }, performance.now());
  }

  /** Frames as they leave the sender. */
  async seal(...frames: EncodedFrame[]): Promise<EncodedFrame[]> {
    const before = this.sending.out.length;
    await this.#put('send', this.sending, frames);
    return this.sending.out.slice(before);
  }

  /** The bytes of what is rendered. */
  async open(...frames: EncodedFrame[]): Promise<number[][]> {
    const before = this.receiving.out.length;
    await this.#put('receive', this.receiving, frames);
    return this.receiving.out.slice(before).map(bytesOf);
  }

  /** Until all that is in them has been worked on. */
  async #put(side: 'send' | 'receive', line: Line, frames: readonly EncodedFrame[]): Promise<void> {
    const until = this.tally[side].total + frames.filter(({ data }) => data.byteLength > 0).length;
    line.put(...frames);
    await vi.waitFor(() => expect(this.tally[side].total).toBe(until), {
      timeout: 20_000,
      interval: 2,
    });
    await settle(5);
  }

  counts(side: 'send' | 'receive'): Partial<FrameCounts> {
    const counts = this.tally[side].take() ?? ({} as FrameCounts);
    return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
  }
}

const settle = (ms = 30): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function copy(of: EncodedFrame, change: (bytes: number[]) => void = () => undefined): EncodedFrame {
  const bytes = bytesOf(of);
  change(bytes);
  return frame(of.getMetadata().mimeType ?? '', bytes, of.type === 'key' ? 'key' : 'delta');
}

function only<T>(list: readonly T[]): T {
  const [first] = list;
  if (first === undefined || list.length !== 1) throw new Error(`${list.length} instead of one`);
  return first;
}

let pair: Pair;

beforeEach(() => {
  pair = new Pair();
});

describe('sending', () => {
  it('drops everything without a key', async () => {
    expect(await pair.seal(vp8('key', 1, 2), vp8('delta', 3))).toEqual([]);
    pair.keys.send.on(epochKeys(4, SENDER, RECEIVER), 0); // a key, but nobody said that it is used
    expect(await pair.seal(vp8('key', 1, 2))).toEqual([]);
    expect(pair.counts('send')).toEqual({ unsent: 3 });
  });

  it('drops what it does not know, and frames that are broken', async () => {
    pair.epoch(4);
    const strange = [frame('video/H264', [1, 2, 3]), vp8('key'), frame('video/AV1', [0x80])];
    const broken = copy(vp8('key', 1), (bytes) => bytes.splice(5));
    const out = await pair.seal(...strange, broken, frame('video/VP9', []));
    expect(out.map(bytesOf).map((bytes) => bytes.length)).toEqual([10 + 2 + 16]);
    expect(pair.counts('send')).toEqual({ sealed: 1, unsent: 3 });
  });

  it('leaves the clear bytes readable and nothing else', async () => {
    pair.epoch(4);
    const content = Array.from({ length: 40 }, () => 0x61);
    const [key, delta] = (await pair.seal(vp8('key', ...content), vp8('delta', ...content))).map(
      bytesOf,
    );
    expect(key?.slice(0, 10)).toEqual(bytesOf(vp8('key')));
    expect(delta?.[0]).toBe(0x51);
    for (const bytes of [key, delta]) {
      expect(Buffer.from(bytes ?? []).includes(Buffer.from([0x61, 0x61, 0x61]))).toBe(false);
    }
  });

  it('asks for a key frame with each new key', async () => {
    pair.epoch(4);
    await pair.seal(vp8('delta', 1), vp8('delta', 1));
    expect(pair.sending.keyFramesAsked).toBe(1);
    pair.epoch(5);
    await pair.seal(vp8('delta', 1), vp8('delta', 1));
    expect(pair.sending.keyFramesAsked).toBe(2);
  });

  it('is over with stop, also for what is in flight', async () => {
    pair.epoch(4);
    pair.sending.put(vp8('key', 1), vp8('delta', 1));
    pair.keys.send.on({ type: 'stop' }, 0);
    await settle();
    expect(await pair.seal(vp8('delta', 2))).toEqual([]);
    expect(pair.sending.out).toEqual([]);
  });
});

describe('receiving', () => {
  it('gives the decoder what the encoder made, in order', async () => {
    pair.epoch(4);
    const frames = [vp8('key', 1, 2), ...Array.from({ length: 50 }, (_, i) => vp8('delta', i))];
    const plain = frames.map(bytesOf);
    expect(await pair.open(...(await pair.seal(...frames)))).toEqual(plain);
    expect(pair.said).toContainEqual({ type: 'decrypts', mid: '11', leaf: SENDER });
    expect(pair.counts('receive')).toEqual({ opened: 51 });
  });

  it('renders no frame of which a single bit differs', async () => {
    pair.epoch(4);
    const sealed = only(await pair.seal(vp8('key', 1, 2)));
    const bits = bytesOf(sealed).length * 8;
    const forged = Array.from({ length: bits }, (_, bit) =>
      copy(sealed, (bytes) => (bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7)))),
    );
    expect(await pair.open(...forged)).toEqual([]);
    await settle(1300); // bits of the KID made other epochs, which are waited for
    expect(pair.receiving.out).toEqual([]);
    expect(await pair.open(sealed)).toHaveLength(1);
  }, 10_000);

  it('renders no plain frame, and counts no empty one', async () => {
    pair.epoch(4);
    const out = await pair.open(vp8('key', ...Array.from({ length: 60 }, (_, i) => i)));
    await settle(600);
    expect(out.concat(pair.receiving.out.map(bytesOf))).toEqual([]);
    pair.counts('receive');
    expect(await pair.open(frame('video/VP8', []))).toEqual([]);
    expect(pair.counts('receive')).toEqual({});
  });

  it('renders a frame once', async () => {
    pair.epoch(4);
    const sealed = only(await pair.seal(vp8('key', 1)));
    expect(await pair.open(copy(sealed), copy(sealed))).toHaveLength(1);
    expect(await pair.open(copy(sealed))).toEqual([]);
    expect(pair.counts('receive')).toEqual({ opened: 1, replayed: 2 });
  });

  it('renders no screen on the track of a camera', async () => {
    pair = new Pair('screen');
    pair.epoch(4);
    expect(await pair.open(...(await pair.seal(vp8('key', 1))))).toEqual([]);
    expect(pair.counts('receive')).toEqual({ foreign: 1 });
  });

  it('renders nobody who was removed, not even from an old epoch', async () => {
    pair.epoch(4);
    const [first, second] = await pair.seal(vp8('key', 1), vp8('delta', 2));
    if (!first || !second) throw new Error('not sealed');
    expect(await pair.open(first)).toHaveLength(1);
    pair.keys.receive.on(epochKeys(5, RECEIVER), 0);
    expect(await pair.open(second)).toEqual([]);
    expect(pair.counts('receive')).toEqual({ opened: 1, foreign: 1 });
  });

  it('goes on without a gap when the epoch changes', async () => {
    pair.epoch(4);
    const before = await pair.seal(vp8('key', 1), vp8('delta', 2));
    pair.epoch(5);
    const after = await pair.seal(vp8('delta', 3), vp8('delta', 4));
    expect(await pair.open(...before, ...after)).toEqual(
      [vp8('key', 1), vp8('delta', 2), vp8('delta', 3), vp8('delta', 4)].map(bytesOf),
    );
    expect(pair.receiving.keyFramesAsked).toBe(1); // once for the new epoch
  });

  it('holds a frame of an epoch that comes a moment later', async () => {
    pair.epoch(4);
    pair.keys.receive.clear();
    const sealed = await pair.seal(vp8('key', 1), vp8('delta', 2));
    pair.receiving.put(...sealed);
    await settle();
    expect(pair.receiving.out).toEqual([]);
    pair.keys.receive.on(epochKeys(4, RECEIVER, SENDER), 0);
    await vi.waitFor(() => expect(pair.receiving.out).toHaveLength(2));
    expect(pair.receiving.out.map(bytesOf)).toEqual([vp8('key', 1), vp8('delta', 2)].map(bytesOf));
  });

  it('lets nothing wait for an epoch that is over', async () => {
    pair.epoch(4);
    const old = await pair.seal(vp8('key', 1));
    pair = new Pair(); // a newcomer, who has never had the keys of before
    pair.epoch(5);
    const fresh = await pair.seal(vp8('key', 2));
    expect(await pair.open(...old, ...fresh)).toEqual([bytesOf(vp8('key', 2))]);
    expect(pair.counts('receive')).toEqual({ opened: 1, unknownEpoch: 1 });
  });

  it('drops it after 500 ms', async () => {
    pair.epoch(4);
    pair.keys.receive.clear();
    const sealed = await pair.seal(vp8('key', 1));
    const start = performance.now();
    await pair.open(...sealed);
    expect(performance.now() - start).toBeGreaterThan(490);
    pair.keys.receive.on(epochKeys(4, RECEIVER, SENDER), 0);
    await settle();
    expect(pair.receiving.out).toEqual([]);
    expect(pair.counts('receive')).toEqual({ unknownEpoch: 1 });
  });

  it('holds 4 MiB and no more', async () => {
    pair.epoch(4);
    pair.keys.receive.clear();
    const large = Array.from({ length: 3 }, () => vp8('delta'));
    for (const each of large) each.data = new Uint8Array(1_500_000).fill(1).buffer;
    await pair.open(...(await pair.seal(...large)));
    expect(pair.counts('receive')).toEqual({ overflowed: 1, unknownEpoch: 2 });
  }, 10_000);

  it('asks for a key frame after a gap', async () => {
    pair.epoch(4);
    const frames = [vp8('key', 1), vp8('delta', 2), vp8('delta', 3), vp8('delta', 4)];
    const [key, lost, ...rest] = await pair.seal(...frames);
    if (!key || !lost) throw new Error('not sealed');
    await pair.open(key);
    expect(pair.receiving.keyFramesAsked).toBe(0);
    await pair.open(copy(lost, (bytes) => (bytes[20] = (bytes[20] ?? 0) ^ 1)));
    expect(await pair.open(...rest)).toHaveLength(2);
    expect(pair.receiving.keyFramesAsked).toBe(1);
  });
});

describe('the pump', () => {
  const leave = (_: EncodedFrame, isGood?: boolean): boolean => isGood === true;

  it('works on a few frames at a time and writes them in the order in which they came', async () => {
    const line = new Line();
    const open: (() => void)[] = [];
    const work = (): Promise<boolean> => new Promise((resolve) => open.push(() => resolve(true)));
    void pump(line.transformer, work, 3, leave);
    const frames = [1, 2, 3, 4, 5].map((value) => vp8('delta', value));
    line.put(...frames);
    await settle(5);
    expect(open).toHaveLength(3);
    open[2]?.();
    open[1]?.();
    await settle(5);
    expect(line.out).toEqual([]);
    open[0]?.();
    await settle(5);
    expect(line.out).toEqual(frames.slice(0, 3));
    expect(open).toHaveLength(5);
  });

  it('goes on when the work on a frame fails', async () => {
    const line = new Line();
    let count = 0;
    const work = (): Promise<boolean> =>
      ++count === 1 ? Promise.reject(new Error('once')) : Promise.resolve(true);
    const end = pump(line.transformer, work, 3, leave);
    line.put(vp8('delta', 1), vp8('delta', 2));
    line.end();
    await end;
    await settle(5);
    expect(line.out).toHaveLength(1);
  });
});
