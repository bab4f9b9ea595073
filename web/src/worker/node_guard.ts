// Whether the node that offers to carry us may (docs/protocol/nodes.md 8). The policy comes from the group,
// so a page that was lied to about it changes nothing. Papers are fetched for each connection, and every
// ten minutes again; where they cannot be fetched, those of before count until they are too old.

import { base64url, fromBase64url } from '../wire/base64';
import type { NodePapers } from '../wire/node_papers';
import type {
  NodeAsk,
  NodeFacts,
  NodeTold,
  OfferedTransport,
  SeenOperator,
} from '../wire/node_view';
import type { Policy } from '../wire/policy';
import { composeTransport, writeFingerprint } from '../verify/candidates';
import {
  NOTHING_SEEN,
  proveNode,
  refusedNode,
  type NodePolicy,
  type NodeVerdict,
  type ProvenNode,
  type RefusedNode,
  type SeenNodes,
} from '../verify/node_chain';
import { checkSelectedPair } from '../verify/selected_pair';
import { Carrier, type CarrierOutlets, type CarrierPolicy } from './carrier';

export const CHECK_EVERY_MS = 600_000;
const FETCH_AGAIN_MS = 500;
const FETCH_AGAIN_MAX_MS = 4000;
/** A server that cannot be asked, or has nothing to show any more, is believed by what it showed before. */
export const PAPERS_AGE_MS_MAX = 86_400_000;
/** Between the question whether a node may have the meeting and the connection to it. */
const ADMITTED_MS = 10_000;
/** docs/protocol/encryption.md 3: receipts are required, exclusion by physics is. */
const UNKEPT_FLAGS = 1 | 4;

/** What breaks a check proves nothing. */
const BROKEN = refusedNode('missing', 'node_cert');

export interface GuardOutlets extends CarrierOutlets {
  readonly after: (ms: number, run: () => void) => () => void;
  /** 'none': the server says that it has nothing to show; null: it cannot be asked now. */
  readonly fetchPapers: (node: NodeName) => Promise<NodePapers | 'none' | null>;
  readonly tell: (told: NodeTold) => void;
  /** Papers that have just been proven, of the node that the meeting is at. */
  readonly proven?: (papers: NodePapers, seen: SeenNodes) => void;
  /** Likewise of a second node, to which media go. */
  readonly carrierProven?: (papers: NodePapers) => void;
}

/** As in its certificate; null: the one that served the page. */
export type NodeName = string | null;

interface Admitted {
  readonly node: string;
  readonly papers: NodePapers;
  readonly fetchedAt: number;
}

/** What of a policy decides. */
export type GuardPolicy = CarrierPolicy & Pick<Policy, 'flags' | 'excludedByPhysics'>;

export class NodeGuard {
  readonly #outlets: GuardOutlets;
  #policy: GuardPolicy | null = null;
  #seen: SeenNodes = NOTHING_SEEN;
  #known: readonly SeenOperator[] = [];
  #papers: NodePapers | null = null;
  #fetchedAt = 0;
  #at: NodeName = null;
  /** papers of a node that was asked whether it may have the meeting */
  #admitted: Admitted | null = null;
  #attempts = 0;
  #node: ProvenNode | null = null;
  /** the second node, to which media go; null: there is none */
  #carrier: Carrier | null = null;
  /** the question that is being answered; what belongs to another one is dropped */
  #asked: number | null = null;
  #cancel: (() => void) | null = null;

  constructor(outlets: GuardOutlets) {
    this.#outlets = outlets;
  }

  /** What this browser has accepted before, of whichever operator. */
  remember(known: readonly SeenOperator[]): void {
    this.#known = known;
  }

