import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import {
  base64,
  base64url,
  base64urlLength,
  fromBase64,
  fromBase64url,
} from '../../src/wire/base64';
import { Reader, Writer, areEqual, compare, concat, pieces } from '../../src/wire/bytes';
import { fromUtf8, utf8 } from '../../src/wire/utf8';
import { counted, hex } from '../support/bytes';

describe('a reader', () => {
  it('reads what a writer wrote', () => {
    const bytes = new Writer()
      .u8(255)
      .u16(0xfedc)
      .u32(0xfedc_ba98)
      .u64(0xfedc_ba98_7654_3210n)
      .vector(counted(3), 0, 255)
      .vector(counted(2), 0, 256)
      .bytes(counted(4), 4)
      .finish();
    expect(hex(bytes)).toBe('fffedcfedcba98fedcba9876543210030001020002000100010203');
    const reader = new Reader(bytes);
    expect(reader.u8()).toBe(255);
    expect(reader.u16()).toBe(0xfedc);
    expect(reader.u32()).toBe(0xfedc_ba98);
    expect(reader.u64()).toBe(0xfedc_ba98_7654_3210n);
    expect(reader.vector(0, 255)).toEqual(counted(3));
    expect(reader.vector(0, 256)).toEqual(counted(2));
    expect(reader.isWhole).toBe(false);
    expect(reader.bytes(4)).toEqual(counted(4));
    expect(reader.isWhole).toBe(true);
  });

  it('remembers a mistake and reads nothing after it', () => {
    const reader = new Reader(counted(8, 1));
    expect(reader.bytes(9)).toEqual(new Uint8Array(9));
    expect([reader.u8(), reader.u32(), reader.left]).toEqual([0, 0, 0]);
    expect([reader.isBroken, reader.isWhole]).toEqual([true, false]);
  });

  it.each([
    ['shorter than its minimum', [1, 7], 2],
    ['longer than its maximum', [4, 1, 2, 3, 4], 0],
    ['longer than what is there', [3, 1, 2], 0],
  ])('refuses a vector that is %s', (_, bytes, min) => {
    const reader = new Reader(Uint8Array.from(bytes));
    expect(reader.vector(min, 3)).toEqual(new Uint8Array(0));
    expect(reader.isBroken).toBe(true);
  });

  it('lends nothing: what was read stays', () => {
    const bytes = counted(4);
    const read = new Reader(bytes).bytes(4);
    bytes.fill(9);
    expect(read).toEqual(counted(4));
  });
});

describe('a writer', () => {
  it.each<[string, (writer: Writer) => void]>([
    ['a number that is too large', (writer) => writer.u8(256)],
    ['a number below zero', (writer) => writer.u16(-1)],
    ['a fraction', (writer) => writer.u32(1.5)],
    ['a long number that is too large', (writer) => writer.u64(1n << 64n)],
    ['a vector that is too long', (writer) => writer.vector(counted(3), 0, 2)],
    ['bytes of another length', (writer) => writer.bytes(counted(3), 4)],
  ])('does not finish with %s', (_, write) => {
    const writer = new Writer();
    write(writer);
    writer.u8(1);
    expect(() => writer.finish()).toThrow(RangeError);
  });
});

describe('bytes', () => {
  it('are compared, joined and cut', () => {
    expect(areEqual(counted(5), counted(5))).toBe(true);
    expect(areEqual(counted(5), counted(6))).toBe(false);
    expect(areEqual(counted(5), counted(5, 1))).toBe(false);
    expect(compare(counted(2), counted(3))).toBe(-1);
    expect(compare(counted(2, 1), counted(3))).toBe(1);
    expect(compare(counted(3), counted(3))).toBe(0);
    expect(concat(counted(2), counted(0), counted(1))).toEqual(Uint8Array.of(0, 1, 0));
    expect(pieces(counted(5), 2).map(hex)).toEqual(['0001', '0203', '04']);
  });
});

describe('base64', () => {
  it('is that of RFC 4648, both ways', () => {
    for (let length = 0; length < 70; length++) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 89 + length * 31) & 255);
      const buffer = Buffer.from(bytes);
      expect(base64url(bytes)).toBe(buffer.toString('base64url'));
      expect(base64url(bytes)).toHaveLength(base64urlLength(length));
      expect(base64(bytes)).toBe(buffer.toString('base64'));
      expect(fromBase64url(base64url(bytes), length)).toEqual(bytes);
      expect(fromBase64url(base64url(bytes), length + 1)).toBeUndefined();
      expect(fromBase64(base64(bytes))).toEqual(bytes);
    }
  });

  it.each(['A', 'AB', 'AAB', 'AA==', 'AA=', 'AAAAA', 'A+AA', 'A/AA', 'AA A', 'AAA\n', 'ÄAAA'])(
    'refuses %j as base64url',
    (text) => expect(fromBase64url(text)).toBeUndefined(),
  );

  it.each(['AA', 'AAA', 'AB==', 'AAB=', 'A===', '====', 'AA=A', 'A-AA', 'AA==AA=='])(
    'refuses %j as base64',
    (text) => expect(fromBase64(text)).toBeUndefined(),
  );
});

describe('UTF-8', () => {
  it('is that of everybody', () => {
    const text = 'a\u0000\u007f\u0080\u07ff\u0800\uffff\u{10000}\u{10ffff}%41 Ана 🎉';
    expect(utf8(text)).toEqual(Uint8Array.from(Buffer.from(text)));
    expect(fromUtf8(utf8(text))).toBe(text);
  });

  it.each(['c080', 'e08080', 'eda080', 'f4908080', 'ff', '80', 'c3', 'e282', '41c3'])(
    'refuses %s',
    (text) => expect(fromUtf8(Uint8Array.from(Buffer.from(text, 'hex')))).toBeUndefined(),
  );
});
