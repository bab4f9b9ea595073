import { describe, expect, it } from 'vitest';
import {
  codecOf,
  pack,
  restore,
  takeApart,
  unpack,
  type FrameCodec,
  type SealedFrame,
} from '../../src/worker/codec';
import { concat } from '../../src/worker/sframe';

type Bytes = Uint8Array<ArrayBuffer>;

const bytes = (...values: number[]): Bytes => Uint8Array.from(values);

/** A small generator, so that a failure comes back. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const fill = (length: number, random: (below: number) => number): Bytes =>
  Uint8Array.from({ length }, () => random(256));

/** Comparing texts is much faster than comparing arrays. */
const hexOf = (parts: SealedFrame | null): unknown =>
  parts && [parts.clear, parts.sealed].map((each) => Buffer.from(each).toString('hex'));

function leb128(value: number, width = 1): number[] {
  const out: number[] = [];
  for (let rest = value; rest > 0 || out.length < width; rest = Math.floor(rest / 128)) {
    out.push(rest % 128);
  }
  return out.map((byte, index) => (index < out.length - 1 ? byte | 0x80 : byte));
}

const obu = (type: number, payload: Bytes, width = 1): Bytes =>
  concat(bytes((type << 3) | 2, ...leb128(payload.length, width)), payload);

const TEMPORAL_DELIMITER = bytes(0x12, 0);
const SEQUENCE_HEADER = obu(1, bytes(0, 0, 0, 4, 0x3c, 0xfe, 0xcc, 1, 0xa0, 8));

/** Frames as encoders make them. */
const FRAMES: Readonly<Record<FrameCodec, (isKey: boolean, content: Bytes) => Bytes>> = {
  opus: (_, content) => content,
  vp8: (isKey, content) =>
    concat(isKey ? bytes(0x50, 0x14, 0, 0x9d, 1, 0x2a, 0x40, 1, 0xb4, 0) : bytes(0x51), content),
  vp9: (_, content) => content,
  av1: (isKey, content) =>
    concat(TEMPORAL_DELIMITER, isKey ? SEQUENCE_HEADER : bytes(), obu(6, content)),
};

const CODECS = Object.keys(FRAMES) as FrameCodec[];

describe('what stays readable', () => {
  it.each([
    ['opus', true, 0],
    ['vp8', true, 10],
    ['vp8', false, 1],
    ['vp9', true, 0],
    ['av1', true, SEQUENCE_HEADER.length],
    ['av1', false, 0],
  ] as const)('%s, key frame %s: %d bytes', (codec, isKey, length) => {
    const parts = takeApart(codec, FRAMES[codec](isKey, bytes(1, 2, 3)));
    expect(parts?.clear).toHaveLength(length);
  });

  it('is the sequence header of AV1, byte by byte', () => {
    const parts = takeApart('av1', FRAMES.av1(true, bytes(1, 2, 3)));
    expect(parts?.clear).toEqual(SEQUENCE_HEADER);
  });
});

describe('packing', () => {
  it.each(CODECS)('%s: what is sealed comes back, and so does the frame', (codec) => {
    const random = numbers(7);
    for (let round = 0; round < 300; round++) {
      const frame = FRAMES[codec](random(2) === 0, fill(random(400), random));
      if (frame.length === 0) continue;
      const parts = takeApart(codec, frame);
      if (!parts) throw new Error('taken for no frame');
      const sealed = fill(18 + random(20_000), random);
      const packed = pack(codec, { clear: parts.clear, sealed });
      expect(hexOf(unpack(codec, packed))).toEqual(hexOf({ clear: parts.clear, sealed }));
      expect(Buffer.from(restore(codec, parts)).equals(frame)).toBe(true);
    }
  });

  it('of AV1 gives the server nothing but a sequence header and one frame', () => {
    const sealed = fill(300, numbers(1));
    const packed = pack('av1', { clear: SEQUENCE_HEADER, sealed });
    expect(packed).toEqual(concat(SEQUENCE_HEADER, bytes(0x32, 0xac, 0x02), sealed));
  });
});

