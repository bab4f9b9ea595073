// What a server, an operator or a log can get wrong about a node: one thing each, all else is right and
// signed, so that one check alone stands against it.

import { strict as assert } from 'node:assert';
import type { NodeEvidence, SeenNodes } from '../../src/verify/node_chain';
import type { NodePart, NodeReason } from '../../src/wire/node_reason';
import { fromUtf8, utf8 } from '../../src/wire/utf8';
import { counted } from './bytes';
import {
  ALICE,
  BORIS,
  CARLA,
  CERT,
  GOOD,
  keyList,
  LOG,
  NOW,
  OTHER_LOG,
  OTHER_WITNESS,
  SET,
  sha256,
  signedNote,
  STRANGER,
  WITNESSES,
  type Plan,
} from './operator';

export interface Change extends Partial<Plan> {
  readonly seen?: Partial<SeenNodes>;
  readonly now?: number;
}

export type Whole = Required<NodeEvidence>;

/** Text of one part, altered behind everybody's back. */
const altering =
  (part: 'logPolicy' | 'nodeSet' | 'nodeSetProof' | 'nodeCert' | 'nodeCertProof') =>
  (from: string | RegExp, to: string | ((found: string) => string)): Change => ({
    altered: (evidence) => {
      const before = fromUtf8(evidence[part]) ?? '';
      const after = before.replace(from, to as string);
      assert.notEqual(after, before);
      return { ...evidence, [part]: utf8(after) };
    },
  });

export const inCert = (from: string, to: string): Change => {
  assert.ok(CERT.includes(from));
  return { cert: CERT.replace(from, to) };
};
export const inSet = (from: string, to: string): Change => {
  assert.ok(SET.includes(from));
  return { set: SET.replace(from, to) };
};
/** The same text, signed by others. */
const resigned = (note: string, signers: readonly (typeof ALICE)[]): string =>
  signedNote(note.slice(0, note.indexOf('\n\n') + 1), signers);
const without = (part: keyof Whole): Change => ({
  altered: (evidence) =>
    Object.fromEntries(Object.entries(evidence).filter(([name]) => name !== part)),
});
export const cosigned = (...cosigners: Plan['cosigners']): Change => ({ cosigners });
export const [W0 = OTHER_WITNESS, W1 = OTHER_WITNESS] = WITNESSES;
export const HOUR_AGO = NOW - 3600;
export const DAY = 86_400;

export const rotated = (
  signers: readonly (typeof ALICE)[],
  serial = 2,
  previous = GOOD.keyListOfPolicy,
): string => {
  const head = `serial ${serial}\nprevious ${Buffer.from(sha256(utf8(previous))).toString('base64')}`;
  return signedNote(keyList([ALICE, BORIS, CARLA], 2, head), signers);
};
export const withLists = (...more: readonly string[]): Change => ({
  keyLists: [GOOD.keyListOfPolicy, ...more],
});
export const withKeyList = (list: string): Change => ({ keyLists: [list], keyListOfPolicy: list });
export const withLogPolicy = (text: string): Change => ({
  logPolicy: text,
  logPolicyOfPolicy: text,
});

