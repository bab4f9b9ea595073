// What a node shows about itself: the answer of `GET /api/v1/nodes/self` (docs/protocol/nodes.md 10). Here
// it is taken apart only; what it is worth is found out in verify/.

import type { Bytes } from './bytes';
import { utf8 } from './utf8';

/** As much as a node shows, in bytes of JSON. */
export const NODE_PAPERS_BYTES_MAX = 8 * 1024 * 1024;

export interface NodePapers {
  readonly operatorKeys: readonly Bytes[];
  readonly logPolicy: Bytes;
  readonly nodeSet: Bytes;
  readonly nodeSetProof: Bytes;
  readonly nodeCert: Bytes;
  readonly nodeCertProof: Bytes;
}

const TEXTS = ['log_policy', 'node_set', 'node_set_proof', 'node_cert', 'node_cert_proof'] as const;
const FIELDS = TEXTS.length + 1;

/** Null when it is anything else. */
export function readNodePapers(json: string): NodePapers | null {
  const fields = objectOf(json);
  const lists = fields?.['operator_keys'];
  if (!fields || Object.keys(fields).length !== FIELDS || !isListOfTexts(lists)) return null;
  const [logPolicy, nodeSet, nodeSetProof, nodeCert, nodeCertProof] = TEXTS.map((name) =>
    bytesOf(fields[name]),
  );
  if (!logPolicy || !nodeSet || !nodeSetProof || !nodeCert || !nodeCertProof) return null;
  const operatorKeys = lists.map(utf8);
  return { operatorKeys, logPolicy, nodeSet, nodeSetProof, nodeCert, nodeCertProof };
}

function objectOf(json: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(json);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}

function isListOfTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function bytesOf(value: unknown): Bytes | null {
  return typeof value === 'string' ? utf8(value) : null;
}
