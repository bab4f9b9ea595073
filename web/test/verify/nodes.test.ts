import { beforeAll, describe, expect, it } from 'vitest';
import { leafHash } from '../../src/verify/merkle';
import { openNodeCert } from '../../src/verify/node_cert';
import { checkSetSerial, isInSet, openNodeSet } from '../../src/verify/node_set';
import type { SeenText } from '../../src/verify/node_text';
import {
  openOperatorKeys,
  readOperatorKeys,
  type OperatorKeys,
} from '../../src/verify/operator_keys';
import type { Bytes } from '../../src/wire/bytes';
import { utf8 } from '../../src/wire/utf8';
import { fromHex, hex } from '../support/bytes';
import { readText } from '../support/vectors';

interface Refused {
  readonly name: string;
  readonly reason: string;
  readonly note?: string;
  readonly note_hex?: string;
  readonly now: number;
}

interface Certs {
  readonly operator_keys: string;
  readonly valid: readonly {
    readonly name: string;
    readonly note: string;
    readonly leaf: string;
    readonly now: number;
    readonly fields: {
      readonly node: string;
      readonly serial: number;
      readonly region: string;
      readonly region_groups: readonly string[];
      readonly site: readonly [number, number, number];
      readonly entity: string;
      readonly roles: readonly string[];
      readonly dtls_sha256: string;
      readonly receipt_key: string;
      readonly addr: readonly string[];
      readonly not_before: number;
      readonly not_after: number;
      readonly build_sha256: string;
    };
  }[];
  readonly invalid: readonly Refused[];
}

interface Sets {
  readonly operator_keys: string;
  readonly valid: readonly {
    readonly name: string;
    readonly note: string;
    readonly now: number;
    readonly fields: {
      readonly serial: number;
      readonly not_before: number;
      readonly not_after: number;
      readonly certs: readonly string[];
      readonly sha256: string;
    };
  }[];
  readonly invalid: readonly Refused[];
  readonly sequences: readonly {
    readonly name: string;
    readonly steps: readonly {
      readonly note: string;
      readonly serial_min: number;
      readonly reason: string;
    }[];
  }[];
}

interface Lists {
  readonly valid: readonly {
    readonly name: string;
    readonly text: string;
    readonly fields: {
      readonly serial: number;
      readonly previous: string | null;
      readonly threshold: number;
      readonly keys: readonly string[];
      readonly sha256: string;
    };
  }[];
  readonly invalid: readonly { readonly name: string; readonly text: string; reason: string }[];
  readonly chains: readonly {
    readonly name: string;
    readonly reason: string;
    readonly sha256: string;
    readonly lists: readonly string[];
    readonly serial?: number;
  }[];
}

const read = (name: string): unknown => JSON.parse(readText(`nodes/${name}.json`));
const CERTS = read('certs') as Certs;
const SETS = read('sets') as Sets;
const LISTS = read('operator_keys') as Lists;
let keys: OperatorKeys;

const keysOf = async (text: string): Promise<OperatorKeys> => {
  const list = await readOperatorKeys(text);
  if (typeof list === 'string') throw new Error(list);
  return list;
};

const bytesOf = ({ note, note_hex }: Refused): Bytes =>
  note === undefined ? fromHex(note_hex ?? '') : utf8(note);

beforeAll(async () => {
  expect(CERTS.operator_keys).toBe(SETS.operator_keys);
  keys = await keysOf(CERTS.operator_keys);
});

describe('node certificates', () => {
  it.each(CERTS.valid)('$name', async ({ note, leaf, now, fields }) => {
    const cert = await openNodeCert(utf8(note), keys, now);
    if (typeof cert === 'string') throw new Error(cert);
    const [latitude, longitude, radiusKm] = fields.site;
    expect(cert).toMatchObject({
      node: fields.node,
      serial: fields.serial,
      country: fields.region,
      groups: fields.region_groups,
      entity: fields.entity,
      roles: fields.roles,
      notBefore: fields.not_before,
      notAfter: fields.not_after,
    });
    expect(Math.round(cert.site.latitude * 100)).toBe(latitude);
    expect(Math.round(cert.site.longitude * 100)).toBe(longitude);
    expect(cert.site.radiusKm).toBe(radiusKm);
    expect(hex(cert.fingerprint)).toBe(fields.dtls_sha256);
    expect(hex(cert.build)).toBe(fields.build_sha256);
    expect(cert.receiptKey.name).toBe(`${fields.node}/receipt`);
    expect(cert.addresses).toHaveLength(fields.addr.length);
    expect(hex(await leafHash(utf8(note)))).toBe(leaf);
  });

  it.each(CERTS.invalid)('are not: $name ($reason)', async (vector) => {
    expect(await openNodeCert(bytesOf(vector), keys, vector.now)).toBe(vector.reason);
  });

  it('are refused when cut anywhere', async () => {
    const [vector] = CERTS.valid;
    const note = utf8(vector?.note ?? '');
    for (let length = 0; length < note.length; length += 7) {
      expect(typeof (await openNodeCert(note.subarray(0, length), keys, vector?.now ?? 0))).toBe(
        'string',
      );
    }
  });
});

