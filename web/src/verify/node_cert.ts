// Node certificates (docs/protocol/nodes.md 2): what an operator claims about one machine, publicly and
// for good. It proves the claim, not where the machine stands.

import { COUNTRIES, isInGroup } from '../wire/countries';
import type { Bytes } from '../wire/bytes';
import { utf8 } from '../wire/utf8';
import { isAfter, readBlock, type Block } from './address';
import { isSpan, openNodeNote, readValidity, type Validity } from './node_note';
import type { FormFault, NodeReason } from '../wire/node_reason';
import { NodeText, readHex, readName, readNumber, readWords } from './node_text';
import { readVerifierKey, type VerifierKey } from './note';
import type { OperatorKeys } from './operator_keys';

const BYTES_MAX = 8192;
const VALIDITY_S_MAX = 1_209_600;
const ENTITY_BYTES_MAX = 128;
const ADDRESSES_MAX = 16;
const RADIUS_KM_MAX = 1000;
const KIND = 'in-camera/node-cert/v1';
const DEGREES = /^-?(?:0|[1-9][0-9]{0,2})\.[0-9]{2}$/;
const ROLES = ['media', 'relay', 'signal'] as const;

export type NodeRole = (typeof ROLES)[number];

/** Where the operator says that the machine stands: degrees, km. */
export interface Site {
  readonly latitude: number;
  readonly longitude: number;
  readonly radiusKm: number;
}

export interface NodeCert extends Validity {
  readonly node: string;
  readonly serial: number;
  /** ISO 3166-1 alpha-2 */
  readonly country: string;
  /** For people; they decide nothing. */
  readonly groups: readonly string[];
  readonly site: Site;
  readonly entity: string;
  readonly roles: readonly NodeRole[];
  /** SHA-256 of the DTLS certificate. */
  readonly fingerprint: Bytes;
  readonly receiptKey: VerifierKey;
  readonly addresses: readonly Block[];
  /** SHA-256 of the program; for people. */
  readonly build: Bytes;
}

/** The form alone: nobody has signed it yet. */
export async function readNodeCert(text: string): Promise<NodeCert | FormFault> {
  if (utf8(text).length > BYTES_MAX) return 'too_large';
  const reader = new NodeText(text, KIND);
  const node = reader.line('node', 'node', readName);
  const serial = reader.line('serial', 'serial', (value) => readNumber(value));
  const country = reader.line('region', 'region', readCountry);
  const groups = reader.line('region-groups', 'region_groups', (value) =>
    readGroups(value, country ?? ''),
  );
  const site = reader.line('site', 'site', readSite);
  const entity = reader.line('entity', 'entity', (value) => readWords(value, ENTITY_BYTES_MAX));
  const roles = reader.line('roles', 'roles', readRoles);
  const fingerprint = reader.line('dtls-sha256', 'dtls_sha256', readHex);
  const receiptLine = reader.line('receipt-key', 'receipt_key', (value) => value) ?? '';
  const receiptKey = await readVerifierKey(receiptLine);
  reader.refuseUnless(receiptKey?.name === `${node ?? ''}/receipt`, 'receipt_key');
  const addresses = readAddresses(reader);
  const validity = readValidity(reader);
  const build = reader.line('build', 'build', readBuild);
  if (reader.fault) return reader.fault;
  if (!isSpan(validity, VALIDITY_S_MAX)) return 'validity';
  const isWhole = node !== undefined && serial !== undefined && country !== undefined;
  if (!isWhole || !groups || !site || entity === undefined || !roles) return 'line';
  if (!fingerprint || !receiptKey || !build) return 'line';
  const who = { node, serial, country, groups, site, entity, roles };
  return { ...validity, ...who, fingerprint, receiptKey, addresses, build };
}

/**
 * What the operator has signed and is valid now (in seconds since 1970). It counts only if the set in
 * force has its leaf hash (node_set.ts).
 */
export async function openNodeCert(
  bytes: Uint8Array,
  keys: OperatorKeys,
  now: number,
): Promise<NodeCert | NodeReason> {
  return openNodeNote(bytes, BYTES_MAX, readNodeCert, keys, now);
}

function readCountry(value: string): string | undefined {
  return COUNTRIES.includes(value) ? value : undefined;
}

function readGroups(value: string, country: string): readonly string[] | undefined {
  if (value === '-') return [];
  const groups = value.split(' ');
  const areTrue = groups.every((group) => isInGroup(country, group));
  return areTrue && isAscending(groups) ? groups : undefined;
}

function readRoles(value: string): readonly NodeRole[] | undefined {
  const names = value.split(' ');
  const roles = ROLES.filter((role) => names.includes(role));
  return isAscending(names) && roles.length === names.length ? roles : undefined;
}

function isAscending(words: readonly string[]): boolean {
  return words.every((word, at) => at === 0 || (words[at - 1] ?? '') < word);
}

function readSite(value: string): Site | undefined {
  const [south = '', east = '', radius = '', ...more] = value.split(' ');
  const [latitude, longitude] = [readDegrees(south, 90), readDegrees(east, 180)];
  const radiusKm = readNumber(radius, 1, RADIUS_KM_MAX);
  if (latitude === undefined || longitude === undefined || radiusKm === undefined) return undefined;
  return longitude !== -180 && more.length === 0 ? { latitude, longitude, radiusKm } : undefined;
}

function readDegrees(value: string, max: number): number | undefined {
  const degrees = DEGREES.test(value) && value !== '-0.00' ? Number(value) : Number.NaN;
  return Math.abs(degrees) <= max ? degrees : undefined;
}

function readAddresses(reader: NodeText): readonly Block[] {
  const blocks: Block[] = [];
  do {
    const block = reader.line('addr', 'addr', (value) => {
      const [read, last] = [readBlock(value), blocks.at(-1)];
      const isNext = read && blocks.length < ADDRESSES_MAX && (!last || isAfter(last, read));
      return isNext ? read : undefined;
    });
    if (block) blocks.push(block);
  } while (reader.isNext('addr'));
  return blocks;
}

function readBuild(value: string): Bytes | undefined {
  const name = 'sha256:';
  return value.startsWith(name) ? readHex(value.slice(name.length)) : undefined;
}
