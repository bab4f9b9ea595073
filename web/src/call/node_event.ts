// What the worker finds about the node, and what follows. A refusal ends the call, whenever it comes.

import type { NodeFacts, NodeRefusal, NodeTold } from '../wire/node_view';
import { onPairProven, onTransport, isBoundTo } from './media';
import { comparePair, PROOF_MS } from './node';
import { setNodes } from './node_choice';
import { notify } from './notice';
import { fail, joinAnew, joinNext } from './place';
import { cutLine, followMeeting, onGreeted, retryLine } from './reconnect';
import type { Turn } from './turn';

export function onNodeTold(turn: Turn, told: NodeTold): void {
  if ('id' in told && told.id !== turn.state.node.id) return;
  switch (told.type) {
    case 'seen-operator':
      return turn.emit({ type: 'remember-operator', seen: told.seen });
    case 'other-nodes':
      setNodes(turn, { others: told.nodes, isAlone: told.isAlone });
      return followMeeting(turn);
    case 'other-refused':
      return turn.show({ refusals: withRefusal(turn, told.refusal) });
    case 'node-proven':
      return onProven(turn, told.facts, told.carrier);
    case 'node-composed':
      return onTransport(turn, told.transport);
    case 'pair-proven':
      return onPairProven(turn, told.address);
    case 'node-refused': {
      // Asked where to knock, not whom to send media to: it says itself when we cannot stay.
      if (turn.state.nodes.next !== null) return setNodes(turn, { next: null });
      const wasSent = turn.view.joinedAt !== null;
      fail(turn, 'node-refused');
      return turn.show({
        refusal: { ...told.refusal, wasSent },
        refusals: withRefusal(turn, told.refusal),
      });
    }
  }
}

/** LIMIT: refusals that are shown. */
const REFUSALS_MAX = 8;

function withRefusal(turn: Turn, refusal: NodeRefusal): readonly NodeRefusal[] {
  return [...turn.view.refusals, refusal].slice(-REFUSALS_MAX);
}

/** The meeting is at another node now, with us in it: the way for media is made anew. */
export function onMoved(turn: Turn, node: string): void {
  if (turn.state.line.phase !== 'greeting' || node !== turn.state.nodes.trying) return;
  onGreeted(turn);
  joinNext(turn);
  notify(turn, { kind: 'moved', node });
}

/** It may not have the meeting, or we cannot bring it there. */
export function onNodeUnfit(turn: Turn, node: string): void {
  if (turn.state.line.phase !== 'greeting' || node !== turn.state.nodes.trying) return;
  cutLine(turn);
  retryLine(turn);
}

/** A node that has changed its key meanwhile is another one: a new connection is made to it. */
function onProven(turn: Turn, facts: NodeFacts, carrier: NodeFacts | null): void {
  const { node } = turn.state;
  turn.set({ node: { ...node, phase: 'proven', until: turn.now + PROOF_MS } });
  const { address = null, since = turn.now } = turn.view.node ?? {};
  const { movedFrom } = turn.state.nodes;
  turn.show({ node: { facts, carrier, address, since, movedFrom } });
  if (!isBoundTo(turn, (carrier ?? facts).fingerprint)) joinAnew(turn);
  else if (turn.state.media.phase === 'connected') comparePair(turn, node.address);
}
