import { describe, expect, it } from 'vitest';
import { base64url } from '../../src/wire/base64';
import { codeDigits, codeEmoji, codeGroups } from '../../src/wire/code';
import { CHAT_MAX, decodeInner, encodeInner, type InnerMessage } from '../../src/wire/inner';
import { utf8 } from '../../src/wire/utf8';
import { counted } from '../support/bytes';

const ID = base64url(counted(16));
const HASH = base64url(counted(32));

const GOOD: readonly InnerMessage[] = [
  { type: 'chat', id: ID, text: 'Hello\n"you" 🎉' },
  { type: 'chat', id: ID, text: '🎉'.repeat(CHAT_MAX) },
  { type: 'hand', up: true },
  { type: 'reaction', emoji: '👍' },
  { type: 'name', name: 'علي' },
  { type: 'head', size: 12, root: HASH, epoch: 11 },
  { type: 'link', generation: 2, secret: ID },
  { type: 'grant', key: HASH, authority: base64url(counted(65)) },
  { type: 'undecodable', leaf: 7 },
  { type: 'leave' },
];

describe('an application message', () => {
  it.each(GOOD.map((message) => [message.type, message] as const))('%s is read', (_, message) => {
    expect(decodeInner(encodeInner(message))).toEqual(message);
  });

  it.each([
    '{}',
    '[]',
    'null',
    '{"type":"unknown"}',
    '{"type":"leave","extra":1}',
    '{"type":"leave","type":"leave"}',
    '{"type":"leave"} x',
    '{"type":"hand"}',
    '{"type":"hand","up":1}',
    `{"type":"chat","id":"${ID}","text":""}`,
    `{"type":"chat","id":"${ID}","text":"${'x'.repeat(CHAT_MAX + 1)}"}`,
    `{"type":"chat","id":"${ID}","text":"\\u0000"}`,
    `{"type":"chat","id":"${ID}","text":"\\ud800"}`,
    `{"type":"chat","id":"${ID.slice(1)}","text":"x"}`,
    `{"type":"chat","id":"${ID.slice(0, -1)}x","text":"x"}`,
    '{"type":"reaction","emoji":"x"}',
    '{"type":"name","name":" Ana"}',
    `{"type":"head","size":-1,"root":"${HASH}","epoch":0}`,
    `{"type":"head","size":1.5,"root":"${HASH}","epoch":0}`,
    `{"type":"head","size":9007199254740992,"root":"${HASH}","epoch":0}`,
    `{"type":"head","size":1,"root":"${ID}","epoch":0}`,
    `{"type":"link","generation":0,"secret":"${ID}"}`,
    `{"type":"grant","key":"${HASH}","authority":"${HASH}"}`,
    '{"type":"undecodable","leaf":4294967296}',
  ])('is refused: %.80s', (text) => {
    expect(decodeInner(utf8(text))).toBeUndefined();
  });

  it('is refused when it is too long or no UTF-8', () => {
    const text = `{"type":"leave"}${' '.repeat(8192 - 16)}`;
    expect(decodeInner(utf8(text))).toEqual({ type: 'leave' });
    expect(decodeInner(utf8(`${text} `))).toBeUndefined();
    expect(decodeInner(Uint8Array.of(0x22, 0xff, 0x22))).toBeUndefined();
  });

  it('is not written when nobody would read it', () => {
    expect(() => encodeInner({ type: 'chat', id: ID, text: '' })).toThrow(RangeError);
    expect(() => encodeInner({ type: 'name', name: 'x ' })).toThrow(RangeError);
  });
});

describe('the code of a meeting', () => {
  it('is 30 digits of the number', () => {
    expect(codeDigits(new Uint8Array(16))).toBe('0'.repeat(30));
    // 2^128 - 1 = 340282366920938463463374607431768211455
    expect(codeDigits(new Uint8Array(16).fill(255))).toBe('920938463463374607431768211455');
    expect(codeGroups(codeDigits(counted(16))).map(({ length }) => length)).toEqual(
      Array.from({ length: 6 }, () => 5),
    );
  });

  it('is 12 emoji', () => {
    expect(codeEmoji(counted(16, 250))).toEqual([250, 251, 252, 253, 254, 255, 0, 1, 2, 3, 4, 5]);
  });
});
