import { describe, expect, it } from 'vitest';
import { NOTHING_SEEN, proveNode, type NodeVerdict } from '../../src/verify/node_chain';
import { concat } from '../../src/wire/bytes';
import { counted } from '../support/bytes';
import { prove, proven } from '../support/prove_node';
import {
  cosigned,
  DAY,
  HOUR_AGO,
  inCert,
  REFUSED,
  rotated,
  W0,
  W1,
  withKeyList,
  withLists,
  withLogPolicy,
  type Change,
  type Whole,
} from '../support/node_mutations';
import {
  ALICE,
  BORIS,
  CARLA,
  carryOut,
  keyList,
  LOG,
  NOW,
  SET,
  STRANGER,
} from '../support/operator';

/** What the good list is known by. */
const SEEN_KEYS = { serial: 1, sha256: carryOut({}).policy.operatorKeysHash };
const FIRST = keyList([ALICE, STRANGER], 2);
const SECOND = rotated([ALICE, STRANGER], 2, FIRST);
const [SECOND_TEXT = ''] = SECOND.split(/(?<=\n)\n/u);

describe('a node', () => {
  it('is proven', async () => {
    const verdict = await prove();
    expect(verdict).toMatchObject({
      kind: 'proven',
      node: 'eu-fra-1.meet.example.org',
      country: 'DE',
      entity: 'Example e.V., Frankfurt, DE',
      site: { latitude: 50.11, longitude: 8.68, radiusKm: 25 },
      fingerprint: counted(32, 0x40),
      certSerial: 7,
      setSerial: 12,
      isSingleKey: false,
      witnessed: 2,
      witnessedAt: HOUR_AGO,
      checkpoint: { origin: LOG.name, size: 5 },
      seen: { operatorKeys: { serial: 1 }, set: { serial: 12 } },
    });
  });

  it.each(REFUSED)('is refused with %s (%s: %s)', async (_, part, reason, change) => {
    expect(await prove(change)).toEqual({ kind: 'refused', part, reason });
  });

  it('is refused in as many ways as there are', () => {
    expect(REFUSED.length).toBeGreaterThanOrEqual(40);
    expect(new Set(REFUSED.map(([name]) => name)).size).toBe(REFUSED.length);
  });

  it.each<readonly [string, Change]>([
    [
      'the last second of the set',
      { now: 1_795_996_799, cosigners: [W0, W1].map((w) => [w, 1_795_996_799] as const) },
    ],
    ['a head that was seen a day ago', cosigned([W0, NOW - DAY], [W1, NOW - DAY])],
    ['a third person', { certSigners: [ALICE, BORIS, CARLA] }],
    ['a stranger beside two', { certSigners: [ALICE, STRANGER, BORIS] }],
    ['the set of the policy', { minNodeSetSerial: 12n }],
    [
      'what was seen, again',
      {
        seen: { operatorKeys: SEEN_KEYS, certSerials: new Map([['eu-fra-1.meet.example.org', 7]]) },
      },
    ],
    ['a rotated list', withLists(rotated([BORIS, CARLA]))],
    [
      'the lists before that of the policy',
      { keyLists: [FIRST, SECOND], keyListOfPolicy: SECOND_TEXT },
    ],
    ['more nodes in the set', { setOf: (cert) => [cert, 'another'] }],
  ])('is proven with %s', async (_, change) => {
    expect((await prove(change)).kind).toBe('proven');
  });

  it('is proven again with what was seen', async () => {
    const first = await proven();
    expect((await prove({ seen: first.seen })).kind).toBe('proven');
    const older = { ...inCert('serial 7', 'serial 6'), seen: first.seen, minNodeSetSerial: 0n };
    expect(await prove({ ...older, set: SET.replace('12', '13') })).toMatchObject({
      reason: 'cert_serial',
    });
    expect(await prove({ seen: first.seen, set: SET.replace('12', '11') })).toMatchObject({
      reason: 'set_serial',
    });
  });

  it('is said to have a single key', async () => {
    const list = keyList([ALICE], 1);
    const single = { ...withKeyList(list), certSigners: [ALICE], setSigners: [ALICE] };
    expect(await prove(single)).toMatchObject({ kind: 'proven', isSingleKey: true });
  });

  it('is said not to be witnessed when nobody asks for it', async () => {
    const unwitnessed = { ...withLogPolicy(`log ${LOG.vkey}\nquorum none\n`), ...cosigned() };
    const verdict = await prove(unwitnessed);
    expect(verdict).toMatchObject({ kind: 'proven', witnessed: 0, witnessedAt: undefined });
  });

  it('is asked for one role', async () => {
    const { evidence, policy } = carryOut(inCert('media relay signal', 'media signal'));
    const as = (role: 'media' | 'relay' | 'signal'): Promise<NodeVerdict> =>
      proveNode(evidence, policy, NOTHING_SEEN, NOW, role);
    expect((await as('media')).kind).toBe('proven');
    expect((await as('signal')).kind).toBe('proven');
    expect(await as('relay')).toMatchObject({ reason: 'role_not_granted' });
  });

  it.each<keyof Whole>(['nodeSet', 'nodeCert', 'nodeSetProof', 'nodeCertProof', 'logPolicy'])(
    'is not proven with one octet of %s changed',
    async (part) => {
      const { evidence, policy } = carryOut({});
      const bytes = evidence[part] as Uint8Array;
      for (let at = 0; at < bytes.length; at += 29) {
        const flipped = concat(
          bytes.subarray(0, at),
          Uint8Array.of((bytes[at] ?? 0) ^ 1),
          bytes.subarray(at + 1),
        );
        const verdict = await proveNode(
          { ...evidence, [part]: flipped },
          policy,
          NOTHING_SEEN,
          NOW,
        );
        // A stranger's signature is passed over: then one of those that count is missing.
        expect(verdict.kind, `${part} ${at}`).toBe('refused');
      }
    },
  );
});
