// What of a frame stays readable for the server, and how the rest is packed, for each codec:
// docs/protocol/encryption.md 9. Whatever is not exactly of this form is refused, in both directions.

import { concat } from './sframe';

export type FrameCodec = 'opus' | 'vp8' | 'vp9' | 'av1';

type Bytes = Uint8Array<ArrayBuffer>;

/** A frame from the encoder, taken apart. */
export interface PlainFrame {
  /** readable by all, and authenticated */
  readonly clear: Bytes;
  readonly plain: Bytes;
}

/** A frame from the network, taken apart. */
export interface SealedFrame {
  readonly clear: Bytes;
  readonly sealed: Bytes;
}

const NONE = new Uint8Array();

const VP8_KEY_FRAME_CLEAR_BYTES = 10;

// AV1 specification 5.3.2 and 6.2.2
const OBU_SEQUENCE_HEADER = 1;
const OBU_FRAME = 6;
const OBU_TYPE_SHIFT = 3;
const OBU_HAS_EXTENSION = 0x04;
const OBU_HAS_SIZE = 0x02;
const OBU_ZERO_BITS = 0x81; // forbidden bit and reserved bit
const LEB128_BYTES_MAX = 8;

interface Obu {
  readonly type: number;
  /** has a size field and no extension */
  readonly isPlain: boolean;
  readonly payload: Bytes;
  readonly end: number;
}

export function codecOf(mimeType: string): FrameCodec | null {
  switch (mimeType.toLowerCase()) {
    case 'audio/opus':
      return 'opus';
    case 'video/vp8':
      return 'vp8';
    case 'video/vp9':
      return 'vp9';
    case 'video/av1':
      return 'av1';
    default:
      return null;
  }
}

/** Null: no frame of this codec; it must not be sent. */
export function takeApart(codec: FrameCodec, frame: Bytes): PlainFrame | null {
  switch (codec) {
    case 'opus':
    case 'vp9':
      return { clear: NONE, plain: frame };
    case 'vp8': {
      const length = vp8ClearBytes(frame);
      return length === null
        ? null
        : { clear: frame.subarray(0, length), plain: frame.subarray(length) };
    }
    case 'av1': {
      const clear = av1SequenceHeader(frame);
      return clear && { clear, plain: frame };
    }
  }
}

/** What is sent. */
export function pack(codec: FrameCodec, { clear, sealed }: SealedFrame): Bytes {
  return concat(clear, codec === 'av1' ? writeObu(OBU_FRAME, sealed) : sealed);
}

/** The inverse of pack(); null: nothing that pack() makes. */
export function unpack(codec: FrameCodec, frame: Bytes): SealedFrame | null {
  switch (codec) {
    case 'opus':
    case 'vp9':
      return { clear: NONE, sealed: frame };
    case 'vp8': {
      const length = vp8ClearBytes(frame);
      return length === null
        ? null
        : { clear: frame.subarray(0, length), sealed: frame.subarray(length) };
    }
    case 'av1':
      return unpackAv1(frame);
  }
}

/** What the decoder gets. */
export function restore(codec: FrameCodec, { clear, plain }: PlainFrame): Bytes {
  // The plaintext of AV1 is the whole temporal unit, with the sequence header.
  return codec === 'av1' ? plain : concat(clear, plain);
}

/** RFC 6386 9.1: bit 0 of the first byte is 0 in a key frame, whose 10 bytes hold start code and size. */
function vp8ClearBytes(frame: Bytes): number | null {
  const first = frame[0];
  if (first === undefined) return null;
  const length = (first & 1) === 0 ? VP8_KEY_FRAME_CLEAR_BYTES : 1;
  return frame.length < length ? null : length;
}

/** The clear part of a temporal unit; empty without a sequence header, null when it is no such unit. */
function av1SequenceHeader(unit: Bytes): Bytes | null {
  if (unit.length === 0) return null;
  let clear: Bytes = NONE;
  for (let at = 0; at < unit.length;) {
    const obu = readObu(unit, at);
    if (!obu) return null;
    if (obu.type === OBU_SEQUENCE_HEADER && clear.length === 0) {
      clear = writeObu(OBU_SEQUENCE_HEADER, obu.payload);
    }
    at = obu.end;
  }
  return clear;
}

function unpackAv1(frame: Bytes): SealedFrame | null {
  const first = readObu(frame, 0);
  if (!first?.isPlain) return null;
  if (first.type === OBU_FRAME) {
    return first.end === frame.length ? { clear: NONE, sealed: first.payload } : null;
  }
  if (first.type !== OBU_SEQUENCE_HEADER) return null;
  const second = readObu(frame, first.end);
  if (second?.type !== OBU_FRAME || !second.isPlain || second.end !== frame.length) return null;
  // Packets carry no size field, so the one that is here is the receiving browser's own: what was
  // authenticated is the shortest one.
  return { clear: writeObu(OBU_SEQUENCE_HEADER, first.payload), sealed: second.payload };
}

/** AV1 specification 5.3. The last one of a unit may go without a size. */
function readObu(bytes: Bytes, from: number): Obu | null {
  const head = bytes[from];
  if (head === undefined || (head & OBU_ZERO_BITS) !== 0) return null;
  const hasExtension = (head & OBU_HAS_EXTENSION) !== 0;
  const hasSize = (head & OBU_HAS_SIZE) !== 0;
  const type = head >> OBU_TYPE_SHIFT;
  const at = from + (hasExtension ? 2 : 1);
  if (at > bytes.length) return null;
  const size = hasSize ? readLeb128(bytes, at) : { value: bytes.length - at, end: at };
  if (!size || size.value > bytes.length - size.end) return null;
  const end = size.end + size.value;
  const payload = bytes.subarray(size.end, end);
  return { type, isPlain: hasSize && !hasExtension, payload, end };
}

function writeObu(type: number, payload: Uint8Array): Bytes {
  const head = new Uint8Array([(type << OBU_TYPE_SHIFT) | OBU_HAS_SIZE]);
  return concat(head, writeLeb128(payload.length), payload);
}

/** AV1 specification 4.10.5: "It is a requirement of bitstream conformance that the value returned
 * from the leb128 parsing process is less than or equal to (1 << 32) - 1." */
function readLeb128(bytes: Bytes, from: number): { value: number; end: number } | null {
  let value = 0;
  for (let index = 0; index < LEB128_BYTES_MAX; index++) {
    const byte = bytes[from + index];
    if (byte === undefined) return null;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (value >= 2 ** 32) return null;
    if ((byte & 0x80) === 0) return { value, end: from + index + 1 };
  }
  return null;
}

function writeLeb128(value: number): Bytes {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 0x80;
    rest = Math.floor(rest / 0x80);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return new Uint8Array(bytes);
}
