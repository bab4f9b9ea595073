import { describe, expect, it } from 'vitest';
import {
  decodeAuthority,
  decodeCommitData,
  encodeAuthority,
  encodeCommitData,
  type CommitData,
} from '../../src/wire/commit_data';
import { changed, counted, expectOnlyWhole, fromHex, hex } from '../support/bytes';
import { readVectors } from '../support/vectors';

const AUTHORITY = { hostKeyIndex: 3, signature: counted(64) };
const DATA: CommitData = {
  authority: AUTHORITY,
  acts: [
    { type: 'lock', on: true },
    { type: 'generation', generation: 0x01020304 },
    { type: 'ban', tag: counted(16) },
  ],
};
const SIGNATURE = hex(counted(64));
const HEAD = `014103${SIGNATURE}`;

describe('commit data', () => {
  it('is read as it was written', () => {
    const bytes = encodeCommitData(DATA);
    expect(hex(bytes)).toBe(`${HEAD}001b0101010204010203040310${hex(counted(16))}`);
    expect(decodeCommitData(bytes)).toEqual(DATA);
    expectOnlyWhole(bytes, decodeCommitData, 1);
  });

  it('is empty without authority and acts', () => {
    const nothing = { authority: null, acts: [] };
    expect(encodeCommitData(nothing)).toHaveLength(0);
    expect(decodeCommitData(new Uint8Array())).toEqual(nothing);
  });

  it('has no acts without authority', () => {
    expect(() => encodeCommitData({ ...DATA, authority: null })).toThrow(RangeError);
    expect(decodeCommitData(fromHex('01000003010101'))).toBeUndefined();
  });

  it.each([
    ['another version', `024103${SIGNATURE}0000`],
    ['half an authority', `0140${SIGNATURE}0000`],
    ['an unknown act', `${HEAD}0003040101`],
    ['a lock of another value', `${HEAD}0003010102`],
    ['a lock without a value', `${HEAD}00020100`],
    ['a lock that is too long', `${HEAD}000401020100`],
    ['a generation that is too short', `${HEAD}00050203010203`],
    ['a tag that is too short', `${HEAD}0011030f${hex(counted(15))}`],
    ['two locks', `${HEAD}0006010101010100`],
    ['two generations', `${HEAD}000c020400000002020400000003`],
    ['generation 1', `${HEAD}0006020400000001`],
    ['an act that is cut off', `${HEAD}000101`],
  ])('is refused with %s', (_, bytes) => {
    expect(decodeCommitData(fromHex(bytes))).toBeUndefined();
  });
});

describe('an authority', () => {
  it('is 65 bytes', () => {
    const bytes = encodeAuthority(AUTHORITY);
    expect(bytes).toHaveLength(65);
    expect(decodeAuthority(bytes)).toEqual(AUTHORITY);
    expect(decodeAuthority(changed(bytes, 0, 7))).toEqual({ ...AUTHORITY, hostKeyIndex: 7 });
    expectOnlyWhole(bytes, decodeAuthority);
  });
});

type ActFields =
  | { readonly type: 'lock'; readonly is_locked: boolean }
  | { readonly type: 'generation'; readonly generation: number }
  | { readonly type: 'ban'; readonly tag: string };

interface CommitDataVector {
  readonly name: string;
  readonly encoding: string;
  readonly fields: {
    readonly authority: { readonly host_key_index: number; readonly signature: string } | null;
    readonly acts: readonly ActFields[];
  };
}

describe('the vectors of commit data', () => {
  const { valid, invalid } = readVectors<CommitDataVector>('commit_data.json');

  it.each(valid)('$name', ({ name, encoding, fields }) => {
    const bytes = fromHex(encoding);
    const data = dataOf(fields);
    expect(decodeCommitData(bytes)).toEqual(data);
    if (name === 'nothing') return;
    expectOnlyWhole(bytes, decodeCommitData, 1);
    if (data.authority) expect(hex(encodeCommitData(data))).toBe(encoding);
  });

  it.each(invalid)('$name is refused', ({ encoding }) => {
    expect(decodeCommitData(fromHex(encoding))).toBeUndefined();
  });
});

function dataOf({ authority, acts }: CommitDataVector['fields']): CommitData {
  return {
    authority: authority && {
      hostKeyIndex: authority.host_key_index,
      signature: fromHex(authority.signature),
    },
    acts: acts.map((act) => {
      if (act.type === 'lock') return { type: 'lock', on: act.is_locked };
      return act.type === 'ban' ? { type: 'ban', tag: fromHex(act.tag) } : act;
    }),
  };
}
