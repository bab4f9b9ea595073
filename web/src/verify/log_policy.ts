// Policies (C2SP tlog-policy): which logs to believe, and which witnesses must have cosigned, as one
// text file. Its hash stands in a meeting's policy, so that every octet of it counts.

import { base64 } from '../wire/base64';
import { fromUtf8 } from '../wire/utf8';
import { readCheckpoint, type Checkpoint } from './checkpoint';
import { cosignedAt, readWitness, type Witness } from './cosignature';
import type { LogEvidence, LogFault, LogProof } from './log_proof';
import { isIncluded } from './merkle';
import { openNote, readNote, readVerifierKey, signaturesOf, type VerifierKey } from './note';

const BYTES_MAX = 65_536;
const LOGS_MAX = 32;
const WITNESSES_MAX = 32;
const GROUPS_MAX = 32;
/** "group", a name, a threshold and all that can be a member. */
const WORDS_MAX = 3 + WITNESSES_MAX + GROUPS_MAX;
const NO_QUORUM = 'none';
/** tlog-policy: "the allowed octet values are 0x09 (tab), 0x0A (newline), 0x20-0x7E, and 0x80-0xFF." */
const FORBIDDEN = /[^\t\x20-\x7e\x80-\xff]/;
const THRESHOLD = /^[1-9][0-9]{0,2}$/;

/** A group knows its members by their names: those of witnesses and of groups before it. */
export interface WitnessGroup {
  readonly name: string;
  /** So many of the members. */
  readonly threshold: number;
  readonly members: readonly string[];
}

export interface LogPolicy {
  /** The name of each is its log's origin. */
  readonly logs: readonly VerifierKey[];
  readonly witnesses: ReadonlyMap<string, Witness>;
  readonly groups: readonly WitnessGroup[];
  /** A witness or a group; undefined when none is asked for. */
  readonly quorum: string | undefined;
}

export type LogPolicyFault =
  | 'size'
  | 'octet'
  | 'unterminated'
  | 'keyword'
  | 'words'
  | 'key'
  | 'key_again'
  | 'name_again'
  | 'unknown'
  | 'member_again'
  | 'threshold'
  | 'quorum_again'
  | 'no_quorum'
  | 'no_log'
  | 'limit';

/** What is wrong, and on which line, counted from 1; 0: on none of them. */
export interface LogPolicyError {
  readonly fault: LogPolicyFault;
  readonly line: number;
}

export async function readLogPolicy(bytes: Uint8Array): Promise<LogPolicy | LogPolicyError> {
  if (bytes.length > BYTES_MAX) return { fault: 'size', line: 0 };
  // One character an octet: names are octets, of whatever alphabet.
  const lines = Array.from(bytes, (byte) => String.fromCharCode(byte))
    .join('')
    .split('\n');
  const reader = new PolicyReader();
  for (const [at, line] of lines.entries()) {
    const isLast = at === lines.length - 1;
    if (isLast && line === '') break;
    const fault = isLast ? 'unterminated' : await reader.take(line);
    if (fault) return { fault, line: at + 1 };
  }
  return reader.finish();
}

class PolicyReader {
  readonly #logs: VerifierKey[] = [];
  readonly #witnesses = new Map<string, Witness>();
  readonly #groups: WitnessGroup[] = [];
  readonly #members = new Set<string>();
  #quorum: string | undefined;

  /** The next line. */
  async take(line: string): Promise<LogPolicyFault | undefined> {
    if (FORBIDDEN.test(line)) return 'octet';
    const [keyword = '', ...words] = line.split(/[\t ]+/).filter((word) => word !== '');
    if (keyword === '' || keyword.startsWith('#')) return undefined;
    switch (keyword) {
      case 'log':
        return this.#takeLog(words);
      case 'witness':
        return this.#takeWitness(words);
      case 'group':
        return this.#takeGroup(words);
      case 'quorum':
        return this.#takeQuorum(words);
      default:
        return 'keyword';
    }
  }

  finish(): LogPolicy | LogPolicyError {
    const [logs, witnesses, groups, quorum] = [
      this.#logs,
      this.#witnesses,
      this.#groups,
      this.#quorum,
    ];
    if (quorum === undefined) return { fault: 'no_quorum', line: 0 };
    // DEVIATION C2SP tlog-policy: without a log no checkpoint would be believed, so it is no policy.
    if (logs.length === 0) return { fault: 'no_log', line: 0 };
    return { logs, witnesses, groups, quorum: quorum === NO_QUORUM ? undefined : quorum };
  }

