import { describe, expect, it } from 'vitest';
import type { NodePapers } from '../../src/wire/node_papers';
import type { NodeTold, OfferedTransport, SeenOperator } from '../../src/wire/node_view';
import {
  CHECK_EVERY_MS,
  NodeGuard,
  PAPERS_AGE_MS_MAX,
  type GuardPolicy,
} from '../../src/worker/node_guard';
import { REFUSED, type Change } from '../support/node_mutations';
import { carryOut, CERT, LOG, NOW, SET, signer, STRANGER } from '../support/operator';

const FINGERPRINT = Array.from({ length: 32 }, (_, at) =>
  (0x40 + at).toString(16).toUpperCase().padStart(2, '0'),
).join(':');
const OFFERED: OfferedTransport = {
  fingerprint: FINGERPRINT,
  candidates: [{ address: '192.0.2.9', port: 10_000 }],
};

/** A guard in virtual time, over papers that a plan makes. */
class Watch {
  readonly told: NodeTold[] = [];
  papers: NodePapers | 'none' | null;
  fetches = 0;
  readonly asked: (string | null)[] = [];
  readonly proven: NodePapers[] = [];
  /** what other nodes show */
  readonly others = new Map<string, NodePapers | 'none'>();
  now = NOW * 1000;
  #due: { at: number; run: () => void }[] = [];
  readonly guard: NodeGuard;
  readonly #policy: GuardPolicy;

