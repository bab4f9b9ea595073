// Whether a node may carry this meeting: the checks of docs/protocol/nodes.md 8 that need no connection,
// in their order. The first one that fails is the answer, and nothing is sent. What is not there is wrong.

import { areEqual, asBytes, type Bytes } from '../wire/bytes';
import type { Policy } from '../wire/policy';
import { fromUtf8 } from '../wire/utf8';
import type { Checkpoint } from './checkpoint';
import { judgeLogProof, readLogPolicy, type LogPolicy } from './log_policy';
import { readLogProof, type LogEvidence, type LogFault } from './log_proof';
import { leafHash } from './merkle';
import { openNodeCert, type NodeCert, type NodeRole } from './node_cert';
import type { NodePart, NodeReason } from '../wire/node_reason';
import { checkSetSerial, isInSet, openNodeSet, type NodeSet } from './node_set';
import type { SeenText } from './node_text';
import { listsFrom, openOperatorKeys, type OperatorKeys } from './operator_keys';

const LOG_AGE_S_MAX = 86_400n;

/** As the server shows it; whatever is absent or empty is missing. */
export interface NodeEvidence {
  readonly operatorKeys?: readonly Uint8Array[];
  readonly logPolicy?: Uint8Array;
  readonly nodeSet?: Uint8Array;
  readonly nodeSetProof?: Uint8Array;
  readonly nodeCert?: Uint8Array;
  readonly nodeCertProof?: Uint8Array;
}

/** What this device has accepted before of the operator, to be kept and given again. */
export interface SeenNodes {
  /** The operator key list in force. */
  readonly operatorKeys: SeenText | undefined;
  readonly set: SeenText | undefined;
  /** Highest serial by node. */
  readonly certSerials: ReadonlyMap<string, number>;
}

export const NOTHING_SEEN: SeenNodes = {
  operatorKeys: undefined,
  set: undefined,
  certSerials: new Map(),
};

export interface ProvenNode extends Omit<NodeCert, 'serial'> {
  readonly kind: 'proven';
  readonly certSerial: number;
  readonly setSerial: number;
  /** One operator key is enough to add a node: to be shown. */
  readonly isSingleKey: boolean;
  /** Witnesses that saw the log, the fewer of the two proofs. */
  readonly witnessed: number;
  /** The older one of what the quorum saw, in seconds since 1970; undefined when no quorum is asked for. */
  readonly witnessedAt: number | undefined;
  /** The larger head of the log of the two that were seen. */
  readonly checkpoint: Checkpoint;
  readonly seen: SeenNodes;
}

export interface RefusedNode {
  readonly kind: 'refused';
  readonly reason: NodeReason;
  readonly part: NodePart;
}

export type NodeVerdict = ProvenNode | RefusedNode;

/** What of the policy decides about nodes. */
export type NodePolicy = Pick<
  Policy,
  'countries' | 'operatorKeysHash' | 'logPolicyHash' | 'minNodeSetSerial'
>;

/** now: in seconds since 1970 */
export async function proveNode(
  evidence: NodeEvidence,
  policy: NodePolicy,
  seen: SeenNodes,
  now: number,
  role: NodeRole = 'media',
): Promise<NodeVerdict> {
  try {
    return await prove(wholeOf(evidence), policy, seen, now, role);
  } catch (error) {
    if (error instanceof Refusal) return error.verdict;
    throw error;
  }
}

export function refusedNode(reason: NodeReason, part: NodePart): RefusedNode {
  return { kind: 'refused', reason, part };
}

class Refusal extends Error {
  readonly verdict: RefusedNode;

  constructor(reason: NodeReason, part: NodePart) {
    super(`${part}: ${reason}`);
    this.verdict = refusedNode(reason, part);
  }
}

/** nodes.md 8, checks 2 to 9. */
async function prove(
  evidence: Required<NodeEvidence>,
  policy: NodePolicy,
  seen: SeenNodes,
  now: number,
  role: NodeRole,
): Promise<ProvenNode> {
  const { operatorKeys, nodeSet, nodeCert } = evidence;
  const keys = accept(
    await openOperatorKeys(
      await listsFrom(operatorKeys, policy.operatorKeysHash),
      policy.operatorKeysHash,
      seen.operatorKeys,
    ),
    'operator_keys',
  );
  const logPolicy = await openLogPolicy(evidence.logPolicy, policy.logPolicyHash);
  const set = accept(await openNodeSet(nodeSet, keys, now), 'node_set');
  refuseIf(checkSetSerial(set, policy.minNodeSetSerial, seen.set), 'node_set');
  const cert = accept(await openNodeCert(nodeCert, keys, now), 'node_cert');
  const certSeen = seen.certSerials.get(cert.node) ?? 0;
  refuseIf(cert.serial < certSeen && 'cert_serial', 'node_cert');
  const logged = [
    await openLogged(nodeSet, evidence.nodeSetProof, logPolicy, now, 'node_set_proof'),
    await openLogged(nodeCert, evidence.nodeCertProof, logPolicy, now, 'node_cert_proof'),
  ] as const;
  refuseIf(!isInSet(await leafHash(nodeCert), set) && 'not_in_set', 'node_cert');
  refuseIf(!policy.countries.includes(cert.country) && 'region_not_allowed', 'node_cert');
  refuseIf(!cert.roles.includes(role) && 'role_not_granted', 'node_cert');
  return provenBy(cert, set, keys, logPolicy, logged, seen);
}