describe('a temporal unit of AV1', () => {
  const apart = (...parts: Bytes[]): unknown => takeApart('av1', concat(...parts));

  it('may have its last OBU without a size, padding, and extensions', () => {
    const last = concat(bytes(0x30), bytes(9, 9, 9));
    expect(apart(TEMPORAL_DELIMITER, last)).not.toBeNull();
    expect(apart(obu(15, bytes(0, 0)), obu(6, bytes(1)))).not.toBeNull();
    expect(apart(bytes(0x36, 0x08, 1, 5))).not.toBeNull();
  });

  it('has its sequence header written in its shortest form', () => {
    const long = obu(1, bytes(1, 2, 3), 4);
    expect(takeApart('av1', concat(long, obu(6, bytes(5))))?.clear).toEqual(obu(1, bytes(1, 2, 3)));
  });

  it('is refused when it is none', () => {
    expect(apart()).toBeNull();
    expect(apart(bytes(0x80))).toBeNull(); // the forbidden bit
    expect(apart(bytes(0x33, 1, 0))).toBeNull(); // the reserved bit
    expect(apart(bytes(0x32))).toBeNull(); // no size
    expect(apart(bytes(0x32, 5, 1, 2))).toBeNull(); // longer than it is
    expect(apart(bytes(0x34))).toBeNull(); // no extension
    expect(apart(bytes(0x32, 0x80))).toBeNull(); // a size without an end
    expect(apart(bytes(0x32, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01))).toBeNull();
    expect(apart(bytes(0x32, 0x80, 0x80, 0x80, 0x80, 0x10))).toBeNull(); // 2^32
  });
});

describe('strict reading', () => {
  it.each(CODECS)('%s: random bytes never throw, and what is read can be packed again', (codec) => {
    const random = numbers(99);
    for (let round = 0; round < 3000; round++) {
      const frame = fill(random(60), random);
      if (codec === 'av1' && frame.length > 0 && random(2) === 0) frame[0] = 0x32;
      const parts = unpack(codec, frame);
      takeApart(codec, frame);
      if (parts) expect(hexOf(unpack(codec, pack(codec, parts)))).toEqual(hexOf(parts));
    }
  });

  it('refuses each shortened frame of AV1', () => {
    const packed = pack('av1', { clear: SEQUENCE_HEADER, sealed: fill(300, numbers(3)) });
    for (let length = 0; length < packed.length; length++) {
      expect(unpack('av1', packed.slice(0, length))).toBeNull();
    }
    expect(unpack('av1', concat(packed, bytes(0)))).toBeNull();
  });

  it('refuses what nobody packs for AV1', () => {
    const frame = obu(6, bytes(1, 2, 3));
    expect(unpack('av1', frame)).not.toBeNull();
    for (const each of [
      concat(frame, frame),
      concat(TEMPORAL_DELIMITER, frame),
      concat(SEQUENCE_HEADER, SEQUENCE_HEADER, frame),
      concat(SEQUENCE_HEADER, obu(3, bytes(1))),
      obu(3, bytes(1)),
      bytes(0x30, 1, 2, 3), // no size field
      bytes(0x36, 0x08, 1, 5), // an extension
      SEQUENCE_HEADER,
    ]) {
      expect(unpack('av1', each)).toBeNull();
    }
  });

  it('refuses a key frame of VP8 that lacks its head', () => {
    const key = FRAMES.vp8(true, bytes());
    expect(unpack('vp8', key)).not.toBeNull();
    for (let length = 0; length < key.length; length++) {
      expect(unpack('vp8', key.slice(0, length))).toBeNull();
      expect(takeApart('vp8', key.slice(0, length))).toBeNull();
    }
  });
});

describe('the codec of a frame', () => {
  it('is known by its MIME type', () => {
    expect(['audio/opus', 'video/VP8', 'video/VP9', 'video/AV1'].map(codecOf)).toEqual(CODECS);
  });

  it.each(['video/H264', 'audio/red', 'video/rtx', ''])('%s is none of ours', (mimeType) => {
    expect(codecOf(mimeType)).toBeNull();
  });
});