  constructor(
    { now = NOW, ...plan }: Change = {},
    known: readonly SeenOperator[] = [],
    bound: Partial<GuardPolicy> = {},
  ) {
    const { evidence, policy } = carryOut(plan);
    this.now = now * 1000;
    this.papers = evidence as NodePapers;
    this.#policy = { ...policy, maxHops: 2, flags: 0, excludedByPhysics: [], ...bound };
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
        this.fetches++;
        this.asked.push(node);
        return Promise.resolve(node === null ? this.papers : (this.others.get(node) ?? null));
      },
      readLog: () => Promise.resolve(undefined),
      tell: (told) => this.told.push(told),
      proven: (papers) => this.proven.push(papers),
    });
    this.guard.remember(known);
  }

  async prove(id = 1): Promise<this> {
    this.know();
    this.guard.ask({ type: 'prove-node', id });
    return this.settle();
  }

  know(): void {
    this.guard.use(this.#policy);
  }

  async wait(ms: number): Promise<this> {
    this.now += ms;
    const due = this.#due.filter(({ at }) => at <= this.now);
    this.#due = this.#due.filter(({ at }) => at > this.now);
    for (const { run } of due) run();
    return this.settle();
  }

  /** Signatures are checked by the platform, on other threads: until the guard waits for time again, or for
   * nothing more. */
  async settle(): Promise<this> {
    const isJudging = (): boolean =>
      this.fetches > 0 && this.#due.length === 0 && this.told.at(-1)?.type !== 'node-refused';
    await new Promise((resolve) => setTimeout(resolve, 1));
    for (let turn = 0; turn < 5000 && isJudging(); turn++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return this;
  }

  get kinds(): string[] {
    return this.told.map(({ type }) => type);
  }
}

describe('a node that asks to carry us', () => {
  it('is told with what its papers say', async () => {
    const watch = await new Watch().prove();
    expect(watch.kinds).toEqual(['seen-operator', 'node-proven']);
    expect(watch.told[1]).toMatchObject({
      id: 1,
      facts: {
        node: 'eu-fra-1.meet.example.org',
        country: 'DE',
        fingerprint: FINGERPRINT,
        isSingleKey: false,
        witnessed: 2,
      },
    });
  });

  it.each(REFUSED.filter(([, , , { seen }]) => seen === undefined))(
    'is refused with %s (%s: %s)',
    async (_, part, reason, change) => {
      const watch = await new Watch(change).prove();
      expect(watch.told).toEqual([{ type: 'node-refused', id: 1, refusal: { part, reason } }]);
    },
  );

  it('is refused when it has nothing to show', async () => {
    const watch = new Watch();
    watch.papers = 'none';
    await watch.prove();
    expect(watch.told).toMatchObject([{ type: 'node-refused', refusal: { reason: 'missing' } }]);
  });

  it('is asked again when it does not answer, and nothing is said meanwhile', async () => {
    const watch = new Watch();
    const { papers } = watch;
    watch.papers = null;
    await watch.prove();
    await watch.wait(500);
    expect([watch.fetches, watch.kinds]).toEqual([2, []]);
    watch.papers = papers;
    await watch.wait(500);
    expect(watch.fetches).toBe(2); // not so often
    await watch.wait(500);
    expect(watch.kinds).toEqual(['seen-operator', 'node-proven']);
  });

  it('waits for the policy, which comes from the group', async () => {
    const watch = new Watch();
    watch.guard.ask({ type: 'prove-node', id: 4 });
    await watch.settle();
    expect(watch.fetches).toBe(0);
    watch.know();
    await watch.settle();
    expect(watch.told.at(-1)).toMatchObject({ type: 'node-proven', id: 4 });
  });

  it('is held against what this browser accepted before', async () => {
    const first = await new Watch().prove();
    const seen = first.told[0]?.type === 'seen-operator' ? first.told[0].seen : undefined;
    if (!seen) throw new Error('nothing to keep');
    const again = await new Watch({}, [JSON.parse(JSON.stringify(seen)) as SeenOperator]).prove();
    expect(again.kinds).toEqual(['seen-operator', 'node-proven']);
    const newer = { ...seen, certSerials: [['eu-fra-1.meet.example.org', 8]] as const };
    const refused = await new Watch({}, [newer]).prove();
    expect(refused.told).toMatchObject([{ refusal: { reason: 'cert_serial' } }]);
  });
});

describe('a policy that asks for more than this client does', () => {
  it.each([
    ['receipts', { flags: 1 }],
    ['exclusion by physics', { flags: 4 }],
    ['a country to be excluded', { excludedByPhysics: ['CN'] }],
  ])('%s: no machine is good enough', async (_, bound) => {
    const watch = await new Watch({}, [], bound).prove();
    expect(watch.told).toMatchObject([{ refusal: { reason: 'kind', part: 'policy' } }]);
  });
});

describe('ten minutes later', () => {
  it('the papers are looked at again', async () => {
    const watch = await new Watch().prove();
    await watch.wait(CHECK_EVERY_MS);
    expect(watch.fetches).toBe(2);
    expect(watch.kinds.slice(2)).toEqual(['seen-operator', 'node-proven']);
  });

  it('those of before count where no new ones can be had, until they are too old', async () => {
    const watch = await new Watch().prove();
    watch.papers = null;
    await watch.wait(CHECK_EVERY_MS);
    expect(watch.kinds.at(-1)).toBe('node-proven');
    await watch.wait(86_400_000);
    expect(watch.told.at(-1)).toMatchObject({
      type: 'node-refused',
      refusal: { reason: 'log_stale' },
    });
  });

  it('a day without papers is too long, though nobody has to cosign', async () => {
    const alone = `log ${LOG.vkey}\nquorum none\n`;
    const watch = await new Watch({ logPolicy: alone, logPolicyOfPolicy: alone }).prove();
    watch.papers = 'none';
    await watch.wait(CHECK_EVERY_MS);
    expect(watch.told.at(-1)).toMatchObject({
      type: 'node-proven',
      facts: { fetchedAt: NOW * 1000 },
    });
    await watch.wait(PAPERS_AGE_MS_MAX);
    expect(watch.told.at(-1)).toMatchObject({ refusal: { reason: 'log_stale' } });
  });

  it('an answer that breaks the check is a refusal', async () => {
    const watch = await new Watch().prove();
    watch.papers = { nodeCert: 'no bytes' } as unknown as NodePapers;
    await watch.wait(CHECK_EVERY_MS);
    expect(watch.told.at(-1)?.type).toBe('node-refused');
  });

  it('a node that was taken out is refused, and nothing is asked any more', async () => {
    const watch = await new Watch().prove();
    const { evidence } = carryOut({
      set: SET.replace('serial 12', 'serial 13'),
      setOf: () => ['another'],
    });
    watch.papers = evidence as NodePapers;
    await watch.wait(CHECK_EVERY_MS);
    expect(watch.told.at(-1)).toMatchObject({ refusal: { reason: 'not_in_set' } });
    await watch.wait(CHECK_EVERY_MS);
    expect(watch.fetches).toBe(2);
  });
});

describe('what the server offers', () => {
  const refusals: readonly (readonly [string, string, OfferedTransport])[] = [
    ['another key', 'fingerprint', { ...OFFERED, fingerprint: FINGERPRINT.replace('40', '41') }],
    [
      'a key in small letters',
      'fingerprint',
      { ...OFFERED, fingerprint: FINGERPRINT.toLowerCase() },
    ],
    ['no address', 'address', { ...OFFERED, candidates: [] }],
    [
      'one address too many',
      'address',
      { ...OFFERED, candidates: [...OFFERED.candidates, { address: '192.0.2.12', port: 1 }] },
    ],
    [
      'the same machine in other words',
      'address',
      { ...OFFERED, candidates: [{ address: '::ffff:192.0.2.9', port: 1 }] },
    ],
  ];

  it('is taken when the certificate holds it', async () => {
    const watch = await new Watch().prove();
    watch.guard.ask({ type: 'compose', id: 1, offered: OFFERED });
    expect(watch.told.at(-1)).toEqual({ type: 'node-composed', id: 1, transport: OFFERED });
  });

  it.each(refusals)('is refused with %s', async (_, reason, offered) => {
    const watch = await new Watch().prove();
    watch.guard.ask({ type: 'compose', id: 1, offered });
    expect(watch.told.at(-1)).toEqual({
      type: 'node-refused',
      id: 1,
      refusal: { reason, part: 'transport' },
    });
    watch.guard.ask({ type: 'compose', id: 1, offered: OFFERED });
    expect(watch.told.at(-1)?.type).toBe('node-refused'); // once is enough
  });

  it('is not even looked at before the papers are right, nor for a question of before', async () => {
    const watch = new Watch();
    watch.guard.ask({ type: 'compose', id: 1, offered: OFFERED });
    expect(watch.told).toEqual([]);
    await watch.prove(2);
    watch.guard.ask({ type: 'compose', id: 1, offered: OFFERED });
    expect(watch.kinds).toEqual(['seen-operator', 'node-proven']);
  });
});

describe('the address that packets go to', () => {
  it.each([
    ['192.0.2.9', 'pair-proven'],
    ['2001:db8:1::10', 'pair-proven'],
    ['192.0.2.12', 'node-refused'],
    ['', 'node-refused'],
    [null, 'node-refused'],
  ])('%s: %s', async (address, kind) => {
    const watch = await new Watch().prove();
    watch.guard.ask({ type: 'check-pair', id: 1, address });
    expect(watch.told.at(-1)?.type).toBe(kind);
  });
});

describe('another node that could have the meeting', () => {
  const NAME = 'de1.meet.example.org';
  const named = (text: string): string =>
    text.replaceAll(/eu-fra-1\.meet\.example\.org(?!\/)/g, NAME);
  const papersOf = (change: Change): NodePapers =>
    carryOut({ set: SET.replace('serial 12', 'serial 13'), ...change }).evidence as NodePapers;
  const key = `receipt-key ${signer(`${NAME}/receipt`, 11).vkey}`;
  const cert = named(CERT).replace(/receipt-key .*/, key);
  const good = papersOf({ cert });

  /** A call that is carried by the first node. */
  async function carried(): Promise<Watch> {
    const watch = await new Watch().prove();
    watch.others.set(NAME, good);
    return watch;
  }

  it('is admitted by papers that it shows itself, and the one that we have stays', async () => {
    const watch = await carried();
    const told = watch.told.length;
    expect(await watch.guard.admit(NAME)).toMatchObject({ kind: 'proven', node: NAME });
    expect(watch.asked).toEqual([null, NAME]);
    expect(watch.told).toHaveLength(told);
    await watch.wait(CHECK_EVERY_MS);
    expect(watch.asked).toEqual([null, NAME, null]);
    expect(watch.told.at(-1)).toMatchObject({
      type: 'node-proven',
      facts: { node: 'eu-fra-1.meet.example.org' },
    });
  });

  it('is judged anew when the meeting is there, and by nothing that the one before showed', async () => {
    const watch = await carried();
    await watch.guard.admit(NAME);
    watch.guard.goTo(NAME);
    watch.guard.ask({ type: 'prove-node', id: 2 });
    await watch.settle();
    expect(watch.told.at(-1)).toMatchObject({ type: 'node-proven', id: 2, facts: { node: NAME } });
    expect(watch.proven.at(-1)).toBe(good);
    expect(watch.asked).toEqual([null, NAME]); // it has just shown them
    watch.others.delete(NAME);
    watch.guard.goTo(null);
    watch.guard.goTo(NAME);
    watch.guard.ask({ type: 'prove-node', id: 3 });
    await watch.settle();
    expect(watch.told.at(-1)?.type).toBe('node-proven'); // of before: nothing is known of it now
    expect(watch.told.filter((told) => 'id' in told && told.id === 3)).toEqual([]);
  });

  it('answers nothing that is asked about the one before', async () => {
    const watch = await carried();
    await watch.guard.admit(NAME);
    watch.guard.goTo(NAME);
    const told = watch.told.length;
    watch.guard.ask({ type: 'compose', id: 1, offered: OFFERED });
    watch.guard.ask({ type: 'check-pair', id: 1, address: '192.0.2.9' });
    expect(watch.told).toHaveLength(told);
  });

  it.each([
    ['papers of another node', papersOf({}), 'node'],
    ['nothing to show', 'none', 'missing'],
    [
      'another country',
      papersOf({
        cert: cert.replace('region DE\nregion-groups EEA EU', 'region US\nregion-groups FVEY'),
      }),
      'region_not_allowed',
    ],
    [
      'no role for media',
      papersOf({ cert: cert.replace('roles media relay signal', 'roles relay signal') }),
      'role_not_granted',
    ],
    [
      'no role for signalling',
      papersOf({ cert: cert.replace('roles media relay signal', 'roles media relay') }),
      'role_not_granted',
    ],
    ['a certificate that is in no set', papersOf({ cert, setOf: () => ['another'] }), 'not_in_set'],
    ['a certificate of strangers', papersOf({ cert, certSigners: [STRANGER] }), 'signatures'],
    ['a log that nobody saw', papersOf({ cert, cosigners: [] }), 'witnesses'],
  ] as const)('is not admitted with %s', async (_, shown, reason) => {
    const watch = await carried();
    watch.others.set(NAME, shown);
    expect(await watch.guard.admit(NAME)).toMatchObject({ kind: 'refused', reason });
  });

  it('is not admitted before the policy is known, nor when it does not answer', async () => {
    const watch = new Watch();
    watch.others.set(NAME, good);
    expect(await watch.guard.admit(NAME)).toMatchObject({ kind: 'refused', part: 'policy' });
    expect(watch.asked).toEqual([]);
    const silent = await carried();
    silent.others.delete(NAME);
    expect(await silent.guard.admit(NAME)).toBe('silent');
  });
});