function provenBy(
  cert: NodeCert,
  set: NodeSet,
  keys: OperatorKeys,
  logPolicy: LogPolicy,
  [one, other]: readonly [LogEvidence, LogEvidence],
  seen: SeenNodes,
): ProvenNode {
  const { serial: certSerial, ...claims } = cert;
  return {
    kind: 'proven',
    ...claims,
    certSerial,
    setSerial: set.serial,
    isSingleKey: keys.threshold === 1,
    witnessed: Math.min(one.witnessed, other.witnessed),
    witnessedAt:
      logPolicy.quorum === undefined
        ? undefined
        : Number(one.time < other.time ? one.time : other.time),
    checkpoint: one.checkpoint.size > other.checkpoint.size ? one.checkpoint : other.checkpoint,
    seen: {
      operatorKeys: { serial: keys.serial, sha256: keys.sha256 },
      set: { serial: set.serial, sha256: set.sha256 },
      certSerials: new Map([...seen.certSerials, [cert.node, certSerial]]),
    },
  };
}

/** Check 1: all parts are there. */
function wholeOf(evidence: NodeEvidence): Required<NodeEvidence> {
  return {
    operatorKeys: evidence.operatorKeys ?? [], // an empty chain is missing, too
    logPolicy: partOf(evidence.logPolicy, 'log_policy'),
    nodeSet: partOf(evidence.nodeSet, 'node_set'),
    nodeSetProof: partOf(evidence.nodeSetProof, 'node_set_proof'),
    nodeCert: partOf(evidence.nodeCert, 'node_cert'),
    nodeCertProof: partOf(evidence.nodeCertProof, 'node_cert_proof'),
  };
}

function partOf(bytes: Uint8Array | undefined, part: NodePart): Uint8Array {
  if (!bytes || bytes.length === 0) throw new Refusal('missing', part);
  return bytes;
}

/** Check 3. */
async function openLogPolicy(bytes: Uint8Array, hash: Uint8Array): Promise<LogPolicy> {
  refuseIf(!areEqual(await sha256(bytes), hash) && 'log_policy', 'log_policy');
  const policy = await readLogPolicy(bytes);
  if ('fault' in policy) throw new Refusal('log_policy', 'log_policy');
  return policy;
}

/** Check 6: the note stands in the log, and a quorum saw that within a day. */
async function openLogged(
  note: Uint8Array,
  proofFile: Uint8Array,
  policy: LogPolicy,
  now: number,
  part: NodePart,
): Promise<LogEvidence> {
  const proof = readLogProof(fromUtf8(proofFile) ?? '');
  if (!proof) throw new Refusal('not_logged', part);
  const evidence = await judgeLogProof(proof, await leafHash(note), policy);
  if (typeof evidence === 'string') throw new Refusal(LOG_REASONS[evidence], part);
  refuseIf(!isFresh(evidence, policy, now) && 'log_stale', part);
  return evidence;
}

/** A quorum, if one is asked for, saw the log within a day. now: in seconds since 1970 */
export function isFresh({ time }: LogEvidence, { quorum }: LogPolicy, now: number): boolean {
  // A clock that is a day behind cannot tell what is fresh either.
  const age = BigInt(Math.floor(now)) - time;
  return quorum === undefined || (age <= LOG_AGE_S_MAX && age >= -LOG_AGE_S_MAX);
}

const LOG_REASONS: Readonly<Record<LogFault, NodeReason>> = {
  unsigned: 'checkpoint',
  origin: 'checkpoint',
  cosignature: 'witnesses',
  quorum: 'witnesses',
  inclusion: 'not_logged',
};

function accept<T extends object>(content: T | NodeReason, part: NodePart): T {
  if (typeof content === 'string') throw new Refusal(content, part);
  return content;
}

function refuseIf(reason: NodeReason | false | undefined, part: NodePart): void {
  if (reason) throw new Refusal(reason, part);
}

async function sha256(bytes: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', asBytes(bytes)));
}