  /** log <vkey> [<url>] */
  async #takeLog(words: readonly string[]): Promise<LogPolicyFault | undefined> {
    const [vkey = ''] = words;
    if (words.length < 1 || words.length > 2) return 'words';
    const key = await readVerifierKey(textOf(vkey));
    if (!key) return 'key';
    if (this.#logs.some((log) => isSameKey(log, key))) return 'key_again';
    if (this.#logs.length === LOGS_MAX) return 'limit';
    this.#logs.push(key);
    return undefined;
  }

  /** witness <name> <vkey> [<url>] */
  async #takeWitness(words: readonly string[]): Promise<LogPolicyFault | undefined> {
    const [name = '', vkey = ''] = words;
    if (words.length < 2 || words.length > 3) return 'words';
    if (!this.#isFree(name)) return 'name_again';
    const witness = await readWitness(textOf(vkey));
    if (!witness) return 'key';
    const all = [...this.#witnesses.values()];
    if (all.some(({ cosigner }) => isSameKey(cosigner, witness.cosigner))) return 'key_again';
    if (all.length === WITNESSES_MAX) return 'limit';
    this.#witnesses.set(name, witness);
    return undefined;
  }

  /** group <name> all|any|<k> <name>... */
  #takeGroup(words: readonly string[]): LogPolicyFault | undefined {
    const [name = '', coded = '', ...members] = words;
    if (words.length < 3) return 'words';
    if (this.#groups.length === GROUPS_MAX || words.length + 1 > WORDS_MAX) return 'limit';
    if (!this.#isFree(name)) return 'name_again';
    for (const member of members) {
      if (!this.#isDefined(member)) return 'unknown';
      // "Each defined name can be listed as a group member at most once."
      if (this.#members.has(member)) return 'member_again';
      this.#members.add(member);
    }
    const threshold = readThreshold(coded, members.length);
    if (threshold === undefined) return 'threshold';
    this.#groups.push({ name, threshold, members });
    return undefined;
  }

  /** quorum <name> */
  #takeQuorum(words: readonly string[]): LogPolicyFault | undefined {
    const [name = ''] = words;
    if (words.length !== 1) return 'words';
    if (this.#quorum !== undefined) return 'quorum_again';
    if (name !== NO_QUORUM && !this.#isDefined(name)) return 'unknown';
    this.#quorum = name;
    return undefined;
  }

  #isFree(name: string): boolean {
    return name !== NO_QUORUM && !this.#isDefined(name);
  }

  #isDefined(name: string): boolean {
    return this.#witnesses.has(name) || this.#groups.some((group) => group.name === name);
  }
}

/**
 * The head of the log that signed a checkpoint, and whether witnesses cosigned it as the quorum asks
 * for. Wrong signatures of keys that the policy names spoil it, whoever else signed.
 */
export async function judgeCheckpoint(
  note: string,
  policy: LogPolicy,
): Promise<LogEvidence | LogFault> {
  const checkpoint = await findSigner(note, policy.logs);
  if (typeof checkpoint === 'string') return checkpoint;
  /** When each witness and group saw it. */
  const seen = new Map<string, bigint>();
  for (const [name, witness] of policy.witnesses) {
    const times = await cosignedAt(note, witness);
    if (!times) return 'cosignature';
    const [last] = latestFirst(times);
    if (last !== undefined) seen.set(name, last);
  }
  const witnessed = seen.size;
  for (const { name, threshold, members } of policy.groups) {
    const times = members.flatMap((member) => seen.get(member) ?? []);
    // From then on its threshold of members had seen it.
    const time = latestFirst(times)[threshold - 1];
    if (time !== undefined) seen.set(name, time);
  }
  if (policy.quorum === undefined) return { checkpoint, witnessed, time: 0n };
  const time = seen.get(policy.quorum);
  return time === undefined ? 'quorum' : { checkpoint, witnessed, time };
}

/** The same of a proof's checkpoint, and the entry with this leaf hash stands in that log. */
export async function judgeLogProof(
  { checkpoint: note, index, hashes }: LogProof,
  leaf: Uint8Array,
  policy: LogPolicy,
): Promise<LogEvidence | LogFault> {
  const evidence = await judgeCheckpoint(note, policy);
  if (typeof evidence === 'string') return evidence;
  return (await isIncluded(leaf, index, evidence.checkpoint, hashes)) ? evidence : 'inclusion';
}

/** A log of the policy signed the note, and the checkpoint is that log's own. */
async function findSigner(
  note: string,
  logs: readonly VerifierKey[],
): Promise<Checkpoint | 'unsigned' | 'origin'> {
  const read = readNote(note);
  if (!read) return 'unsigned';
  const signers: string[] = [];
  for (const log of logs) {
    if (signaturesOf(read, log).length === 0) continue;
    if ((await openNote(note, log)) === undefined) return 'unsigned';
    signers.push(log.name);
  }
  if (signers.length === 0) return 'unsigned';
  const checkpoint = readCheckpoint(read.text);
  return checkpoint && signers.includes(checkpoint.origin) ? checkpoint : 'origin';
}

function readThreshold(word: string, members: number): number | undefined {
  if (word === 'any') return 1;
  if (word === 'all') return members;
  const threshold = THRESHOLD.test(word) ? Number(word) : Number.NaN;
  return threshold <= members ? threshold : undefined;
}

function isSameKey(one: VerifierKey, other: VerifierKey): boolean {
  return base64(one.publicKey) === base64(other.publicKey);
}

/** A word of octets as text; what is no UTF-8 is no key. */
function textOf(octets: string): string {
  return fromUtf8(Uint8Array.from(octets, (octet) => octet.charCodeAt(0))) ?? '';
}

function latestFirst(times: readonly bigint[]): readonly bigint[] {
  return [...times].sort((one, other) => (one < other ? 1 : one > other ? -1 : 0));
}
