// What a lying server says of a second machine to which media are to go (docs/protocol/nodes.md 8.1): a log in which
// that machine's certificate stands, and one thing wrong with it each time. Behind it is the machine that really
// runs, so that without the lie media would flow.

import type { NodePart, NodeReason } from '../../src/wire/node_reason';
import { logFolder } from './log_files';
import { BEHIND_S, sceneOf, type Machine, type Scene } from './lying_server';
import { ALICE, CERT, NOW, STRANGER, WITNESSES, type Signer } from './operator';
import { AMERICA, certOf, PARIS, PARIS_KEY, type Changes } from './second_node';

export { filesOf } from './lying_server';

interface Lie {
  readonly part: NodePart;
  readonly reason: NodeReason;
  readonly changes?: Changes;
  readonly signers?: readonly Signer[];
  /** that the server names; 'first': the one that it is itself */
  readonly name?: string;
  readonly maxHops?: number;
  readonly isInSet?: boolean;
  readonly witnesses?: number;
  /** what the first machine's certificate says */
  readonly first?: string;
}

const cert = (reason: NodeReason, lie: Omit<Lie, 'part' | 'reason'> = {}): Lie => ({
  part: 'node_cert',
  reason,
  ...lie,
});

const LIES: Readonly<Record<string, Lie>> = {
  'a second machine in another country': cert('region_not_allowed', { changes: AMERICA }),
  'a second machine that nobody knows': cert('not_in_set', { name: 'us1.example.org' }),
  'a second machine that was taken out': cert('not_in_set', { isInSet: false }),
  'a second machine whose certificate is over': cert('expired', {
    changes: [['not-after 2026-12-07T00:00:00Z', 'not-after 2026-11-25T12:00:00Z']],
  }),
  'a second machine that one person signed': cert('signatures', { signers: [ALICE] }),
  'a second machine that a stranger signed': cert('signatures', { signers: [ALICE, STRANGER] }),
  'a second machine that may carry nobody': cert('role_not_granted', {
    changes: [['media relay', 'relay']],
  }),
  'a second machine that may not relay': cert('role_not_granted', {
    changes: [['media relay', 'media']],
  }),
  'a first machine that may not relay': cert('role_not_granted', {
    first: CERT.replace('media relay', 'media'),
  }),
  'a second machine in a log that one witness saw': {
    part: 'node_cert_proof',
    reason: 'witnesses',
    witnesses: 1,
  },
  'a second machine with another key': {
    part: 'transport',
    reason: 'fingerprint',
    changes: [[/dtls-sha256 \S+/, `dtls-sha256 ${'a5'.repeat(32)}`]],
  },
  'a second machine at another address': {
    part: 'transport',
    reason: 'address',
    changes: [[/addr 10\.\S+\n/, 'addr 10.98.0.1/32\n']],
  },
  'a second machine that is the first': { part: 'transport', reason: 'node', name: 'first' },
  'a second machine where one alone is allowed': {
    part: 'policy',
    reason: 'too_many_hops',
    maxHops: 1,
  },
};

export const SECOND_LIES: readonly string[] = Object.keys(LIES);

export interface SecondScene extends Scene {
  /** that `joined` is to name */
  readonly node: string;
  /** of the log: [path below its prefix, base64] */
  readonly log: readonly (readonly [string, string])[];
}

/** name: of a lie; null: all is right. */
export function secondScene(
  machine: Machine,
  origin: string,
  now: number,
  name: string | null,
): SecondScene {
  const lie = name === null ? undefined : LIES[name];
  if (name !== null && !lie) throw new Error(`no lie is called ${name}`);
  const { isInSet = true, maxHops = 2, part = null, reason = null } = lie ?? {};
  const laterS = Math.floor(now / 1000) - NOW + BEHIND_S;
  const second = certOf(PARIS, [...about(machine), ...(lie?.changes ?? [])], lie?.signers, laterS);
  const setOf = (own: string): readonly string[] => (isInSet ? [own, second] : [own]);
  const scene = sceneOf(
    machine,
    origin,
    now,
    name ?? '',
    part,
    reason,
    { setOf, cert: lie?.first ?? CERT },
    maxHops,
  );
  const own = (JSON.parse(scene.papers) as { node_cert: string }).node_cert;
  const cosigners = WITNESSES.slice(0, lie?.witnesses ?? 2).map(
    (witness) => [witness, NOW + laterS - 3600] as const,
  );
  const files = logFolder(['one', own, second, 'last'], { cosigners });
  return {
    ...scene,
    node: lie?.name === 'first' ? machine.node : (lie?.name ?? PARIS),
    log: [...files].map(([path, bytes]) => [path, Buffer.from(bytes).toString('base64')] as const),
  };
}

/** The second machine is the one that runs, under another name. */
function about({ fingerprint, addresses }: Machine): Changes {
  return [
    [PARIS_KEY, fingerprint],
    ['addr 198.51.100.8/30\n', ''],
    ['addr 2001:db8:2::10/128', addresses.map((each) => `addr ${each}`).join('\n')],
  ];
}
