import { describe, expect, it } from 'vitest';
import { readTerms } from '../../src/verify/node_terms';
import { readNodePapers } from '../../src/wire/node_papers';
import { utf8 } from '../../src/wire/utf8';
import {
  ALICE,
  BORIS,
  CARLA,
  GOOD,
  NOW,
  STRANGER,
  carryOut,
  keyList,
  sha256,
  shownBy,
  signedNote,
  type Plan,
} from '../support/operator';

const FIRST = GOOD.keyListOfPolicy;
const HASH = Buffer.from(sha256(utf8(FIRST))).toString('base64');
const NEXT = keyList([ALICE, BORIS], 2, `serial 2\nprevious ${HASH}`);

async function termsOf(changes: Partial<Plan>, now = NOW) {
  const papers = readNodePapers(shownBy(carryOut(changes).evidence));
  if (!papers) throw new Error('no papers');
  return readTerms(papers, now);
}

async function refusal(changes: Partial<Plan>, now = NOW) {
  const terms = await termsOf(changes, now);
  return terms.kind === 'refused' ? [terms.part, terms.reason] : terms;
}

describe('what a new meeting is bound to', () => {
  it('is the list, the log and the set of the node, and the country of its certificate', async () => {
    const terms = await termsOf({});
    expect(terms).toMatchObject({
      operatorKeysHash: sha256(utf8(FIRST)),
      logPolicyHash: sha256(utf8(GOOD.logPolicy)),
      nodeSetSerial: 12n,
      node: { country: 'DE', node: 'eu-fra-1.meet.example.org' },
    });
  });

  it('is the list in force, not the first one', async () => {
    const rotated = signedNote(NEXT, [BORIS, CARLA]);
    const changes = { keyLists: [FIRST, rotated], setSigners: [ALICE, BORIS] };
    expect(await termsOf(changes)).toMatchObject({ operatorKeysHash: sha256(utf8(NEXT)) });
  });

  it('is taken from a first list that is a note, too', async () => {
    const signed = signedNote(FIRST, [ALICE]);
    expect(await termsOf({ keyLists: [signed] })).toMatchObject({
      operatorKeysHash: sha256(utf8(FIRST)),
    });
  });

  it.each<[string, string, string, Partial<Plan>]>([
    ['no list', 'operator_keys', 'missing', { keyLists: [] }],
    ['a list that is none', 'operator_keys', 'kind', { keyLists: ['a list\n'] }],
    [
      'a rotation by too few',
      'operator_keys',
      'signatures',
      { keyLists: [FIRST, signedNote(NEXT, [BORIS])] },
    ],
    ['a certificate by strangers', 'node_cert', 'signatures', { certSigners: [STRANGER, ALICE] }],
    ['no certificate', 'node_cert', 'missing', { altered: (e) => ({ ...e, nodeCert: utf8('') }) }],
    ['a set without it', 'node_cert', 'not_in_set', { setOf: () => [] }],
    ['too few witnesses', 'node_set_proof', 'witnesses', { cosigners: [] }],
    ['a log that is no policy', 'log_policy', 'log_policy', { logPolicy: 'quorum none\n' }],
    [
      'media that is not granted',
      'node_cert',
      'role_not_granted',
      {
        cert: GOOD.cert.replace('roles media relay signal', 'roles signal'),
      },
    ],
  ])('is nothing with %s', async (_, part, reason, changes) => {
    expect(await refusal(changes)).toEqual([part, reason]);
  });

  it('is nothing when the set has ended', async () => {
    expect(await refusal({}, NOW + 8 * 86_400)).toEqual(['node_set', 'expired']);
  });
});
