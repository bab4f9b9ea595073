// What the page says of the node that carries somebody: why one was refused, and what is known of one that was
// not. The words for both are in ui/node_texts.ts.

import type { NodePart, NodeReason } from '../wire/node_reason';

export type { NodePart, NodeReason };

/** Why a node is not believed, and what of it that is about. */
export interface NodeRefusal {
  readonly part: NodePart;
  readonly reason: NodeReason;
}

/** How much a statement about place is worth, the strongest first. */
export type ClaimLevel = 'enforced' | 'logged' | 'excluded' | 'unproven';
