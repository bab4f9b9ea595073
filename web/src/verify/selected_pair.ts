// After connecting (docs/protocol/nodes.md 8, check 11): the address that packets really go to is one that
// the node's certificate holds. A pair whose address the browser does not tell is refused, too.

import { isAddressOf } from './candidates';
import { refusedNode, type ProvenNode, type RefusedNode } from './node_chain';

/** What getStats() says of the remote candidate of the selected pair; undefined: it says nothing. */
export function checkSelectedPair(
  node: Pick<ProvenNode, 'addresses'>,
  remoteAddress: string | undefined,
): RefusedNode | undefined {
  const isOurs = remoteAddress !== undefined && isAddressOf(node, remoteAddress);
  return isOurs ? undefined : refusedNode('address', 'transport');
}
