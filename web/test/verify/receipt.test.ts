import { beforeAll, describe, expect, it } from 'vitest';
import { readVerifierKey, type VerifierKey } from '../../src/verify/note';
import { checkFollows, openReceipt, type Receipt } from '../../src/verify/receipt';
import { base64, fromBase64 } from '../../src/wire/base64';
import { utf8 } from '../../src/wire/utf8';
import { fromHex, hex } from '../support/bytes';
import { readText } from '../support/vectors';

type RelayRow = readonly [string, number, number];

interface File {
  readonly key: string;
  readonly valid: readonly {
    readonly name: string;
    readonly note: string;
    readonly sha256: string;
    readonly fields: {
      readonly node: string;
      readonly cert_serial: number;
      readonly cert: string;
      readonly meeting: string;
      readonly member: string;
      readonly policy: string;
      readonly start: number;
      readonly length: number;
      readonly seq: number;
      readonly prev: string | null;
      readonly region: string;
      readonly in: readonly [number, number];
      readonly out: readonly [number, number];
      readonly relay_to: readonly RelayRow[];
      readonly relay_from: readonly RelayRow[];
      readonly rtt_min_us: number | null;
      readonly drop: number;
      readonly end: string;
    };
  }[];
  readonly invalid: readonly {
    readonly name: string;
    readonly reason: string;
    readonly note?: string;
    readonly note_hex?: string;
  }[];
  readonly chains: readonly {
    readonly name: string;
    readonly reason: string;
    readonly notes: readonly string[];
  }[];
}

const FILE = JSON.parse(readText('receipts.json')) as File;
let key: VerifierKey;

const open = async (note: string): Promise<Receipt> => {
  const receipt = await openReceipt(utf8(note), key);
  if (typeof receipt === 'string') throw new Error(receipt);
  return receipt;
};

const relays = (rows: readonly RelayRow[]): unknown =>
  rows.map(([node, packets, bytes]) => ({ node, packets, bytes }));

beforeAll(async () => {
  const read = await readVerifierKey(FILE.key);
  if (!read) throw new Error('the key of the file');
  key = read;
});

describe('route receipts', () => {
  it.each(FILE.valid)('$name', async ({ note, sha256, fields }) => {
    const receipt = await open(note);
    expect(receipt).toEqual({
      node: fields.node,
      certSerial: fields.cert_serial,
      cert: fromBase64(fields.cert),
      meeting: fromBase64(fields.meeting),
      member: fromBase64(fields.member),
      policy: fromBase64(fields.policy),
      start: fields.start,
      length: fields.length,
      seq: fields.seq,
      prev: fields.prev === null ? undefined : fromBase64(fields.prev),
      country: fields.region,
      in: { packets: fields.in[0], bytes: fields.in[1] },
      out: { packets: fields.out[0], bytes: fields.out[1] },
      relayTo: relays(fields.relay_to),
      relayFrom: relays(fields.relay_from),
      rttMin: fields.rtt_min_us ?? undefined,
      drop: fields.drop,
      end: fields.end,
      sha256: fromHex(sha256),
    });
    expect(base64(receipt.cert)).toBe(fields.cert);
    expect(hex(receipt.sha256)).toBe(sha256);
  });

  it('come with enough that is wrong', () => {
    expect(FILE.invalid.length).toBeGreaterThanOrEqual(150);
  });

  it.each(FILE.invalid)('are not: $name ($reason)', async ({ note, note_hex, reason }) => {
    const bytes = note === undefined ? fromHex(note_hex ?? '') : utf8(note);
    expect(await openReceipt(bytes, key)).toBe(reason);
  });

  it('are refused when cut anywhere', async () => {
    const note = utf8(FILE.valid[0]?.note ?? '');
    for (let length = 0; length < note.length; length += 5) {
      expect(typeof (await openReceipt(note.subarray(0, length), key))).toBe('string');
    }
  });

  it.each(FILE.chains)('in a chain: $name ($reason)', async ({ notes, reason }) => {
    let before: Receipt | undefined;
    let verdict: string | undefined;
    for (const note of notes) {
      expect(verdict).toBeUndefined(); // only the last one can be wrong
      const receipt = await open(note);
      verdict = checkFollows(before, receipt, false);
      before = receipt;
    }
    expect(verdict ?? 'good').toBe(reason);
  });
});
