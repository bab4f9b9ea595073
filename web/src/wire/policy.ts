// IcPolicy (docs/protocol/encryption.md 3): what a meeting is bound to from its first moment. There is
// one encoding of a policy, because its hash stands in the link; anything else is refused.

import { Reader, Writer, areEqual, compare, concat, pieces, type Bytes } from './bytes';
import { fromUtf8, utf8 } from './utf8';

export const POLICY_BYTES_MAX = 10_240;

const VERSION = 1;
const FLAGS = 15;
const HOPS_MAX = 16;
/** From a worker or node to another one, and there to a third. */
const HOPS = 2;
const ISSUERS_MAX = 16;
const KEY_BYTES = 32;
const COUNTRY = /^[A-Z]{2}$/;
const ISSUER = /^(?=[\x21-\x7e]+$)[^?#]*$/;
const ORIGIN = /^(?:https:\/\/[^/].*|http:\/\/localhost(?:[:/].*)?)$/;
const AUDIENCE = /^[\x20-\x7e]+$/;
const LOBBY = { lobby: 1, open: 2 } as const;

export interface Issuer {
  /** OIDC "iss" */
  readonly issuer: string;
  /** client id */
  readonly audience: string;
  /** SHA-256 of keys (RFC 7638); empty: whatever keys the issuer has */
  readonly thumbprints: readonly Bytes[];
}

export interface Policy {
  readonly id: Bytes;
  readonly meeting: Bytes;
  readonly countries: readonly string[];
  readonly operatorKeysHash: Bytes;
  readonly logPolicyHash: Bytes;
  readonly minNodeSetSerial: bigint;
  readonly maxHops: number;
  readonly flags: number;
  readonly excludedByPhysics: readonly string[];
  readonly hostKeys: readonly Bytes[];
  readonly issuers: readonly Issuer[];
  readonly lobby: keyof typeof LOBBY;
  readonly suite: 4 | 5;
}

export interface PolicyWish {
  /** 16 random bytes each */
  readonly id: Bytes;
  readonly meeting: Bytes;
  /** In any order; ISO 3166-1 alpha-2 */
  readonly countries: readonly string[];
  /** SHA-256 of the operator key list in force, and of the policy of the log */
  readonly operatorKeysHash: Bytes;
  readonly logPolicyHash: Bytes;
  /** Of the node set in force: no older one will do */
  readonly nodeSetSerial: bigint;
  readonly hostKeys: readonly Bytes[];
  /** In any order */
  readonly issuers: readonly Issuer[];
  readonly lobby: Policy['lobby'];
  readonly suite?: Policy['suite'];
}

/** SHA-256 of nothing: a list of no keys, which any server could show. Never the hash of a list. */
const HASH_OF_NOTHING = Uint8Array.from(
  [
    0xe3b0c442, 0x98fc1c14, 0x9afbf4c8, 0x996fb924, 0x27ae41e4, 0x649b934c, 0xa495991b, 0x7852b855,
  ].flatMap((word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]),
);

/** The policy of a new meeting. */
export function newPolicy(wish: PolicyWish): Policy {
  const { suite = 4, countries, issuers, nodeSetSerial, ...kept } = wish;
  return {
    ...kept,
    countries: [...new Set(countries)].sort(compareTexts),
    issuers: [...issuers].sort(compareIssuers),
    suite,
    minNodeSetSerial: nodeSetSerial,
    maxHops: HOPS,
    flags: 0,
    excludedByPhysics: [],
  };
}

/** @throws RangeError when the policy has no encoding */
export function encodePolicy(policy: Policy): Bytes {
  const issuers = policy.issuers.map(encodeIssuer);
  const bytes = new Writer()
    .u8(VERSION)
    .bytes(policy.id, 16)
    .bytes(policy.meeting, 16)
    .vector(utf8(policy.countries.join('')), 2, 512)
    .bytes(policy.operatorKeysHash, 32)
    .bytes(policy.logPolicyHash, 32)
    .u64(policy.minNodeSetSerial)
    .u8(policy.maxHops)
    .u8(policy.flags)
    .vector(utf8(policy.excludedByPhysics.join('')), 0, 512)
    .vector(concat(...policy.hostKeys), 0, 1024)
    .vector(concat(...issuers), 0, 8192)
    .u8(LOBBY[policy.lobby])
    .u16(policy.suite)
    .finish();
  // One place knows the rules: what cannot be read back is not written.
  if (!decodePolicy(bytes)) throw new RangeError('a policy breaks a rule');
  return bytes;
}

/** The policy, or undefined when the bytes are not the one encoding of one. */
export function decodePolicy(bytes: Uint8Array): Policy | undefined {
  if (bytes.length > POLICY_BYTES_MAX) return undefined;
  const reader = new Reader(bytes);
  reader.refuseUnless(reader.u8() === VERSION);
  const id = reader.bytes(16);
  const meeting = reader.bytes(16);
  const countries = readCountries(reader, 2);
  const operatorKeysHash = reader.bytes(32);
  const logPolicyHash = reader.bytes(32);
  reader.refuseUnless(![operatorKeysHash, logPolicyHash].some(isOfNothing));
  const minNodeSetSerial = reader.u64();
  const maxHops = reader.u8();
  const flags = reader.u8();
  const excludedByPhysics = readCountries(reader, 0);
  const hostKeys = readKeys(reader, 1024);
  const issuers = readIssuers(reader);
  const lobbyMode = reader.u8();
  const suite = reader.u16();
  const lobby = lobbyMode === LOBBY.lobby ? 'lobby' : 'open';
  reader.refuseUnless(maxHops >= 1 && maxHops <= HOPS_MAX && flags <= FLAGS);
  reader.refuseUnless(lobbyMode === LOBBY[lobby] && (suite === 4 || suite === 5));
  reader.refuseUnless(areDifferent(hostKeys) && (hostKeys.length > 0 || lobby === 'open'));
  if (!reader.isWhole) return undefined;
  return {
    id,
    meeting,
    countries,
    operatorKeysHash,
    logPolicyHash,
    minNodeSetSerial,
    maxHops,
    flags,
    excludedByPhysics,
    hostKeys,
    issuers,
    lobby,
    suite: suite === 5 ? 5 : 4,
  };
}

function encodeIssuer({ issuer, audience, thumbprints }: Issuer): Bytes {
  return new Writer()
    .vector(utf8(issuer), 1, 255)
    .vector(utf8(audience), 1, 255)
    .vector(concat(...thumbprints), 0, 256)
    .finish();
}

function readIssuers(outer: Reader): readonly Issuer[] {
  const issuers: Issuer[] = [];
  const reader = new Reader(outer.vector(0, 8192));
  while (reader.left > 0) {
    const issuer = fromUtf8(reader.vector(1, 255)) ?? '';
    const audience = fromUtf8(reader.vector(1, 255)) ?? '';
    const thumbprints = readKeys(reader, 256);
    issuers.push({ issuer, audience, thumbprints });
    reader.refuseUnless(ISSUER.test(issuer) && ORIGIN.test(issuer) && AUDIENCE.test(audience));
    reader.refuseUnless(isAscending(thumbprints, compare));
  }
  outer.refuseUnless(reader.isWhole && issuers.length <= ISSUERS_MAX);
  outer.refuseUnless(isAscending(issuers, compareIssuers));
  return issuers;
}

/** All of it is ASCII, so that texts compare like their bytes, the shorter one first. */
function compareIssuers(one: Issuer, other: Issuer): number {
  return compareTexts(one.issuer, other.issuer) || compareTexts(one.audience, other.audience);
}

function readCountries(reader: Reader, min: number): readonly string[] {
  const bytes = reader.vector(min, 512);
  const countries = pieces(bytes, 2).map((code) => String.fromCharCode(...code));
  reader.refuseUnless(countries.every((code) => COUNTRY.test(code)));
  reader.refuseUnless(isAscending(countries, compareTexts));
  return countries;
}

function isOfNothing(hash: Uint8Array): boolean {
  return areEqual(hash, HASH_OF_NOTHING);
}

function readKeys(reader: Reader, max: number): readonly Bytes[] {
  const bytes = reader.vector(0, max);
  reader.refuseUnless(bytes.length % KEY_BYTES === 0);
  return pieces(bytes, KEY_BYTES);
}

function compareTexts(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}

/** Sorted, and nothing twice. */
function isAscending<T>(values: readonly T[], order: (one: T, other: T) => number): boolean {
  return values.every((value, index) => {
    const previous = values[index - 1];
    return index === 0 || previous === undefined || order(previous, value) < 0;
  });
}

function areDifferent(keys: readonly Uint8Array[]): boolean {
  return new Set(keys.map((key) => key.join())).size === keys.length;
}
