// To which node the line goes. While all is well there is one; when it is lost, the others that the meeting
// allows have their turn behind it, round by round, as the group's worker has found them in the log
// (docs/protocol/signalling.md 4.4). A node is named as in its certificate; null: the one that served the page.

import type { PlaceReason } from '../wire/place_reason';
import { NEVER, type CallState } from './state';
import type { Turn } from './turn';

export type NodeName = string | null;

/** While every node that is asked says no, nobody is asked for longer than this. */
const REFUSED_MS = 10_000;
/** docs/protocol/signalling.md 4.5: after `moving` or `media_moving`. */
export const CARRIES_MS = 10_000;

export interface NodeChoice {
  /** that has our place */
  readonly at: NodeName;
  /** the one that had us before that; null: there was none */
  readonly movedFrom: NodeName;
  /** that the line goes to, or is about to */
  readonly trying: NodeName;
  readonly others: readonly string[];
  /** the operator has no other one at all, be it allowed or not */
  readonly isAlone: boolean;
  /** said for good in this outage that they may not */
  readonly barred: readonly NodeName[];
  /** attempts that came to nothing in this outage */
  readonly failures: number;
  /** the node has handed the meeting over, and media there go on until then */
  readonly carriesUntil: number;
  /** we wait, and the meeting has gone to this one: we go there once it is found that the meeting may be there */
  readonly next: string | null;
  /** one after the other has answered, and all of them with no, since then */
  readonly refusedSince: number;
}

export const NODES_UNKNOWN: NodeChoice = {
  at: null,
  movedFrom: null,
  trying: null,
  others: [],
  isAlone: true,
  barred: [],
  failures: 0,
  carriesUntil: 0,
  next: null,
  refusedSince: NEVER,
};

export function setNodes(turn: Turn, change: Partial<NodeChoice>): void {
  turn.set({ nodes: { ...turn.state.nodes, ...change } });
}

/** In the order of their turn. Whoever is not in the group has nothing to bring along, and stays. */
function orderOf({ nodes: { at, others }, members }: CallState): readonly NodeName[] {
  return members?.phase === 'in' ? [at, ...others.filter((node) => node !== at)] : [at];
}

export function candidatesOf(state: CallState): readonly NodeName[] {
  return orderOf(state).filter((node) => !state.nodes.barred.includes(node));
}

/** We are in the group, and the worker has found that the meeting may go there. */
export function isForMove({ state }: Turn, node: string): boolean {
  const { others, at } = state.nodes;
  return state.members?.phase === 'in' && others.includes(node) && node !== at;
}

/** This one is to be next, whatever it said before: the node that we have gives the meeting away. */
export function turnTo(turn: Turn, node: NodeName): void {
  const barred = turn.state.nodes.barred.filter((other) => other !== node);
  setNodes(turn, { trying: node, barred });
  carryOn(turn);
}

/** Media that stand go on for a while, at a node that says that they have to go. */
export function carryOn(turn: Turn): void {
  setNodes(turn, { carriesUntil: turn.now + CARRIES_MS });
}

/** The line is to be anew at the node that we had. */
export function startOver(turn: Turn): void {
  setNodes(turn, { trying: turn.state.nodes.at });
}

/** The node has answered, and has us. */
export function onPlaceKept(turn: Turn): void {
  const { trying, at, movedFrom } = turn.state.nodes;
  const before = turn.view.node?.facts.node ?? at;
  const cameFrom = trying === at ? movedFrom : before;
  setNodes(turn, { at: trying, movedFrom: cameFrom, barred: [], failures: 0, refusedSince: NEVER });
}

/** The next one has its turn. True: a round is over, and it is time for a pause. */
export function turnToNext(turn: Turn): boolean {
  const { nodes } = turn.state;
  const order = orderOf(turn.state);
  const behind = order.slice(order.indexOf(nodes.trying) + 1);
  const next = behind.find((node) => !nodes.barred.includes(node));
  const [first = nodes.at] = candidatesOf(turn.state);
  setNodes(turn, { trying: next ?? first, failures: nodes.failures + 1 });
  return next === undefined;
}

/** Nobody answered: the time of those who say no begins anew. */
export function onNoAnswer(turn: Turn): void {
  setNodes(turn, { refusedSince: NEVER });
}

/** A node says no. Whether another one, or the same one later, may say yes. */
export function onNodeSaysNo(turn: Turn, isForGood: boolean): boolean {
  const { nodes, members } = turn.state;
  if (members?.phase !== 'in' || nodes.others.length === 0) return false;
  const refusedSince = Math.min(nodes.refusedSince, turn.now);
  const barred = isForGood ? [...nodes.barred, nodes.trying] : nodes.barred;
  setNodes(turn, { refusedSince, barred });
  return candidatesOf(turn.state).length > 0 && turn.now - refusedSince < REFUSED_MS;
}

/** Another node has it, or one that comes to have it: the next one knows more. */
export function isForGood(reason: PlaceReason, retryAfter: number | undefined): boolean {
  return reason !== 'taken_over' && retryAfter === undefined;
}
