// What the worker answers to questions about the node, in the world of the call's tests.

import type { NodeAsk, NodeRefusal, NodeTold } from '../../src/wire/node_view';
import { CARRIER, FACTS } from './joined';

/** Questions of one kind are answered with a refusal. */
export interface NodeNo {
  readonly to: NodeAsk['type'];
  readonly refusal: NodeRefusal;
}

export function verdictOn(ask: NodeAsk, no: NodeNo | null): readonly NodeTold[] {
  const { id } = ask;
  if (no?.to === ask.type) return [{ type: 'node-refused', id, refusal: no.refusal }];
  switch (ask.type) {
    case 'prove-node':
      return [{ type: 'node-proven', id, facts: FACTS, carrier: null }];
    case 'compose': {
      const composed = { type: 'node-composed', id, transport: ask.offered } as const;
      if (ask.node === undefined) return [composed];
      return [{ type: 'node-proven', id, facts: FACTS, carrier: CARRIER }, composed];
    }
    case 'check-pair':
      return [{ type: 'pair-proven', id, address: ask.address ?? '' }];
  }
}