  /** The policy of the meeting is known; it never changes. */
  use(policy: GuardPolicy): void {
    if (this.#policy) return;
    this.#policy = policy;
    this.#seen = seenOf(this.#known, policy);
    if (this.#asked !== null) void this.#prove(this.#asked);
  }

  ask(ask: NodeAsk): void {
    switch (ask.type) {
      case 'prove-node':
        this.end();
        this.#asked = ask.id;
        this.#attempts = 0;
        if (this.#policy) void this.#prove(ask.id);
        return;
      case 'compose':
        if (ask.id !== this.#asked) return;
        this.#carrier =
          ask.node === undefined
            ? null
            : new Carrier(this.#outlets, ask.node, ask.offered.fingerprint);
        if (!this.#carrier) return this.#compose(ask.id, ask.offered);
        return void this.#bring(ask.id, this.#carrier, ask.offered, 0);
      case 'check-pair':
        return this.#answer(ask.id, (node) => {
          const address = ask.address ?? undefined;
          const refused = checkSelectedPair(node, address);
          if (refused || address === undefined) return refused ?? null;
          this.#tell({ type: 'pair-proven', id: ask.id, address });
          return null;
        });
    }
  }

  /** Whether another node may be told of the meeting: by its own papers, as they are now. */
  async admit(node: string): Promise<NodeVerdict | 'silent'> {
    const policy = this.#policy;
    if (!policy) return refusedNode('missing', 'policy');
    if (isUnkept(policy)) return refusedNode('kind', 'policy');
    const papers = await this.#outlets.fetchPapers(node);
    if (papers === null) return 'silent';
    if (papers === 'none') return refusedNode('missing', 'node_cert');
    const now = this.#outlets.now();
    const verdict = await proveNode(papers, policy, this.#seen, now / 1000, 'signal');
    if (verdict.kind === 'refused') return verdict;
    // Papers of another node prove nothing of this one.
    if (verdict.node !== node) return refusedNode('node', 'node_cert');
    if (!verdict.roles.includes('media')) return refusedNode('role_not_granted', 'node_cert');
    this.#admitted = { node, papers, fetchedAt: now };
    return verdict;
  }

  /** Papers of another node, proven, to which the node that we have says that it passes packets on; null: nothing
   * proves that it may have them. */
  async relayPapers(node: string): Promise<NodePapers | null> {
    const relay = new Carrier(this.#outlets, node, '');
    const verdict = await this.#judgeCarrier(relay);
    return verdict?.kind === 'proven' ? relay.papers : null;
  }

  /** Where the meeting is, as its certificate says; null: nothing is proven. */
  get node(): string | null {
    return this.#node?.node ?? null;
  }

  /** The meeting is at this node from now on: nothing that the one before showed counts for it. */
  goTo(node: NodeName): void {
    if (node === this.#at) return;
    const admitted = this.#admitted?.node === node ? this.#admitted : null;
    this.end();
    this.#at = node;
    this.#papers = admitted?.papers ?? null;
    this.#fetchedAt = admitted?.fetchedAt ?? 0;
  }

  /** Nothing is known any more, and nothing is fetched. */
  end(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#asked = null;
    this.#node = null;
    this.#carrier = null;
  }

  /** Of the node that media go to. */
  #answer(id: number, judge: (node: ProvenNode) => RefusedNode | null): void {
    if (id !== this.#asked) return;
    const node = this.#carrier ? this.#carrier.node : this.#node;
    const refused = node ? judge(node) : refusedNode('missing', 'node_cert');
    if (refused) this.#refuse(id, refused, this.#carrier);
  }

  #compose(id: number, offered: OfferedTransport): void {
    this.#answer(id, (node) => {
      const composed = composeTransport(node, offered);
      if (composed.kind === 'refused') return composed;
      const { fingerprint, candidates } = composed;
      this.#tell({ type: 'node-composed', id, transport: { fingerprint, candidates } });
      return null;
    });
  }

  /** A second node is to carry us: nothing is composed before it is proven. */
  async #bring(
    id: number,
    carrier: Carrier,
    offered: OfferedTransport,
    attempts: number,
  ): Promise<void> {
    const isWanted = (): boolean => carrier === this.#carrier && id === this.#asked;
    if (!isWanted()) return;
    const verdict = await this.#judgeCarrier(carrier).catch(() => BROKEN);
    if (!isWanted()) return;
    if (verdict === null) {
      const again = (): void => void this.#bring(id, carrier, offered, attempts + 1);
      return void this.#outlets.after(pauseAfter(attempts), again);
    }
    if (verdict.kind === 'refused') return this.#refuse(id, verdict, carrier);
    this.#tellProven(id);
    this.#compose(id, offered);
  }

  async #prove(id: number): Promise<void> {
    const verdict = await this.#judge(id).catch(() => BROKEN);
    if (id !== this.#asked || !verdict) return;
    if (verdict.kind === 'refused') return this.#refuse(id, verdict);
    this.#take(verdict);
    const carrier = this.#carrier;
    // One that is not proven yet is being looked at.
    const second = carrier?.node ? await this.#judgeCarrier(carrier).catch(() => BROKEN) : null;
    if (id !== this.#asked || carrier !== this.#carrier) return;
    if (second?.kind === 'refused') return this.#refuse(id, second, carrier);
    this.#tellProven(id);
    this.#again(id, CHECK_EVERY_MS);
  }

  async #judgeCarrier(carrier: Carrier): Promise<NodeVerdict | null> {
    const [node, papers, policy] = [this.#node, this.#papers, this.#policy];
    if (!node || !papers || !policy) return BROKEN;
    const verdict = await carrier.judge({ node, papers }, policy, this.#seen);
    const isOld = this.#outlets.now() - carrier.fetchedAt > PAPERS_AGE_MS_MAX;
    return verdict?.kind === 'proven' && isOld
      ? refusedNode('log_stale', 'node_cert_proof')
      : verdict;
  }

  /** Null: not now. */
  async #judge(id: number): Promise<NodeVerdict | null> {
    const admitted = this.#admitted?.node === this.#at ? this.#admitted : null;
    this.#admitted = null; // once: from then on they are fetched as ever
    const isNew = admitted && this.#outlets.now() - admitted.fetchedAt < ADMITTED_MS;
    const fetched = isNew ? admitted.papers : await this.#outlets.fetchPapers(this.#at);
    const now = this.#outlets.now();
    if (id !== this.#asked || !this.#policy) return null;
    if (isUnkept(this.#policy)) return refusedNode('kind', 'policy');
    if (fetched !== null && fetched !== 'none') {
      this.#papers = fetched;
      this.#fetchedAt = now;
    } else if (!this.#papers && fetched === null) {
      this.#again(id, pauseAfter(this.#attempts++));
      return null;
    }
    if (this.#papers && now - this.#fetchedAt > PAPERS_AGE_MS_MAX) {
      return refusedNode('log_stale', 'node_set_proof');
    }
    return proveNode(this.#papers ?? {}, this.#policy, this.#seen, now / 1000);
  }

  /** of: the second node, when it is the one that may not. */
  #refuse(id: number, { reason, part }: RefusedNode, of: Carrier | null = null): void {
    this.end();
    const refusal = { reason, part, ...(of && { carrier: of.name }) };
    this.#tell({ type: 'node-refused', id, refusal });
  }

  #take(node: ProvenNode): void {
    this.#node = node;
    this.#seen = node.seen;
    if (this.#papers) this.#outlets.proven?.(this.#papers, node.seen);
  }

  /** Everything that carries us has just been proven. */
  #tellProven(id: number): void {
    const [node, carrier] = [this.#node, this.#carrier];
    if (!node) return;
    const second = carrier?.node ?? null;
    if (second) this.#seen = second.seen;
    if (second && carrier?.papers) this.#outlets.carrierProven?.(carrier.papers);
    if (this.#policy) this.#tell({ type: 'seen-operator', seen: toKeep(this.#policy, this.#seen) });
    this.#tell({
      type: 'node-proven',
      id,
      facts: factsOf(node, this.#fetchedAt),
      carrier: second && carrier ? factsOf(second, carrier.fetchedAt) : null,
    });
  }

  #again(id: number, ms: number): void {
    this.#cancel?.();
    this.#cancel = this.#outlets.after(ms, () => void this.#prove(id));
  }

  #tell(told: NodeTold): void {
    this.#outlets.tell(told);
  }
}

/** What this client does not do cannot be promised to a meeting: who made it with another client is told so. */
function isUnkept({ flags, excludedByPhysics }: GuardPolicy): boolean {
  return (flags & UNKEPT_FLAGS) !== 0 || excludedByPhysics.length > 0;
}

function pauseAfter(attempts: number): number {
  return Math.min(FETCH_AGAIN_MS * 2 ** attempts, FETCH_AGAIN_MAX_MS);
}

function factsOf(node: ProvenNode, fetchedAt: number): NodeFacts {
  return {
    node: node.node,
    entity: node.entity,
    country: node.country,
    site: node.site,
    certSerial: node.certSerial,
    setSerial: node.setSerial,
    notAfter: node.notAfter,
    fingerprint: writeFingerprint(node.fingerprint),
    isSingleKey: node.isSingleKey,
    witnessed: node.witnessed,
    witnessedAt: node.witnessedAt ?? null,
    fetchedAt,
  };
}

function toKeep(policy: NodePolicy, seen: SeenNodes): SeenOperator {
  const { operatorKeys, set, certSerials } = seen;
  return {
    operator: base64url(policy.operatorKeysHash),
    keys: operatorKeys ? textOf(operatorKeys) : null,
    set: set ? textOf(set) : null,
    certSerials: [...certSerials],
  };
}

function seenOf(known: readonly SeenOperator[], policy: NodePolicy): SeenNodes {
  const operator = base64url(policy.operatorKeysHash);
  const seen = known.find((each) => each.operator === operator);
  if (!seen) return NOTHING_SEEN;
  return {
    operatorKeys: keptText(seen.keys),
    set: keptText(seen.set),
    certSerials: new Map(seen.certSerials),
  };
}

type Text = NonNullable<SeenNodes['set']>;

const textOf = ({ serial, sha256 }: Text): { serial: number; sha256: string } => ({
  serial,
  sha256: base64url(sha256),
});

function keptText(kept: SeenOperator['set']): Text | undefined {
  const sha256 = kept ? fromBase64url(kept.sha256, 32) : undefined;
  return kept && sha256 ? { serial: kept.serial, sha256 } : undefined;
}
