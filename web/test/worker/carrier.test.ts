// A second node that the first one names: media go to it when its certificate, out of the log, is in order.

import { describe, expect, it } from 'vitest';
import { writeFingerprint } from '../../src/verify/candidates';
import type { NodePapers } from '../../src/wire/node_papers';
import type { NodeTold, OfferedTransport } from '../../src/wire/node_view';
import { fromUtf8 } from '../../src/wire/utf8';
import { CHECK_EVERY_MS, NodeGuard, PAPERS_AGE_MS_MAX } from '../../src/worker/node_guard';
import { logFiles, type LogPlan } from '../support/log_files';
import {
  ALICE,
  carryOut,
  CERT,
  FINGERPRINT,
  LOG,
  NOW,
  OTHER_LOG,
  SET,
  STRANGER,
  type Plan,
} from '../support/operator';
import { AMERICA, certOf, HOME, PARIS, paris, PARIS_KEY } from '../support/second_node';

const OFFERED: OfferedTransport = {
  fingerprint: (PARIS_KEY.toUpperCase().match(/../gu) ?? []).join(':'),
  candidates: [{ address: '198.51.100.9', port: 10_000 }],
};

interface Story {
  readonly inSet?: readonly string[];
  readonly inLog?: readonly string[];
  readonly log?: Partial<LogPlan>;
  readonly plan?: Partial<Plan>;
  readonly maxHops?: number;
  readonly name?: string;
  readonly offered?: OfferedTransport;
}

/** A call at the first node, in virtual time. */
class Call {
  readonly told: NodeTold[] = [];
  readonly asked: (string | null)[] = [];
  readonly kept: NodePapers[] = [];
  isLogThere = true;
  now = NOW * 1000;
  papers: NodePapers;
  #due: { at: number; run: () => void }[] = [];
  readonly guard: NodeGuard;
  readonly #story: Story;

  constructor(story: Story = {}) {
    this.#story = story;
    const { inSet = [paris], inLog = inSet, plan, log, maxHops = 2 } = story;
    const { evidence, policy } = carryOut({ setOf: (own) => [own, ...inSet], ...plan });
    this.papers = evidence as NodePapers;
    const own = fromUtf8(this.papers.nodeCert) ?? '';
    const files = logFiles(['one', own, ...inLog, 'last'], log);
    this.guard = new NodeGuard({
      now: () => this.now,
      after: (ms, run) => {
        const due = { at: this.now + ms, run };
        this.#due.push(due);
        return () => {
          this.#due = this.#due.filter((each) => each !== due);
        };
      },
      fetchPapers: (node) => {
        this.asked.push(node);
        return Promise.resolve(this.papers);
      },
      readLog: (path) => (this.isLogThere ? files(path) : Promise.resolve(undefined)),
      tell: (told) => this.told.push(told),
      carrierProven: (papers) => this.kept.push(papers),
    });
    this.guard.use({ ...policy, maxHops, flags: 0, excludedByPhysics: [] });
  }

  /** The first node is proven, and names the second. */
  async offer(): Promise<this> {
    this.guard.ask({ type: 'prove-node', id: 1 });
    await this.until(() => this.kinds.includes('node-proven'));
    this.told.length = 0;
    const { name = PARIS, offered = OFFERED } = this.#story;
    this.guard.ask({ type: 'compose', id: 1, offered, node: name });
    return this.until(() => this.isAnswered || !this.isLogThere);
  }

  async wait(ms: number): Promise<this> {
    this.now += ms;
    const before = this.told.length;
    const due = this.#due.filter(({ at }) => at <= this.now);
    this.#due = this.#due.filter(({ at }) => at > this.now);
    for (const { run } of due) run();
    return this.until(() => this.told.length > before + 1 || this.isRefused);
  }

