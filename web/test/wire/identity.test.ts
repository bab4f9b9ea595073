import { describe, expect, it } from 'vitest';
import { decodeIcState, encodeIcState } from '../../src/wire/ic_state';
import {
  authorityStatement,
  cicText,
  decodeIdentity,
  deviceStatement,
  encodeIdentity,
  readSealed,
  readSealedIdentity,
  writeSealedIdentity,
  writeSealedNote,
  type Identity,
} from '../../src/wire/identity';
import { cleanName, isName } from '../../src/wire/name';
import { changed, counted, expectOnlyWhole, hex } from '../support/bytes';

const GUEST: Identity = {
  name: 'Ana',
  deviceKey: counted(32),
  deviceSignature: counted(64),
  authority: null,
  token: null,
};
const HOST: Identity = {
  ...GUEST,
  name: 'علي',
  authority: { hostKeyIndex: 1, signature: counted(64, 7) },
  token: { rz: counted(32, 9), idToken: 'abc.def-_.ghi' },
};

describe('an identity', () => {
  it.each([
    ['of a guest', GUEST],
    ['of a host who signed in', HOST],
    ['with the longest parts', { ...HOST, name: 'x'.repeat(64), token: longToken() }],
  ])('%s is read as it was written, in whole blocks', (_, identity) => {
    const bytes = encodeIdentity(identity);
    expect(bytes.length % 256).toBe(0);
    expect(decodeIdentity(bytes)).toEqual(identity);
  });

  it('fits into what is sealed with the longest parts', () => {
    const bytes = encodeIdentity({ ...HOST, name: '🎉'.repeat(63), token: longToken() });
    expect(bytes.length + 33).toBeLessThanOrEqual(8192);
  });

  it('has every length of name up to the next block', () => {
    const lengths = Array.from(
      { length: 64 },
      (_, index) => encodeIdentity({ ...GUEST, name: 'é'.repeat(index + 1) }).length,
    );
    expect(new Set(lengths)).toEqual(new Set([256]));
  });

  it('is read whole or not at all', () => {
    expectOnlyWhole(encodeIdentity(HOST), decodeIdentity);
  });

  it('is refused with padding that says something', () => {
    const bytes = encodeIdentity(GUEST);
    expect(decodeIdentity(changed(bytes, bytes.length - 1))).toBeUndefined();
  });

  it('is refused when another version, a name or a token breaks a rule', () => {
    const bytes = encodeIdentity(GUEST);
    expect(decodeIdentity(changed(bytes, 0, 2))).toBeUndefined();
    expect(decodeIdentity(changed(bytes, 2, 0xff))).toBeUndefined();
    expect(decodeIdentity(changed(bytes, 2, 0x20))).toBeUndefined();
    const token = { rz: counted(32), idToken: 'no token' };
    expect(decodeIdentity(encodeIdentity({ ...GUEST, token }))).toBeUndefined();
  });

  it.each(['', ' Ana', 'Ana ', 'A\u0007na', '\u202eanA', 'x'.repeat(65), '🎉'.repeat(64)])(
    'is not written with the name %j',
    (name) => {
      expect(isName(name)).toBe(false);
      expect(() => encodeIdentity({ ...GUEST, name })).toThrow(RangeError);
    },
  );

  it.each([
    '\u200b',
    '\u3164',
    '\u200d\ufe0f',
    'A\u200bna',
    '\u2060Ana',
    'Ana\u00ad',
    'A\u{e0061}na',
  ])('has a name that is seen, and as it is seen: not %j', (name) => {
    expect(isName(name)).toBe(false);
    expect(isName(cleanName(name).trim())).toBe(/[An]/.test(name));
  });

  it.each(['علی\u200cرضا', '👩\u200d👧', '❤\ufe0f', 'Ł. Ōta'])('may have the name %j', (name) => {
    expect([isName(name), cleanName(name)]).toEqual([true, name]);
  });
});

describe('what is sealed', () => {
  const sealed = { sealId: counted(4), nonce: counted(12, 4), ciphertext: counted(17, 16) };

  it('has its frame', () => {
    const identity = writeSealedIdentity(sealed);
    expect(hex(identity)).toBe(`01${hex(counted(33))}`);
    expect(readSealedIdentity(identity)).toEqual(sealed);
    expect(readSealedIdentity(changed(identity, 0, 2))).toBeUndefined();
    expect(readSealedIdentity(counted(8193, 1))).toBeUndefined();
    expect(readSealed(writeSealedNote(sealed))).toEqual(sealed);
    expect(readSealed(counted(31))).toBeUndefined();
    expect(readSealed(counted(32))).toBeDefined();
  });
});

describe('what is signed', () => {
  it('names its purpose, the meeting and the leaf', () => {
    const rest = hex(counted(48));
    const device = deviceStatement(counted(16), counted(32, 16));
    const authority = authorityStatement(counted(16), counted(32, 16));
    expect(hex(device)).toBe(`496e43616d65726120646576696365207631${rest}`);
    expect(hex(authority)).toBe(`496e43616d65726120617574686f72697479207631${rest}`);
  });

  it('for an issuer is one JSON text', () => {
    expect(cicText(new Uint8Array(32), counted(32))).toBe(
      `{"alg":"EdDSA","rz":"${'A'.repeat(43)}","typ":"CIC","upk":{"crv":"Ed25519","kty":"OKP",` +
        '"x":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}}',
    );
  });
});

describe('the state for a newcomer', () => {
  const state = {
    instanceNonce: counted(16),
    isLocked: true,
    generation: 3,
    banKey: counted(32, 16),
    bans: [counted(16), counted(16, 1)],
    logSize: Number.MAX_SAFE_INTEGER,
    logRoot: counted(32, 64),
    earlierSeals: [{ sealId: counted(4), sealKey: counted(32) }],
  };
  const bytes = encodeIcState(state);

  it('is read as it was written, whole or not at all', () => {
    expect(bytes).toHaveLength(1 + 16 + 1 + 4 + 32 + 2 + 32 + 8 + 32 + 2 + 36);
    expect(decodeIcState(bytes)).toEqual(state);
    expectOnlyWhole(bytes, decodeIcState);
  });

  it.each([
    ['another version', 0, 2],
    ['a lock of another value', 17, 2],
    ['generation 0', 21, 0],
    ['half a tag', 55, 31],
    ['a log that is too long', 88, 0x20],
    ['half a seal', 129, 35],
  ])('is refused with %s', (_, at, to) => {
    expect(decodeIcState(changed(bytes, at, to))).toBeUndefined();
  });
});

function longToken(): Identity['token'] {
  return { rz: counted(32), idToken: `a.b.${'c'.repeat(6996)}` };
}
