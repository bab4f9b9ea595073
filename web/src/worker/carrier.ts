// A second node: media are to go to it, while the meeting and its signalling stay at the first one
// (docs/protocol/cluster.md 5.4). It is judged by its own papers, out of the log that the first one serves, and
// by the same checks. What the first one says of it is never enough.

import type { NodePapers } from '../wire/node_papers';
import type { Policy } from '../wire/policy';
import { readFingerprint } from '../verify/candidates';
import { papersInLog } from '../verify/logged_papers';
import {
  proveNode,
  refusedNode,
  type NodePolicy,
  type NodeVerdict,
  type ProvenNode,
  type SeenNodes,
} from '../verify/node_chain';
import type { ReadLogFile } from '../verify/set_entries';

/** Both ends of a relay are nodes in a row. */
const HOPS = 2;

export type CarrierPolicy = NodePolicy & Pick<Policy, 'maxHops'>;

export interface CarrierOutlets {
  /** ms since 1970 */
  readonly now: () => number;
  /** of the log that the first node serves */
  readonly readLog: ReadLogFile;
}

/** The node that the meeting is at, and what it has shown. */
export interface Home {
  readonly node: ProvenNode;
  readonly papers: NodePapers;
}

export class Carrier {
  readonly #outlets: CarrierOutlets;
  readonly name: string;
  readonly #fingerprint: Uint8Array | undefined;
  #papers: NodePapers | null = null;
  #fetchedAt = 0;
  /** null: nothing is proven of it, or not any more */
  #node: ProvenNode | null = null;

  /** fingerprint: of the transport that is offered, as in SDP. */
  constructor(outlets: CarrierOutlets, name: string, fingerprint: string) {
    this.#outlets = outlets;
    this.name = name;
    this.#fingerprint = readFingerprint(fingerprint);
  }

  get node(): ProvenNode | null {
    return this.#node;
  }

  get papers(): NodePapers | null {
    return this.#papers;
  }

  /** when its papers were read, in ms since 1970 */
  get fetchedAt(): number {
    return this.#fetchedAt;
  }

  /** Null: not now, since the log cannot be read, and was not before. */
  async judge(home: Home, policy: CarrierPolicy, seen: SeenNodes): Promise<NodeVerdict | null> {
    const verdict = await this.#judge(home, policy, seen);
    this.#node = verdict?.kind === 'proven' ? verdict : null;
    return verdict;
  }

  async #judge(home: Home, policy: CarrierPolicy, seen: SeenNodes): Promise<NodeVerdict | null> {
    const { node, papers: own } = home;
    // The first node is never named as the second: that would be a second way to say the same.
    if (this.name === node.node) return refusedNode('node', 'transport');
    if (policy.maxHops < HOPS) return refusedNode('too_many_hops', 'policy');
    if (!node.roles.includes('relay')) return refusedNode('role_not_granted', 'node_cert');
    const now = this.#outlets.now() / 1000;
    const { readLog } = this.#outlets;
    const found = await papersInLog(this.name, own, this.#fingerprint, readLog, now);
    if (found && 'kind' in found) return found;
    if (found) [this.#papers, this.#fetchedAt] = [found, this.#outlets.now()];
    const kept = this.#papers;
    if (!kept) return null;
    // A log that cannot be read now takes nothing back; the set of now does.
    const { nodeCert, nodeCertProof } = kept;
    const papers = { ...own, nodeCert, nodeCertProof };
    this.#papers = papers;
    const verdict = await proveNode(papers, policy, seen, now);
    if (verdict.kind === 'refused') return verdict;
    const isRelay = verdict.roles.includes('relay');
    return isRelay ? verdict : refusedNode('role_not_granted', 'node_cert');
  }
}
