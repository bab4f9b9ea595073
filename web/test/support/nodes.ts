// The nodes of a meeting in the world of the call's tests: which of them are there, which one has the meeting,
// and what the others say to whoever brings it.

import type { ClientMessage, ServerMessage } from '../../src/wire/message';
import type { World } from './world';
import type { GroupEvent } from '../../src/wire/group';

export type NodeName = string | null;
/** killed: its system refuses every socket; silent: nothing ever comes from there */
export type Loss = 'killed' | 'silent';

export class Nodes {
  /** that has our place, as the group's worker knows it */
  seat: NodeName = null;
  /** at the other end of the present socket */
  line: NodeName = null;
  readonly lost = new Map<NodeName, Loss>();
  /** what a node says to `restore`, in place of yes */
  readonly refusals = new Map<NodeName, ServerMessage>();
  /** what the worker makes of it */
  landing: 'here' | 'ahead' | 'behind' | 'fork' = 'here';
  /** whose papers are not right */
  readonly unfit = new Set<NodeName>();
  /** to which a socket was opened, in order */
  readonly asked: NodeName[] = [];
  /** to which the meeting was brought */
  readonly told: NodeName[] = [];

  open(node: NodeName): Loss | 'open' {
    this.asked.push(node);
    this.line = node;
    return this.lost.get(node) ?? 'open';
  }

  get isSilent(): boolean {
    return this.lost.has(this.line);
  }

  /** The worker's word on a line to another node than its own; null: it is its own. */
  greet(): GroupEvent | null {
    const node = this.line;
    if (node === null || node === this.seat) return null;
    if (this.unfit.has(node)) return { type: 'node-unfit', node };
    return { type: 'say', message: RESTORE, node };
  }

  /** The node's answer to whoever brings the meeting. */
  answer(): ServerMessage {
    this.told.push(this.line);
    return this.refusals.get(this.line) ?? RESTORED;
  }

  /** What the worker says of that answer. */
  judge(): GroupEvent | null {
    const node = this.line;
    if (node === null || this.landing === 'fork') return null;
    if (this.landing === 'behind') return { type: 'refused', reason: 'behind' };
    this.seat = node;
    return this.landing === 'here' ? { type: 'moved', node } : { type: 'seat-lost' };
  }
}

/** The node is lost, and the line to it. */
export function loseNode(world: World, node: NodeName, how: Loss): void {
  world.nodes.lost.set(node, how);
  if (how === 'killed' && node === world.nodes.line) world.hang();
}

/** The worker has found others in the log. */
export function findNodes(world: World, ...nodes: readonly string[]): void {
  world.send({ type: 'group', event: { type: 'other-nodes', nodes, isAlone: false } });
}

const RESTORE: ClientMessage = {
  type: 'restore',
  version: 2,
  policy: 'AAAA',
  group_info: 'AAAA',
  identity: 'AAAA',
  log: { size: 2, frontier: ['A'.repeat(43)] },
  locked: false,
  generation: 1,
  time: 0,
  proof: 'A'.repeat(86),
};

export const RESTORED: ServerMessage = {
  type: 'restored',
  session: 'session-restored-00000',
  peer: 'self-restored',
  leaf: 0,
  epoch: 1,
  log_key: 'key',
  log: { size: 2, checkpoint: 'x' },
};
