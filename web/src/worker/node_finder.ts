// Keeps in mind to which other nodes the meeting may go (verify/other_nodes.ts). It looks whenever the node
// that has the meeting has shown its papers, so that it is known before that node is lost.

import { areEqual } from '../wire/bytes';
import type { NodePapers } from '../wire/node_papers';
import type { OtherNodesTold } from '../wire/node_view';
import type { SeenNodes } from '../verify/node_chain';
import { findOtherNodes, type OtherNode, type OtherNodesPolicy } from '../verify/other_nodes';
import type { ReadLogFile } from '../verify/set_entries';

export interface FinderOutlets {
  /** ms since 1970 */
  readonly now: () => number;
  /** of the log that the meeting's node serves */
  readonly readLog: ReadLogFile;
  readonly tell: (told: OtherNodesTold) => void;
}

export class NodeFinder {
  readonly #outlets: FinderOutlets;
  #policy: OtherNodesPolicy | null = null;
  #nodes: readonly OtherNode[] = [];
  /** one look after the other: what is found last is of the newest papers */
  #turn: Promise<void> = Promise.resolve();

  constructor(outlets: FinderOutlets) {
    this.#outlets = outlets;
  }

  /** The policy of the meeting is known; it never changes. */
  use(policy: OtherNodesPolicy): void {
    this.#policy ??= policy;
  }

  /** Papers of the meeting's node that have just been proven. */
  look(papers: NodePapers, seen: SeenNodes): void {
    const task = (): Promise<void> => this.#look(papers, seen);
    this.#turn = this.#turn.then(task, task);
  }

  /** Found, and its certificate still holds. */
  holds(node: string): boolean {
    const now = this.#outlets.now() / 1000;
    return this.#nodes.some((each) => each.node === node && now < each.notAfter);
  }

  async #look(papers: NodePapers, seen: SeenNodes): Promise<void> {
    if (!this.#policy) return;
    const now = this.#outlets.now() / 1000;
    const { readLog, tell } = this.#outlets;
    const found = await findOtherNodes(papers, this.#policy, seen, readLog, now);
    const isListed = ({ leaf }: OtherNode): boolean =>
      found.listed.some((each) => areEqual(each, leaf));
    // A log that cannot be read takes nothing back; the set does.
    this.#nodes = found.isRead ? found.nodes : this.#nodes.filter(isListed);
    const nodes = this.#nodes.map(({ node }) => node).filter((node) => this.holds(node));
    tell({ type: 'other-nodes', nodes, isAlone: found.listed.length === 0 });
  }
}
