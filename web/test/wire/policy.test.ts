import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { COUNTRIES } from '../../src/wire/countries';
import {
  decodePolicy,
  encodePolicy,
  newPolicy,
  type Policy,
  type PolicyWish,
} from '../../src/wire/policy';
import { changed, counted, expectOnlyWhole, fromHex, hex } from '../support/bytes';
import { readVectors } from '../support/vectors';

const POLICY: Policy = {
  id: counted(16),
  meeting: counted(16, 16),
  countries: ['AT', 'DE'],
  operatorKeysHash: counted(32, 32),
  logPolicyHash: counted(32, 64),
  minNodeSetSerial: (1n << 64n) - 1n,
  maxHops: 2,
  flags: 15,
  excludedByPhysics: ['US'],
  hostKeys: [counted(32, 128), counted(32, 96)],
  issuers: [
    { issuer: 'http://localhost:9000', audience: 'x', thumbprints: [] },
    {
      issuer: 'https://id.example.org',
      audience: 'in-camera',
      thumbprints: [counted(32, 3), counted(32, 4)],
    },
  ],
  lobby: 'lobby',
  suite: 5,
};
const WISH: PolicyWish = {
  id: counted(16),
  meeting: counted(16),
  countries: ['DE'],
  operatorKeysHash: counted(32, 32),
  logPolicyHash: counted(32, 64),
  nodeSetSerial: 12n,
  hostKeys: [],
  issuers: [],
  lobby: 'open',
};
const NOTHING = new Uint8Array(createHash('sha256').digest());
const BYTES = encodePolicy(POLICY);
const KEYS = [counted(32, 1), counted(32)];
/** Where things stand in BYTES. */
const AT = { countries: 33, hops: 111, flags: 112, excluded: 113, hostKeys: 117 };

describe('the countries', () => {
  it('are those of ISO 3166-1, in order', () => {
    const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
    expect(COUNTRIES).toHaveLength(249);
    expect([...COUNTRIES].sort()).toEqual(COUNTRIES);
    expect(new Set(COUNTRIES).size).toBe(249);
    expect(COUNTRIES.filter((code) => names.of(code) === undefined)).toEqual([]);
  });
});

describe('a policy', () => {
  it('is read as it was written', () => {
    expect(decodePolicy(BYTES)).toEqual(POLICY);
    expect(hex(BYTES.subarray(0, 2))).toBe('0100');
    expect(hex(BYTES.subarray(AT.countries, AT.countries + 6))).toBe('000441544445');
    expect([BYTES[AT.hops], BYTES[AT.flags]]).toEqual([2, 15]);
    expect(hex(BYTES.subarray(AT.excluded, AT.excluded + 6))).toBe('000255530040');
    expect(hex(BYTES.subarray(-3))).toBe('010005');
  });

  it('is read whole or not at all', () => {
    expectOnlyWhole(BYTES, decodePolicy);
  });

  it('of a new meeting is bound to the operator and the log, with one node between two', () => {
    const policy = newPolicy(WISH);
    const { operatorKeysHash, logPolicyHash } = WISH;
    expect(policy).toMatchObject({ operatorKeysHash, logPolicyHash, minNodeSetSerial: 12n });
    expect(policy).toMatchObject({ maxHops: 2, flags: 0, suite: 4, excludedByPhysics: [] });
    expect(decodePolicy(encodePolicy(policy))).toEqual(policy);
  });

  it('brings the countries into their order, each once', () => {
    const policy = newPolicy({ ...WISH, countries: ['FR', 'AT', 'DE', 'AT'] });
    expect(policy.countries).toEqual(['AT', 'DE', 'FR']);
    expect(decodePolicy(encodePolicy(policy))).toEqual(policy);
  });

  it('brings the issuers into their order', () => {
    const issuers = [
      issuer('https://b'),
      issuer('https://a'),
      { ...issuer('https://b'), audience: 'a' },
    ];
    const policy = newPolicy({ ...WISH, issuers });
    expect(policy.issuers).toEqual([issuers[1], issuers[2], issuers[0]]);
    expect(decodePolicy(encodePolicy(policy))).toEqual(policy);
  });

  it.each<[string, Partial<Policy>]>([
    ['no country', { countries: [] }],
    ['countries out of order', { countries: ['DE', 'AT'] }],
    ['a country twice', { countries: ['AT', 'AT'] }],
    ['a country in small letters', { countries: ['at'] }],
    ['a country of three letters', { countries: ['AUT'] }],
    ['excluded countries out of order', { excludedByPhysics: ['US', 'CN'] }],
    ['the operator keys of nobody', { operatorKeysHash: NOTHING }],
    ['no log', { logPolicyHash: NOTHING }],
    ['no hop', { maxHops: 0 }],
    ['too many hops', { maxHops: 17 }],
    ['an unknown flag', { flags: 16 }],
    ['a host key twice', { hostKeys: [counted(32), counted(32)] }],
    ['a host key that is too short', { hostKeys: [counted(31)] }],
    ['33 host keys', { hostKeys: Array.from({ length: 33 }, (_, index) => counted(32, index)) }],
    ['a lobby without a host', { hostKeys: [] }],
    ['a serial that is too large', { minNodeSetSerial: 1n << 64n }],
    ['an id that is too long', { id: counted(17) }],
    [
      '17 issuers',
      { issuers: Array.from({ length: 17 }, (_, at) => issuer(`https://${at + 10}`)) },
    ],
    ['an issuer twice', { issuers: [issuer('https://a'), issuer('https://a')] }],
    ['issuers out of order', { issuers: [issuer('https://b'), issuer('https://a')] }],
    ['thumbprints out of order', { issuers: [{ ...issuer('https://a'), thumbprints: KEYS }] }],
    ['an issuer with a query', { issuers: [issuer('https://a?b')] }],
    ['an issuer without a host', { issuers: [issuer('https:///a')] }],
    ['an issuer without encryption', { issuers: [issuer('http://id.example.org')] }],
    ['an issuer that only begins like this machine', { issuers: [issuer('http://localhost.org')] }],
    ['an issuer of another scheme', { issuers: [issuer('ftp://id.example.org')] }],
    ['an issuer without a name', { issuers: [issuer('')] }],
    ['an issuer with a line break', { issuers: [issuer('https://a\n')] }],
    ['an issuer without a client id', { issuers: [{ ...issuer('https://a'), audience: '' }] }],
    ['half a thumbprint', { issuers: [{ ...issuer('https://a'), thumbprints: [counted(16)] }] }],
  ])('is not written with %s', (_, wrong) => {
    expect(() => encodePolicy({ ...POLICY, ...wrong })).toThrow(RangeError);
  });

  it.each([
    ['another version', 0, 2],
    ['an unknown lobby mode', BYTES.length - 3, 3],
    ['an unknown cipher suite', BYTES.length - 1, 6],
    ['half a country', AT.countries + 1, 3],
    ['host keys of another length', AT.hostKeys + 1, 63],
  ])('is not read with %s', (_, at, to) => {
    expect(decodePolicy(changed(BYTES, at, to))).toBeUndefined();
  });
});

