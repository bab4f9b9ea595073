import { describe, expect, it } from 'vitest';
import { NOTHING_SEEN, type SeenNodes } from '../../src/verify/node_chain';
import { findOtherNodes, OTHER_NODES_MAX } from '../../src/verify/other_nodes';
import type { NodePapers } from '../../src/wire/node_papers';
import { fromUtf8 } from '../../src/wire/utf8';
import { counted } from '../support/bytes';
import { logFiles, type LogPlan } from '../support/log_files';
import {
  ALICE,
  BORIS,
  carryOut,
  CERT,
  NOW,
  OTHER_LOG,
  signedNote,
  signer,
  STRANGER,
  WITNESSES,
  type Plan,
  type Signer,
} from '../support/operator';

const MEETING = counted(16, 0);
const OWN = 'eu-fra-1.meet.example.org';

/** The certificate of another node, with changes. */
function certOf(
  name: string,
  changes: readonly (readonly [string | RegExp, string])[] = [],
  signers: readonly Signer[] = [ALICE, BORIS],
): string {
  const renamed = CERT.replace(`node ${OWN}`, `node ${name}`).replace(
    /receipt-key \S+/,
    `receipt-key ${receiptKeyOf(name)}`,
  );
  const text = changes.reduce((before, [from, to]) => {
    const after = before.replace(from, to);
    if (after === before) throw new Error(`nothing is changed: ${String(from)}`);
    return after;
  }, renamed);
  return signedNote(text, signers);
}

const receiptKeyOf = (name: string): string => signer(`${name}/receipt`, 11).vkey;

const PARIS = 'fr1.meet.example.org';
const paris = certOf(PARIS, [['region DE', 'region FR']]);
const berlin = certOf('de2.meet.example.org');

interface Story {
  readonly inSet?: readonly string[];
  readonly inLog?: readonly string[];
  readonly log?: Partial<LogPlan>;
  readonly plan?: Partial<Plan>;
  readonly seen?: SeenNodes;
  readonly now?: number;
  readonly asked?: string[];
}

async function find({ inSet = [paris, berlin], inLog = inSet, ...story }: Story = {}) {
  const { evidence, policy } = carryOut({ setOf: (own) => [own, ...inSet], ...story.plan });
  const papers = evidence as NodePapers;
  const own = fromUtf8(papers.nodeCert) ?? '';
  const read = logFiles(['one', own, ...inLog, 'last'], story.log, story.asked);
  const bound = { ...policy, meeting: MEETING };
  return findOtherNodes(papers, bound, story.seen ?? NOTHING_SEEN, read, story.now ?? NOW);
}

const namesOf = async (story: Story): Promise<string[]> =>
  (await find(story)).nodes.map(({ node }) => node);

describe('other nodes of the allowed region', () => {
  it('are those of the set whose certificates stand in the log', async () => {
    const found = await find();
    expect(found.isRead).toBe(true);
    expect(found.nodes.map(({ node }) => node).sort()).toEqual(['de2.meet.example.org', PARIS]);
    expect(found.listed).toHaveLength(2);
  });

  it('are none for an operator of one node, and no log is asked', async () => {
    const asked: string[] = [];
    expect(await find({ inSet: [], asked })).toEqual({ nodes: [], listed: [], isRead: true });
    expect(asked).toEqual([]);
  });

  it('come in one order for everybody in the meeting', async () => {
    const certs = ['a', 'b', 'c', 'd'].map((name) => certOf(`${name}.example.org`));
    const [one, other] = [
      await namesOf({ inSet: certs }),
      await namesOf({ inSet: certs, inLog: [...certs].reverse() }),
    ];
    expect(one).toHaveLength(4);
    expect(other).toEqual(one);
  });

  it('are so many at most', async () => {
    const certs = Array.from({ length: OTHER_NODES_MAX + 2 }, (_, at) =>
      certOf(`n${at}.example.org`),
    );
    expect(await namesOf({ inSet: certs })).toHaveLength(OTHER_NODES_MAX);
  });
});

const NEVER: readonly (readonly [string, Story])[] = [
  [
    'stands in a country that is not allowed',
    {
      inSet: [
        certOf(PARIS, [['region DE\nregion-groups EEA EU', 'region US\nregion-groups FVEY']]),
      ],
    },
  ],
  ['is in the log alone', { inSet: [], inLog: [paris] }],
  ['is in the set alone', { inSet: [paris], inLog: [] }],
  ['is signed by too few', { inSet: [certOf(PARIS, [], [ALICE])] }],
  ['is signed by strangers', { inSet: [certOf(PARIS, [], [ALICE, STRANGER])] }],
  ['has expired', { inSet: [certOf(PARIS, [['not-after 2026-12-07', 'not-after 2026-11-24']])] }],
  [
    'is not valid yet',
    { inSet: [certOf(PARIS, [['not-before 2026-11-23', 'not-before 2026-11-26']])] },
  ],
  [
    'may not carry media',
    { inSet: [certOf(PARIS, [['roles media relay signal', 'roles relay signal']])] },
  ],
  [
    'may not signal',
    { inSet: [certOf(PARIS, [['roles media relay signal', 'roles media relay']])] },
  ],
  ['is the one that we have', { inSet: [certOf(OWN, [['serial 7', 'serial 8']])] }],
  ['names two countries', { inSet: [paris, certOf(PARIS, [['serial 7', 'serial 8']])] }],
  [
    'names another country in what has expired',
    {
      inSet: [
        paris,
        certOf(PARIS, [
          ['region DE\nregion-groups EEA EU', 'region US\nregion-groups FVEY'],
          ['not-after 2026-12-07', 'not-after 2026-11-24'],
        ]),
      ],
    },
  ],
  [
    'is older than was seen',
    { inSet: [paris], seen: { ...NOTHING_SEEN, certSerials: new Map([[PARIS, 8]]) } },
  ],
  [
    'stands elsewhere than the log says',
    { inSet: [paris], inLog: ['x', paris], log: { shown: ['one', 'own', paris, 'y', 'last'] } },
  ],
  ['is in a log that a stranger signed', { inSet: [paris], log: { signer: OTHER_LOG } }],
  [
    'is in a log that one witness saw',
    {
      inSet: [paris],
      log: { cosigners: WITNESSES.slice(0, 1).map((each) => [each, NOW - 3600] as const) },
    },
  ],
  [
    'is in a log that nobody saw for a day',
    { inSet: [paris], log: { cosigners: WITNESSES.map((each) => [each, NOW - 90_000] as const) } },
  ],
  ['is in a set of strangers', { inSet: [paris], plan: { setSigners: [STRANGER] } }],
  ['is in a set that is over', { inSet: [paris], now: NOW + 6 * 86_400 }],
];

describe('a node is never turned to that', () => {
  it.each(NEVER)('%s', async (_, story) => {
    expect(await namesOf(story)).toEqual([]);
  });
});
