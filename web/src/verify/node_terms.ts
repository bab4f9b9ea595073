// What a new meeting is bound to: the operator, the log and the set of the node at which it is made, once
// its papers are proven. Nobody vouches for them but the server that was asked: from then on the meeting's
// policy names them, and every other server is measured by it.

import { asBytes, type Bytes } from '../wire/bytes';
import { COUNTRIES } from '../wire/countries';
import type { NodePapers } from '../wire/node_papers';
import { fromUtf8 } from '../wire/utf8';
import { NOTHING_SEEN, proveNode, type ProvenNode, type RefusedNode } from './node_chain';
import type { NodeReason } from '../wire/node_reason';
import { leafHash } from './merkle';
import { openNodeSet } from './node_set';
import { readNote } from './note';
import { openOperatorKeys, readOperatorKeys, type OperatorKeys } from './operator_keys';

export interface NodeTerms {
  readonly kind: 'terms';
  readonly node: ProvenNode;
  /** Of the list in force. */
  readonly operatorKeysHash: Bytes;
  readonly logPolicyHash: Bytes;
  readonly nodeSetSerial: bigint;
  /** Leaf hashes of the certificates in force, and of this node's. */
  readonly certs: readonly Bytes[];
  readonly ownLeaf: Bytes;
}

/** now: in seconds since 1970 */
export async function readTerms(papers: NodePapers, now: number): Promise<NodeTerms | RefusedNode> {
  const keys = await openShown(papers.operatorKeys);
  if (typeof keys === 'string') return { kind: 'refused', reason: keys, part: 'operator_keys' };
  const hashes = {
    operatorKeysHash: keys.sha256,
    logPolicyHash: new Uint8Array(await crypto.subtle.digest('SHA-256', asBytes(papers.logPolicy))),
  };
  // Which countries are to be allowed is chosen later, so that all of them are here.
  const anywhere = { ...hashes, countries: COUNTRIES, minNodeSetSerial: 0n };
  const node = await proveNode(papers, anywhere, NOTHING_SEEN, now);
  if (node.kind === 'refused') return node;
  const set = await openNodeSet(papers.nodeSet, keys, now);
  if (typeof set === 'string') return { kind: 'refused', reason: set, part: 'node_set' };
  return {
    kind: 'terms',
    node,
    ...hashes,
    nodeSetSerial: BigInt(set.serial),
    certs: set.certs,
    ownLeaf: await leafHash(papers.nodeCert),
  };
}

/** The list in force of a chain whose first one is the server's own word. */
async function openShown(lists: readonly Uint8Array[]): Promise<OperatorKeys | NodeReason> {
  const [shown] = lists;
  if (!shown) return 'missing';
  const text = fromUtf8(shown) ?? '';
  const first = await readOperatorKeys(readNote(text)?.text ?? text);
  return typeof first === 'string' ? first : openOperatorKeys(lists, first.sha256);
}