export const REFUSED: readonly (readonly [string, NodePart, NodeReason, Change])[] = [
  // 1
  ['no operator key list', 'operator_keys', 'missing', without('operatorKeys')],
  ['an empty chain of lists', 'operator_keys', 'missing', { keyLists: [] }],
  ['no policy of the log', 'log_policy', 'missing', without('logPolicy')],
  ['no node set', 'node_set', 'missing', without('nodeSet')],
  ['no proof of the set', 'node_set_proof', 'missing', without('nodeSetProof')],
  ['no certificate', 'node_cert', 'missing', without('nodeCert')],
  ['no proof of the certificate', 'node_cert_proof', 'missing', without('nodeCertProof')],
  ['an empty certificate', 'node_cert', 'missing', altering('nodeCert')(/[^]*/, '')],
  // 2
  [
    'other operator keys',
    'operator_keys',
    'operator_keys',
    { keyLists: [keyList([ALICE, BORIS, STRANGER], 2)] },
  ],
  [
    'a lower threshold',
    'operator_keys',
    'operator_keys',
    { keyLists: [keyList([ALICE, BORIS, CARLA], 1)] },
  ],
  [
    'keys out of order',
    'operator_keys',
    'key',
    withKeyList(GOOD.keyListOfPolicy.replace(/(key .*\n)(key .*\n)/, '$2$1')),
  ],
  [
    'a key list of version 2',
    'operator_keys',
    'kind',
    withKeyList(GOOD.keyListOfPolicy.replace('/v1', '/v2')),
  ],
  [
    'a rotation that nobody signed enough',
    'operator_keys',
    'signatures',
    withLists(rotated([ALICE])),
  ],
  [
    'a rotation signed by strangers',
    'operator_keys',
    'signatures',
    withLists(rotated([ALICE, STRANGER])),
  ],
  [
    'a rotation altered',
    'operator_keys',
    'signature_wrong',
    withLists(rotated([ALICE, BORIS]).replace('threshold 2', 'threshold 1')),
  ],
  ['a rotation left out', 'operator_keys', 'operator_keys', withLists(rotated([ALICE, BORIS], 3))],
  [
    'a rotation of another list',
    'operator_keys',
    'operator_keys',
    withLists(rotated([ALICE, BORIS], 2, 'x')),
  ],
  [
    'a list older than was seen',
    'operator_keys',
    'operator_keys',
    { seen: { operatorKeys: { serial: 2, sha256: counted(32, 9) } } },
  ],
  [
    'another list than was seen under its number',
    'operator_keys',
    'operator_keys',
    { seen: { operatorKeys: { serial: 1, sha256: counted(32, 9) } } },
  ],
  // 3
  [
    'another policy of the log',
    'log_policy',
    'log_policy',
    { logPolicy: `log ${LOG.vkey}\nquorum none\n` },
  ],
  [
    'a comment in the policy of the log',
    'log_policy',
    'log_policy',
    altering('logPolicy')(/^/, '# x\n'),
  ],
  [
    'a policy of the log that is none',
    'log_policy',
    'log_policy',
    withLogPolicy(`log ${LOG.vkey}\n`),
  ],
  // 4
  ['a set that is no note', 'node_set', 'not_a_note', altering('nodeSet')(/\n—[^]*/, '')],
  ['a set of version 2', 'node_set', 'kind', inSet('/v1', '/v2')],
  ['a set with an unknown line', 'node_set', 'line', inSet('not-before', 'note x\nnot-before')],
  ['a set that one person signed', 'node_set', 'signatures', { setSigners: [ALICE] }],
  [
    'a set that a stranger signed, too',
    'node_set',
    'signatures',
    { setSigners: [ALICE, STRANGER] },
  ],
  [
    'a set with another serial than was signed',
    'node_set',
    'signature_wrong',
    altering('nodeSet')('serial 12', 'serial 13'),
  ],
  [
    'a set that is over',
    'node_set',
    'expired',
    inSet('not-after 2026-11-30T00:00:00Z', 'not-after 2026-11-25T12:00:00Z'),
  ],
  [
    'a set that is to come',
    'node_set',
    'not_yet_valid',
    inSet('not-before 2026-11-23T00:00:00Z', 'not-before 2026-11-25T12:00:01Z'),
  ],
  [
    'a set for 8 days',
    'node_set',
    'validity',
    inSet('not-after 2026-11-30', 'not-after 2026-12-01'),
  ],
  ['a set below the policy', 'node_set', 'set_serial', { minNodeSetSerial: 13n }],
  [
    'a set older than was seen',
    'node_set',
    'set_serial',
    { seen: { set: { serial: 13, sha256: counted(32) } } },
  ],
  [
    'another set of the same serial',
    'node_set',
    'set_conflict',
    { seen: { set: { serial: 12, sha256: counted(32) } } },
  ],
  // 5
  ['a certificate with an unknown line', 'node_cert', 'line', inCert('build', 'debug on\nbuild')],
  ['a certificate of nowhere', 'node_cert', 'region', inCert('region DE', 'region XX')],
  [
    'a certificate of China in the EU',
    'node_cert',
    'region_groups',
    inCert('region DE', 'region CN'),
  ],
  ['a certificate for every address', 'node_cert', 'addr', inCert('192.0.2.8/30', '0.0.0.0/0')],
  [
    'a certificate for 15 days',
    'node_cert',
    'validity',
    inCert('not-after 2026-12-07', 'not-after 2026-12-08'),
  ],
  ['a certificate that one person signed', 'node_cert', 'signatures', { certSigners: [ALICE] }],
  [
    'a certificate that one person signed twice',
    'node_cert',
    'signatures',
    { certSigners: [ALICE, ALICE] },
  ],
  [
    'a certificate that a stranger signed, too',
    'node_cert',
    'signatures',
    { certSigners: [ALICE, STRANGER] },
  ],
  [
    'a certificate of another country than was signed',
    'node_cert',
    'signature_wrong',
    altering('nodeCert')('region DE', 'region FR'),
  ],
  [
    'a certificate with another key than was signed',
    'node_cert',
    'signature_wrong',
    altering('nodeCert')(
      /sha256 [0-9a-f]/,
      (found) => found.slice(0, -1) + (found.endsWith('0') ? '1' : '0'),
    ),
  ],
  [
    'a certificate that is over',
    'node_cert',
    'expired',
    inCert('not-after 2026-12-07T00:00:00Z', 'not-after 2026-11-25T12:00:00Z'),
  ],
  [
    'a certificate that is to come',
    'node_cert',
    'not_yet_valid',
    inCert('not-before 2026-11-23T00:00:00Z', 'not-before 2026-11-25T12:00:01Z'),
  ],
  [
    'a certificate older than was seen',
    'node_cert',
    'cert_serial',
    { seen: { certSerials: new Map([['eu-fra-1.meet.example.org', 8]]) } },
  ],
  // 6
  [
    'no proof file of the set',
    'node_set_proof',
    'not_logged',
    altering('nodeSetProof')('@v1', '@v2'),
  ],
  [
    'the proof of the certificate for the set',
    'node_set_proof',
    'not_logged',
    { altered: (all) => ({ ...all, nodeSetProof: all.nodeCertProof }) },
  ],
  [
    'the proof of the set for the certificate',
    'node_cert_proof',
    'not_logged',
    { altered: (all) => ({ ...all, nodeCertProof: all.nodeSetProof }) },
  ],
  [
    'another index',
    'node_cert_proof',
    'not_logged',
    altering('nodeCertProof')('index 1', 'index 0'),
  ],
  [
    'another hash in a proof',
    'node_cert_proof',
    'not_logged',
    altering('nodeCertProof')(/index 1\n..../, 'index 1\nAAAA'),
  ],
  [
    'a certificate that is signed and not logged',
    'node_cert_proof',
    'not_logged',
    {
      altered: (all) => ({
        ...all,
        nodeCert: utf8(resigned(fromUtf8(all.nodeCert) ?? '', [BORIS, CARLA])),
      }),
    },
  ],
  ['a head signed by another log', 'node_set_proof', 'checkpoint', { logSigner: OTHER_LOG }],
  ['a head of another log', 'node_set_proof', 'checkpoint', { origin: OTHER_LOG.name }],
  [
    'a larger head than was signed',
    'node_set_proof',
    'checkpoint',
    altering('nodeSetProof')('/log\n5\n', '/log\n6\n'),
  ],
  [
    'another head for the certificate',
    'node_cert_proof',
    'checkpoint',
    altering('nodeCertProof')('/log\n5\n', '/log\n4\n'),
  ],
  ['one witness of two', 'node_set_proof', 'witnesses', cosigned([W0, HOUR_AGO])],
  [
    'an unknown witness',
    'node_set_proof',
    'witnesses',
    cosigned([W0, HOUR_AGO], [OTHER_WITNESS, HOUR_AGO]),
  ],
  [
    'one witness twice',
    'node_set_proof',
    'witnesses',
    cosigned([W0, HOUR_AGO], [W0, HOUR_AGO - 1]),
  ],
  ['no witness', 'node_set_proof', 'witnesses', cosigned()],
  [
    'a cosignature of another time, beside two that are right',
    'node_cert_proof',
    'witnesses',
    {
      ...cosigned(...WITNESSES.map((witness) => [witness, HOUR_AGO] as const)),
      ...altering('nodeCertProof')(/(— witness-7.example .{14})./, '$1B'),
    },
  ],
  [
    'a head that a quorum saw a day and a second ago',
    'node_set_proof',
    'log_stale',
    cosigned([W0, NOW - DAY - 1], [W1, NOW]),
  ],
  [
    'a head that a quorum will see',
    'node_set_proof',
    'log_stale',
    cosigned([W0, NOW + DAY + 1], [W1, NOW + DAY + 1]),
  ],
  // 7 to 9
  ['a set without the node', 'node_cert', 'not_in_set', { setOf: () => [] }],
  [
    'a set of another certificate of the node',
    'node_cert',
    'not_in_set',
    { setOf: (cert) => [resigned(cert, [ALICE, CARLA])] },
  ],
  [
    'a country that the meeting does not allow',
    'node_cert',
    'region_not_allowed',
    { countries: ['FR', 'US'] },
  ],
  ['a country instead of its group', 'node_cert', 'region_not_allowed', { countries: ['EU'] }],
  [
    'a node that only relays',
    'node_cert',
    'role_not_granted',
    inCert('roles media relay signal', 'roles relay signal'),
  ],
];
