// Other nodes of the operator that may carry this meeting, for when its own one is lost: the checks of
// docs/protocol/nodes.md 8 that need no answer of the node itself. Nobody is asked which ones there are: the
// set in force names them by the hashes of their certificates, and the certificates stand in the log.

import { areEqual, asBytes, compare, concat, type Bytes } from '../wire/bytes';
import type { NodePapers } from '../wire/node_papers';
import { fromUtf8, utf8 } from '../wire/utf8';
import type { Checkpoint } from './checkpoint';
import { judgeCheckpoint, readLogPolicy } from './log_policy';
import { isIncluded, leafHash } from './merkle';
import { openNodeCert, readNodeCert, type NodeCert } from './node_cert';
import { isFresh, type NodePolicy, type SeenNodes } from './node_chain';
import { checkSetSerial, openNodeSet, type NodeSet } from './node_set';
import { readNote } from './note';
import { listsFrom, openOperatorKeys, type OperatorKeys } from './operator_keys';
import { proveInclusion } from './prover';
import { findEntries, type ReadLogFile, type SetEntry } from './set_entries';
import { hashesInTiles, readTile, tilePath } from './tile';

/** LIMIT: nodes that are kept in mind. */
export const OTHER_NODES_MAX = 8;

export interface OtherNode {
  /** of the certificate: where the node is */
  readonly node: string;
  readonly leaf: Bytes;
  /** in seconds since 1970 */
  readonly notAfter: number;
}

export interface OtherNodes {
  /** in the order in which all members of the meeting turn to them */
  readonly nodes: readonly OtherNode[];
  /** leaf hashes of the set in force but for this node's */
  readonly listed: readonly Bytes[];
  /** false: the log could not be read, or is not believed */
  readonly isRead: boolean;
}

export type OtherNodesPolicy = NodePolicy & { readonly meeting: Uint8Array };

const NONE: OtherNodes = { nodes: [], listed: [], isRead: false };

/**
 * papers: of the node that carries us, proven already; now: in seconds since 1970.
 * Whatever cannot be proved is left out.
 */
export async function findOtherNodes(
  papers: NodePapers,
  policy: OtherNodesPolicy,
  seen: SeenNodes,
  read: ReadLogFile,
  now: number,
): Promise<OtherNodes> {
  const lists = await listsFrom(papers.operatorKeys, policy.operatorKeysHash);
  const keys = await openOperatorKeys(lists, policy.operatorKeysHash, seen.operatorKeys);
  if (typeof keys === 'string') return NONE;
  const set = await openNodeSet(papers.nodeSet, keys, now);
  if (typeof set === 'string' || checkSetSerial(set, policy.minNodeSetSerial, seen.set))
    return NONE;
  const listed = await othersOf(set, papers.nodeCert);
  if (listed.length === 0) return { ...NONE, isRead: true };
  const once = remembering(read);
  const head = await headOf(papers, policy, once, now);
  if (!head) return { ...NONE, listed };
  const entries = await findEntries(listed, head.size, once);
  const certs = await certsOf(entries, await nameOf(papers.nodeCert), keys, now);
  const fit = certs.filter(({ cert }) => isFit(cert, policy, seen));
  const nodes: OtherNode[] = [];
  for (const { cert, entry } of await inOrder(fit, policy.meeting)) {
    if (nodes.length === OTHER_NODES_MAX) break;
    if (!(await isLogged(entry, head, once))) continue;
    nodes.push({ node: cert.node, leaf: entry.leaf, notAfter: cert.notAfter });
  }
  return { nodes, listed, isRead: true };
}

interface LoggedCert {
  readonly cert: NodeCert;
  readonly entry: SetEntry;
}

async function othersOf({ certs }: NodeSet, own: Uint8Array): Promise<readonly Bytes[]> {
  const leaf = await leafHash(own);
  return certs.filter((cert) => !areEqual(cert, leaf));
}

async function nameOf(cert: Uint8Array): Promise<string> {
  const read = await readNodeCert(readNote(fromUtf8(cert) ?? '')?.text ?? '');
  return typeof read === 'string' ? '' : read.node;
}

/** Signed by the log, seen by the quorum within a day: what check 6 asks of a proof's checkpoint. */
async function headOf(
  papers: NodePapers,
  { logPolicyHash }: NodePolicy,
  read: ReadLogFile,
  now: number,
): Promise<Checkpoint | undefined> {
  const bytes = asBytes(papers.logPolicy);
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const policy = areEqual(hash, logPolicyHash) ? await readLogPolicy(bytes) : undefined;
  if (!policy || 'fault' in policy) return undefined;
  const note = fromUtf8((await read('checkpoint')) ?? new Uint8Array()) ?? '';
  const evidence = await judgeCheckpoint(note, policy);
  const isGood = typeof evidence !== 'string' && isFresh(evidence, policy, now);
  return isGood ? evidence.checkpoint : undefined;
}

/** Of each other node the one with the highest serial; none of a node that two countries are named for. */
async function certsOf(
  entries: readonly SetEntry[],
  ownName: string,
  keys: OperatorKeys,
  now: number,
): Promise<readonly LoggedCert[]> {
  const best = new Map<string, LoggedCert>();
  const countries = new Map<string, string>();
  const refused = new Set([ownName]);
  for (const entry of entries) {
    const claim = await readNodeCert(readNote(fromUtf8(entry.note) ?? '')?.text ?? '');
    if (typeof claim === 'string') continue;
    const { node, country } = claim;
    if ((countries.get(node) ?? country) !== country) refused.add(node);
    countries.set(node, country);
    const cert = await openNodeCert(entry.note, keys, now);
    if (typeof cert === 'string' || (best.get(node)?.cert.serial ?? 0) >= cert.serial) continue;
    best.set(node, { cert, entry });
  }
  return [...best.values()].filter(({ cert }) => !refused.has(cert.node));
}

function isFit(cert: NodeCert, policy: NodePolicy, seen: SeenNodes): boolean {
  return (
    policy.countries.includes(cert.country) &&
    cert.roles.includes('media') &&
    cert.roles.includes('signal') &&
    cert.serial >= (seen.certSerials.get(cert.node) ?? 0)
  );
}

/** The same for everybody in the meeting, another one for each meeting: they meet again, and nobody is flooded. */
async function inOrder(
  certs: readonly LoggedCert[],
  meeting: Uint8Array,
): Promise<readonly LoggedCert[]> {
  const ranked: (readonly [Uint8Array, LoggedCert])[] = [];
  for (const each of certs) {
    const text = concat(meeting, utf8(each.cert.node));
    ranked.push([new Uint8Array(await crypto.subtle.digest('SHA-256', text)), each]);
  }
  return ranked.sort(([one], [other]) => compare(one, other)).map(([, each]) => each);
}

/** Check 6: by the hashes that the log's tiles hold, against the head that was signed. */
async function isLogged(
  { leaf, index }: SetEntry,
  head: Checkpoint,
  read: ReadLogFile,
): Promise<boolean> {
  const hashes = hashesInTiles(head.size, async (tile) => {
    const bytes = await read(tilePath(tile));
    return bytes && readTile(bytes, tile.width);
  });
  const proof = await proveInclusion(index, head.size, hashes);
  return proof !== undefined && isIncluded(leaf, index, head, proof);
}

/** Each file is read once. */
function remembering(read: ReadLogFile): ReadLogFile {
  const known = new Map<string, ReturnType<ReadLogFile>>();
  return (path) => {
    const file = known.get(path) ?? read(path);
    known.set(path, file);
    return file;
  };
}
