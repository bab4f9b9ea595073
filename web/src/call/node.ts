// The node that carries us: asked for its papers whenever a connection is made, and nothing goes to it before
// the worker has found them right (worker/node_guard.ts). The words for all of it are in ui/node_texts.ts.
// Timers:
//   papers   10 s to be fetched and judged
//   proof    11 min from then on: the worker judges anew after ten

import type { OfferedTransport } from '../wire/node_view';
import { NEVER, type CallState } from './state';
import type { Turn } from './turn';

export type { NodePart, NodeReason } from '../wire/node_reason';
export type { NodeFacts, NodeRefusal } from '../wire/node_view';

/** How much a statement about place is worth, the strongest first. */
export type ClaimLevel = 'enforced' | 'logged' | 'excluded' | 'unproven';

const PAPERS_MS = 10_000;
export const PROOF_MS = 660_000;

/** What is known of the node. `until` is when the question is given up. */
export interface Node {
  /** of the question: answers to an earlier one are dropped */
  readonly id: number;
  readonly phase: 'unasked' | 'asking' | 'proven';
  readonly until: number;
  /** the address that packets go to, as it was last asked about */
  readonly address: string | null;
}

export const NODE_UNASKED: Node = { id: 0, phase: 'unasked', until: NEVER, address: null };

export function askNode(turn: Turn): void {
  const id = turn.state.node.id + 1;
  turn.set({ node: { id, phase: 'asking', until: turn.now + PAPERS_MS, address: null } });
  turn.emit({ type: 'tell-group', command: { type: 'prove-node', id } });
}

/** Nobody carries us any more. */
export function forgetNode(turn: Turn): void {
  turn.set({ node: { ...NODE_UNASKED, id: turn.state.node.id + 1 } });
  turn.show({ node: null });
}

/** node: the second one, which is to carry us; undefined: the one that was proven does. */
export function compareTransport(
  turn: Turn,
  { fingerprint, candidates }: OfferedTransport,
  node: string | undefined,
): void {
  const { id } = turn.state.node;
  const offered = { fingerprint, candidates };
  const second = node === undefined ? {} : { node };
  turn.emit({ type: 'tell-group', command: { type: 'compose', id, offered, ...second } });
}

export function comparePair(turn: Turn, address: string | null): void {
  const { id } = turn.state.node;
  turn.set({ node: { ...turn.state.node, address } });
  turn.emit({ type: 'tell-group', command: { type: 'check-pair', id, address } });
}

/** What the shield says: to whom packets go, only while the path stands. */
export function settleNode(turn: Turn): void {
  const { node, media } = turn.state;
  const shown = turn.view.node;
  if (!shown) return;
  const address = media.phase === 'connected' ? node.address : null;
  if (address === shown.address) return;
  const since = shown.address === null ? turn.now : shown.since;
  turn.show({ node: { ...shown, address, since } });
}

export function isNodeProven({ node }: CallState): boolean {
  return node.phase === 'proven';
}