describe('node sets', () => {
  it.each(SETS.valid)('$name', async ({ note, now, fields }) => {
    const set = await openNodeSet(utf8(note), keys, now);
    if (typeof set === 'string') throw new Error(set);
    const { serial, not_before: notBefore, not_after: notAfter } = fields;
    expect(set).toMatchObject({ serial, notBefore, notAfter });
    expect(set.certs.map(hex)).toEqual(fields.certs);
    expect(hex(set.sha256)).toBe(fields.sha256);
    for (const cert of set.certs) expect(isInSet(cert, set)).toBe(true);
    expect(isInSet(new Uint8Array(32), set)).toBe(false);
  });

  it.each(SETS.invalid)('are not: $name ($reason)', async (vector) => {
    expect(await openNodeSet(bytesOf(vector), keys, vector.now)).toBe(vector.reason);
  });

  it.each(SETS.sequences)('in a row: $name', async ({ steps }) => {
    const [{ now } = { now: 0 }] = SETS.valid;
    let seen: SeenText | undefined;
    for (const { note, serial_min: serialMin, reason } of steps) {
      const set = await openNodeSet(utf8(note), keys, now);
      if (typeof set === 'string') throw new Error(set);
      const verdict = checkSetSerial(set, BigInt(serialMin), seen);
      expect(verdict ?? 'good').toBe(reason);
      if (!verdict) seen = set;
    }
  });
});

describe('operator key lists', () => {
  it.each(LISTS.valid)('$name', async ({ text, fields }) => {
    const list = await keysOf(text);
    expect(list.serial).toBe(fields.serial);
    expect(list.previous ? hex(list.previous) : null).toBe(fields.previous);
    expect(list.threshold).toBe(fields.threshold);
    expect(list.keys.map(({ name, id }) => `${name}+${hex(id)}`)).toEqual(
      fields.keys.map((vkey) => vkey.split('+').slice(0, 2).join('+')),
    );
    expect(hex(list.sha256)).toBe(fields.sha256);
  });

  it.each(LISTS.invalid)('are not: $name ($reason)', async ({ text, reason }) => {
    expect(await readOperatorKeys(text)).toBe(reason);
  });

  it.each(LISTS.chains)('in a chain: $name ($reason)', async (vector) => {
    const opened = await openOperatorKeys(vector.lists.map(utf8), fromHex(vector.sha256));
    if (vector.reason !== 'good') expect(opened).toBe(vector.reason);
    else expect(opened).toHaveProperty('serial', vector.serial);
  });

  it('do not go back behind what was seen', async () => {
    const vector = LISTS.chains.find(({ name }) => name === 'rotated');
    const open = (lists: readonly string[], seen: SeenText): ReturnType<typeof openOperatorKeys> =>
      openOperatorKeys(lists.map(utf8), fromHex(vector?.sha256 ?? ''), seen);
    const lists = vector?.lists ?? [];
    const first = await openOperatorKeys(
      lists.slice(0, 1).map(utf8),
      fromHex(vector?.sha256 ?? ''),
    );
    const second = await openOperatorKeys(lists.map(utf8), fromHex(vector?.sha256 ?? ''));
    if (typeof first === 'string' || typeof second === 'string') throw new Error('refused');
    expect(await open(lists, second)).toHaveProperty('serial', 2);
    expect(await open(lists.slice(0, 1), first)).toHaveProperty('serial', 1);
    expect(await open(lists, { serial: 2, sha256: first.sha256 })).toBe('operator_keys');
    expect(await open(lists.slice(0, 1), second)).toBe('operator_keys');
  });
});