interface PolicyVector {
  readonly name: string;
  readonly encoding: string;
  readonly sha256: string;
  readonly fields: {
    readonly policy_id: string;
    readonly meeting_id: string;
    readonly allowed_countries: readonly string[];
    readonly operator_keys_sha256: string;
    readonly log_policy_sha256: string;
    readonly min_node_set_serial: string;
    readonly max_hops: number;
    readonly flags: number;
    readonly excluded_by_physics: readonly string[];
    readonly host_keys: readonly string[];
    readonly issuers: readonly {
      readonly issuer: string;
      readonly audience: string;
      readonly jwk_thumbprints: readonly string[];
    }[];
    readonly lobby_mode: 1 | 2;
    readonly sframe_suite: 4 | 5;
  };
}

describe('the vectors of a policy', () => {
  const { valid, invalid, unbound = [] } = readVectors<PolicyVector>('policy.json');

  it.each(valid)('$name', ({ encoding, sha256, fields }) => {
    const bytes = fromHex(encoding);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
    expect(decodePolicy(bytes)).toEqual(policyOf(fields));
    expect(hex(encodePolicy(policyOf(fields)))).toBe(encoding);
    expectOnlyWhole(bytes, decodePolicy);
  });

  it('know what is bound to nothing', () => {
    expect(unbound).toHaveLength(3);
  });

  it.each([...invalid, ...unbound])('$name is refused', ({ encoding }) => {
    expect(decodePolicy(fromHex(encoding))).toBeUndefined();
  });
});

function policyOf(fields: PolicyVector['fields']): Policy {
  return {
    id: fromHex(fields.policy_id),
    meeting: fromHex(fields.meeting_id),
    countries: fields.allowed_countries,
    operatorKeysHash: fromHex(fields.operator_keys_sha256),
    logPolicyHash: fromHex(fields.log_policy_sha256),
    minNodeSetSerial: BigInt(fields.min_node_set_serial),
    maxHops: fields.max_hops,
    flags: fields.flags,
    excludedByPhysics: fields.excluded_by_physics,
    hostKeys: fields.host_keys.map(fromHex),
    issuers: fields.issuers.map(({ issuer, audience, jwk_thumbprints }) => ({
      issuer,
      audience,
      thumbprints: jwk_thumbprints.map(fromHex),
    })),
    lobby: fields.lobby_mode === 1 ? 'lobby' : 'open',
    suite: fields.sframe_suite,
  };
}

function issuer(url: string): Policy['issuers'][number] {
  return { issuer: url, audience: 'in-camera', thumbprints: [] };
}
