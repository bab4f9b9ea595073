// What the worker finds about the node, and what follows. A refusal ends the call, whenever it comes.

import type { NodeFacts, NodeTold } from '../wire/node_view';
import { onPairProven, onTransport, isBoundTo } from './media';
import { comparePair, PROOF_MS } from './node';
import { fail, joinAnew } from './place';
import type { Turn } from './turn';

export function onNodeTold(turn: Turn, told: NodeTold): void {
  if (told.type === 'seen-operator')
    return turn.emit({ type: 'remember-operator', seen: told.seen });
  if (told.id !== turn.state.node.id) return;
  switch (told.type) {
    case 'node-proven':
      return onProven(turn, told.facts);
    case 'node-composed':
      return onTransport(turn, told.transport);
    case 'pair-proven':
      return onPairProven(turn, told.address);
    case 'node-refused': {
      const wasSent = turn.view.joinedAt !== null;
      fail(turn, 'node-refused');
      return turn.show({
        refusal: { ...told.refusal, wasSent },
        refusals: [...turn.view.refusals, told.refusal].slice(-REFUSALS_MAX),
      });
    }
  }
}

/** LIMIT: refusals that are shown. */
const REFUSALS_MAX = 8;

/** A node that has changed its key meanwhile is another one: a new connection is made to it. */
function onProven(turn: Turn, facts: NodeFacts): void {
  const { node } = turn.state;
  turn.set({ node: { ...node, phase: 'proven', until: turn.now + PROOF_MS } });
  const { address = null, since = turn.now } = turn.view.node ?? {};
  turn.show({ node: { facts, address, since } });
  if (!isBoundTo(turn, facts.fingerprint)) joinAnew(turn);
  else if (turn.state.media.phase === 'connected') comparePair(turn, node.address);
}
