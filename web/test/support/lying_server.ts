// What a lying server shows a real browser (tests/hostile/mutations.test.mjs): a meeting, and the papers of
// a machine that really runs, with one thing wrong each time. Of a second machine: lying_second.ts.

import { base64url } from '../../src/wire/base64';
import { composeLink } from '../../src/wire/link';
import type { SeenOperator, SeenText } from '../../src/wire/node_view';
import { encodePolicy, type Policy } from '../../src/wire/policy';
import { fromUtf8 } from '../../src/wire/utf8';
import type { NodeEvidence } from '../../src/verify/node_chain';
import type { NodePart, NodeReason } from '../../src/wire/node_reason';
import { REFUSED, type Change } from './node_mutations';
import { carryOut, NOW, sha256, type Plan } from './operator';

/** The real server behind the lie. */
export interface Machine {
  readonly node: string;
  /** hex */
  readonly fingerprint: string;
  /** blocks, in their order */
  readonly addresses: readonly string[];
  readonly receiptKey: string;
}

export interface Scene {
  readonly name: string;
  readonly part: NodePart | null;
  readonly reason: NodeReason | null;
  /** base64url, to be posted */
  readonly policy: string;
  readonly link: string;
  /** what `GET /api/v1/nodes/self` answers */
  readonly papers: string;
  /** what the browser has accepted before */
  readonly seen: readonly SeenOperator[];
}

const FILES = {
  nodeSet: 'node-set.txt',
  nodeSetProof: 'node-set.tlog-proof',
  nodeCert: 'node-cert.txt',
  nodeCertProof: 'node-cert.tlog-proof',
  logPolicy: 'log-policy.txt',
} as const;

/** What is to come has to be so for as long as the browser takes, and what is over must be over at once. */
const AHEAD_S = 3600;
export const BEHIND_S = -10;
/** No policy can say it. */
const UNSAID: readonly string[] = ['a country instead of its group'];

export const MUTATIONS: readonly string[] = REFUSED.map(([name]) => name).filter(
  (name) => !UNSAID.includes(name),
);

const textOf = (bytes: Uint8Array | undefined): string => (bytes && fromUtf8(bytes)) ?? '';

/** All is right: the files of the machine's data folder. */
export function filesOf(machine: Machine, now: number): Readonly<Record<string, string>> {
  const { evidence } = carryOut(planOf(machine, now, BEHIND_S));
  const files = Object.entries(FILES).map(([part, file]) => {
    const bytes = evidence[part as keyof typeof FILES];
    return [file, textOf(bytes)] as const;
  });
  const [list] = evidence.operatorKeys ?? [];
  return Object.fromEntries([...files, ['operator-keys.txt', textOf(list)] as const]);
}

/** All is right, for a meeting that is the control. */
export function honestScene(machine: Machine, origin: string, now: number): Scene {
  return sceneOf(machine, origin, now, 'nothing', null, null, {});
}

export function lyingScene(machine: Machine, origin: string, now: number, name: string): Scene {
  const [, part, reason, change] = REFUSED.find((each) => each[0] === name) ?? [];
  if (!part || !reason || !change) throw new Error(`no mutation is called ${name}`);
  return sceneOf(machine, origin, now, name, part, reason, change);
}

export function sceneOf(
  machine: Machine,
  origin: string,
  now: number,
  name: string,
  part: NodePart | null,
  reason: NodeReason | null,
  { seen, ...change }: Change,
  maxHops = 2,
): Scene {
  const isAhead = reason === 'not_yet_valid' || name === 'a head that a quorum will see';
  const plan = planOf(machine, now, isAhead ? AHEAD_S : BEHIND_S);
  const { evidence, policy: bound } = carryOut({ ...plan, ...change });
  const meeting = random(16);
  const policy: Policy = {
    ...bound,
    id: random(16),
    meeting,
    operatorKeysHash: new Uint8Array(bound.operatorKeysHash),
    logPolicyHash: new Uint8Array(bound.logPolicyHash),
    countries: [...bound.countries].sort(),
    maxHops,
    flags: 0,
    excludedByPhysics: [],
    hostKeys: [],
    issuers: [],
    lobby: 'open',
    suite: 4,
  };
  const bytes = encodePolicy(policy);
  const link = {
    meeting: base64url(meeting),
    secret: random(16),
    policyHash: sha256(bytes).slice(0, 16),
  };
  return {
    name,
    part,
    reason,
    policy: base64url(bytes),
    link: composeLink(origin, link),
    papers: papersOf(evidence),
    seen: seen ? [keptOf(machine, policy, seen)] : [],
  };
}

function planOf(machine: Machine, now: number, offsetS: number): Pick<Plan, 'about' | 'laterS'> {
  const about = (text: string): string =>
    text
      .replace(/^node .*$/m, `node ${machine.node}`)
      .replace(/^dtls-sha256 .*$/m, `dtls-sha256 ${machine.fingerprint}`)
      .replace(/^receipt-key .*$/m, `receipt-key ${machine.receiptKey}`)
      .replace(/^addr 192.0.2.8\/30\n/m, '')
      .replace(
        /^addr 2001:db8:1::10\/128$/m,
        machine.addresses.map((each) => `addr ${each}`).join('\n'),
      );
  return { about, laterS: Math.floor(now / 1000) - NOW + offsetS };
}

function papersOf(evidence: NodeEvidence): string {
  const text = (bytes: Uint8Array | undefined): string | undefined => bytes && fromUtf8(bytes);
  return JSON.stringify({
    node_cert: text(evidence.nodeCert),
    node_cert_proof: text(evidence.nodeCertProof),
    node_set: text(evidence.nodeSet),
    node_set_proof: text(evidence.nodeSetProof),
    operator_keys: evidence.operatorKeys?.map((list) => text(list)),
    log_policy: text(evidence.logPolicy),
  });
}

function keptOf(
  { node }: Machine,
  { operatorKeysHash }: Policy,
  seen: NonNullable<Change['seen']>,
): SeenOperator {
  const kept = (one: { serial: number; sha256: Uint8Array } | undefined): SeenText | null =>
    one ? { serial: one.serial, sha256: base64url(one.sha256) } : null;
  return {
    operator: base64url(operatorKeysHash),
    keys: kept(seen.operatorKeys),
    set: kept(seen.set),
    certSerials: [...(seen.certSerials?.values() ?? [])].map((serial) => [node, serial] as const),
  };
}

function random(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}
