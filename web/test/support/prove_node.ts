// A node's evidence, made by a plan and judged.

import {
  NOTHING_SEEN,
  proveNode,
  type NodeVerdict,
  type ProvenNode,
} from '../../src/verify/node_chain';
import type { Change } from './node_mutations';
import { carryOut, NOW } from './operator';

export const prove = async ({ seen, now, ...plan }: Change = {}): Promise<NodeVerdict> => {
  const { evidence, policy } = carryOut(plan);
  return proveNode(evidence, policy, { ...NOTHING_SEEN, ...seen }, now ?? NOW);
};

export const proven = async (): Promise<ProvenNode> => {
  const verdict = await prove();
  if (verdict.kind !== 'proven') throw new Error(verdict.reason);
  return verdict;
};