  /** Signatures are checked by the platform, on other threads. */
  async until(isSo: () => boolean): Promise<this> {
    await new Promise((resolve) => setTimeout(resolve, 5));
    for (let turn = 0; turn < 5000 && !isSo(); turn++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return this;
  }

  get kinds(): string[] {
    return this.told.map(({ type }) => type);
  }

  get isRefused(): boolean {
    return this.kinds.at(-1) === 'node-refused';
  }

  get isAnswered(): boolean {
    return this.isRefused || this.kinds.at(-1) === 'node-composed';
  }
}

describe('a second node', () => {
  it('is proven out of the log of the first, and composed of its own certificate', async () => {
    const call = await new Call().offer();
    expect(call.kinds).toEqual(['seen-operator', 'node-proven', 'node-composed']);
    expect(call.told[1]).toMatchObject({
      facts: { node: HOME, country: 'DE' },
      carrier: { node: PARIS, country: 'FR', fingerprint: OFFERED.fingerprint, witnessed: 2 },
    });
    expect(call.told[2]).toEqual({ type: 'node-composed', id: 1, transport: OFFERED });
    expect(call.told[0]).toMatchObject({ seen: { certSerials: [[HOME, 7], [PARIS, 7]] } }); // prettier-ignore
    // Nobody but the first node was asked, and what it holds is kept for the receipts.
    expect(call.asked).toEqual([null]);
    expect(call.kept.map(({ nodeCert }) => fromUtf8(nodeCert))).toEqual([paris]);
  });

  it.each([
    ['198.51.100.9', 'pair-proven'],
    ['2001:db8:2::10', 'pair-proven'],
    ['192.0.2.9', 'node-refused'], // the first node's
    [null, 'node-refused'],
  ])('takes packets at %s: %s', async (address, kind) => {
    const call = await new Call().offer();
    call.guard.ask({ type: 'check-pair', id: 1, address });
    expect(call.kinds.at(-1)).toBe(kind);
  });

  it('of two certificates is judged by the one with the key that it shows', async () => {
    const newer = certOf(PARIS, [
      ['serial 7', 'serial 8'],
      [PARIS_KEY, 'd6'.repeat(32)],
    ]);
    const call = await new Call({ inSet: [paris, newer] }).offer();
    expect(call.told[1]).toMatchObject({ carrier: { certSerial: 7 } });
    const later = certOf(PARIS, [
      ['serial 7', 'serial 8'],
      ['not-before 2026-11-23', 'not-before 2026-11-26'],
      ['not-after 2026-12-07', 'not-after 2026-12-08'],
    ]);
    const same = await new Call({ inSet: [paris, later] }).offer();
    expect(same.told[1]).toMatchObject({ carrier: { certSerial: 7 } });
  });

  it('is gone when the first one carries us again', async () => {
    const call = await new Call().offer();
    const offered = {
      fingerprint: writeFingerprint(Buffer.from(FINGERPRINT, 'hex')),
      candidates: [{ address: '192.0.2.9', port: 1 }],
    };
    call.guard.ask({ type: 'compose', id: 1, offered });
    expect(call.told.at(-1)).toEqual({ type: 'node-composed', id: 1, transport: offered });
    call.guard.ask({ type: 'check-pair', id: 1, address: '198.51.100.9' });
    expect(call.isRefused).toBe(true);
  });
});

const NEVER: readonly (readonly [string, string, string, Story])[] = [
  ['is the first one', 'transport', 'node', { name: HOME }],
  ['may not be there at all', 'policy', 'too_many_hops', { maxHops: 1 }],
  ['nobody knows', 'node_cert', 'not_in_set', { name: 'x.example.org' }],
  ['the set does not name', 'node_cert', 'not_in_set', { inSet: [], inLog: [paris] }],
  ['stands elsewhere', 'node_cert', 'region_not_allowed', { inSet: [certOf(PARIS, AMERICA)] }],
  [
    'has expired',
    'node_cert',
    'expired',
    { inSet: [certOf(PARIS, [['not-after 2026-12-07T00', 'not-after 2026-11-25T11']])] },
  ],
  ['too few signed for', 'node_cert', 'signatures', { inSet: [certOf(PARIS, [], [ALICE])] }],
  [
    'strangers signed for',
    'node_cert',
    'signatures',
    { inSet: [certOf(PARIS, [], [ALICE, STRANGER])] },
  ],
  [
    'has no role for media',
    'node_cert',
    'role_not_granted',
    { inSet: [certOf(PARIS, [['media relay', 'relay']])] },
  ],
  [
    'has no role for relays',
    'node_cert',
    'role_not_granted',
    { inSet: [certOf(PARIS, [['media relay', 'media']])] },
  ],
  [
    'is named by one that may not relay',
    'node_cert',
    'role_not_granted',
    { plan: { cert: CERT.replace('media relay', 'media') } },
  ],
  [
    'is said to be in two countries',
    'node_cert',
    'region',
    {
      inSet: [
        paris,
        certOf(PARIS, [
          ['region FR', 'region DE'],
          ['serial 7', 'serial 8'],
        ]),
      ],
    },
  ],
  ['stands in another log', 'node_cert_proof', 'checkpoint', { log: { signer: OTHER_LOG } }],
  ['no witness has seen', 'node_cert_proof', 'witnesses', { log: { cosigners: [] } }],
  [
    'shows another key',
    'transport',
    'fingerprint',
    { offered: { ...OFFERED, fingerprint: OFFERED.fingerprint.replace('C5', 'C6') } },
  ],
  [
    'shows the first one’s key',
    'transport',
    'fingerprint',
    { offered: { ...OFFERED, fingerprint: writeFingerprint(Buffer.from(FINGERPRINT, 'hex')) } },
  ],
  [
    'is at an address of the first one',
    'transport',
    'address',
    { offered: { ...OFFERED, candidates: [{ address: '192.0.2.9', port: 1 }] } },
  ],
  [
    'is at one address too many',
    'transport',
    'address',
    {
      offered: {
        ...OFFERED,
        candidates: [...OFFERED.candidates, { address: '198.51.100.12', port: 1 }],
      },
    },
  ],
  ['is nowhere', 'transport', 'address', { offered: { ...OFFERED, candidates: [] } }],
];

describe('a second node carries nobody that', () => {
  it.each(NEVER)('%s (%s: %s)', async (_, part, reason, story) => {
    const call = await new Call(story).offer();
    const carrier = story.name ?? PARIS;
    expect(call.told.at(-1)).toEqual({
      type: 'node-refused',
      id: 1,
      refusal: { part, reason, carrier },
    });
    expect(call.kinds).not.toContain('node-composed');
    expect(call.asked).toEqual([null]); // and it was not asked
  });
});

describe('a log that cannot be read', () => {
  it('holds up what is new, until it can', async () => {
    const call = new Call();
    call.isLogThere = false;
    await call.offer();
    expect(call.told).toEqual([]);
    call.isLogThere = true;
    await call.wait(500);
    await call.until(() => call.isAnswered);
    expect(call.kinds.at(-1)).toBe('node-composed');
  });

  it('answers no question of a call that is over', async () => {
    const call = new Call();
    call.isLogThere = false;
    await call.offer();
    call.guard.end();
    call.isLogThere = true;
    call.guard.ask({ type: 'check-pair', id: 1, address: '198.51.100.9' });
    call.now += 500;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(call.told).toEqual([]);
  });

  it('lets count what it showed before, for a day', async () => {
    const alone = `log ${LOG.vkey}\nquorum none\n`;
    const call = await new Call({
      plan: { logPolicy: alone, logPolicyOfPolicy: alone },
    }).offer();
    call.isLogThere = false;
    await call.wait(CHECK_EVERY_MS);
    expect(call.told.at(-1)).toMatchObject({
      type: 'node-proven',
      carrier: { node: PARIS, fetchedAt: NOW * 1000 },
    });
    await call.wait(PAPERS_AGE_MS_MAX);
    expect(call.told.at(-1)).toMatchObject({
      refusal: { reason: 'log_stale', carrier: PARIS },
    });
  });
});

describe('ten minutes later', () => {
  it('both are looked at again', async () => {
    const call = await new Call().offer();
    await call.wait(CHECK_EVERY_MS);
    expect(call.kinds.slice(3)).toEqual(['seen-operator', 'node-proven']);
    expect(call.told.at(-1)).toMatchObject({ facts: { node: HOME }, carrier: { node: PARIS } });
  });

  it.each([true, false])(
    'one that was taken out is refused, whatever the log holds (it is there: %s)',
    async (isThere) => {
      const call = await new Call().offer();
      call.isLogThere = isThere;
      const { evidence } = carryOut({
        set: SET.replace('serial 12', 'serial 13'),
        setOf: (own) => [own, ...(isThere ? [] : ['another'])],
      });
      call.papers = evidence as NodePapers;
      await call.wait(CHECK_EVERY_MS);
      expect(call.told.at(-1)).toMatchObject({
        type: 'node-refused',
        refusal: { reason: 'not_in_set', carrier: PARIS },
      });
    },
  );
});

describe('a node to which packets were passed on', () => {
  const passed = async (story: Story = {}): Promise<NodePapers | null> => {
    const call = new Call(story);
    call.guard.ask({ type: 'prove-node', id: 1 });
    await call.until(() => call.kinds.includes('node-proven'));
    return call.guard.relayPapers(story.name ?? PARIS);
  };

  it('is shown by its papers, out of the log', async () => {
    expect(fromUtf8((await passed())?.nodeCert ?? new Uint8Array())).toBe(paris);
  });

  it.each(NEVER.filter(([, part, , { log }]) => part !== 'transport' && !log))(
    'is not, when it %s',
    async (_, _part, _reason, story) => {
      expect(await passed(story)).toBeNull();
    },
  );

  it('is not before the first one is proven', async () => {
    expect(await new Call().guard.relayPapers(PARIS)).toBeNull();
  });
});
