// Whether the node that offers to carry us may (docs/protocol/nodes.md 8). The policy comes from the group,
// so a page that was lied to about it changes nothing. Papers are fetched for each connection, and every
// ten minutes again; where they cannot be fetched, those of before count until they are too old.

import { base64url, fromBase64url } from '../wire/base64';
import type { NodePapers } from '../wire/node_papers';
import type { NodeAsk, NodeFacts, NodeTold, SeenOperator } from '../wire/node_view';
import { composeTransport, writeFingerprint } from '../verify/candidates';
import {
  NOTHING_SEEN,
  proveNode,
  refusedNode,
  type NodePolicy,
  type NodeVerdict,
  type ProvenNode,
  type SeenNodes,
} from '../verify/node_chain';
import { checkSelectedPair } from '../verify/selected_pair';

export const CHECK_EVERY_MS = 600_000;
const FETCH_AGAIN_MS = 500;

export interface GuardOutlets {
  readonly now: () => number;
  readonly after: (ms: number, run: () => void) => () => void;
  /** 'none': the server says that it has nothing to show; null: it cannot be asked now. */
  readonly fetchPapers: () => Promise<NodePapers | 'none' | null>;
  readonly tell: (told: NodeTold) => void;
  /** Papers that have just been proven. */
  readonly proven?: (papers: NodePapers) => void;
}

export class NodeGuard {
  readonly #outlets: GuardOutlets;
  #policy: NodePolicy | null = null;
  #seen: SeenNodes = NOTHING_SEEN;
  #known: readonly SeenOperator[] = [];
  #papers: NodePapers | null = null;
  #node: ProvenNode | null = null;
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
  use(policy: NodePolicy): void {
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
        if (this.#policy) void this.#prove(ask.id);
        return;
      case 'compose':
        return this.#answer(ask.id, (node) => {
          const composed = composeTransport(node, ask.offered);
          if (composed.kind === 'refused') return composed;
          const { fingerprint, candidates } = composed;
          this.#tell({
            type: 'node-composed',
            id: ask.id,
            transport: { fingerprint, candidates },
          });
          return null;
        });
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

  /** Nothing is known any more, and nothing is fetched. */
  end(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#asked = null;
    this.#node = null;
  }

  #answer(id: number, judge: (node: ProvenNode) => NodeVerdict | null): void {
    if (id !== this.#asked) return;
    const verdict = this.#node ? judge(this.#node) : refusedNode('missing', 'node_cert');
    if (verdict) this.#judged(id, verdict);
  }

  async #prove(id: number): Promise<void> {
    const fetched = await this.#outlets.fetchPapers();
    if (id !== this.#asked || !this.#policy) return;
    if (fetched === null && !this.#papers) return this.#again(id, FETCH_AGAIN_MS);
    this.#papers = fetched === 'none' ? null : (fetched ?? this.#papers);
    const now = this.#outlets.now() / 1000;
    const verdict = await proveNode(this.#papers ?? {}, this.#policy, this.#seen, now);
    if (id !== this.#asked) return;
    if (verdict.kind === 'proven' && this.#papers) this.#outlets.proven?.(this.#papers);
    this.#judged(id, verdict);
  }

  #judged(id: number, verdict: NodeVerdict): void {
    if (verdict.kind === 'refused') {
      const { reason, part } = verdict;
      this.end();
      return this.#tell({ type: 'node-refused', id, refusal: { reason, part } });
    }
    this.#node = verdict;
    this.#seen = verdict.seen;
    if (this.#policy) this.#tell({ type: 'seen-operator', seen: toKeep(this.#policy, verdict) });
    this.#tell({ type: 'node-proven', id, facts: factsOf(verdict) });
    this.#again(id, CHECK_EVERY_MS);
  }

  #again(id: number, ms: number): void {
    this.#cancel?.();
    this.#cancel = this.#outlets.after(ms, () => void this.#prove(id));
  }

  #tell(told: NodeTold): void {
    this.#outlets.tell(told);
  }
}

function factsOf(node: ProvenNode): NodeFacts {
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
  };
}

function toKeep(policy: NodePolicy, { seen }: ProvenNode): SeenOperator {
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
