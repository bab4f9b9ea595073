// Proof files (C2SP tlog-proof): that an entry stands in a log, and that witnesses saw the log, for
// whoever has the keys and no network.

import { base64, fromBase64 } from '../wire/base64';
import type { Bytes } from '../wire/bytes';
import { utf8 } from '../wire/utf8';
import { readCheckpoint, type Checkpoint } from './checkpoint';
import { cosignedAt, type Witness } from './cosignature';
import { HASH_BYTES, isIncluded } from './merkle';
import { openNote, readNote, type VerifierKey } from './note';

const HASHES_MAX = 64;
const BYTES_MAX = 131_072;
const HEADER = 'c2sp.org/tlog-proof@v1\n';
const FORM =
  /^(?:extra (?<extra>[A-Za-z0-9+/]+={0,2})\n)?index (?<index>0|[1-9][0-9]{0,15})\n(?<hashes>(?:[A-Za-z0-9+/]{43}=\n)*)\n(?<note>[^\n][^]*)$/;

export interface LogProof {
  readonly index: number;
  readonly hashes: readonly Bytes[];
  /** The whole note. */
  readonly checkpoint: string;
  /** Without meaning here, and not authenticated. */
  readonly extra?: Bytes;
}

/** Whom to believe: one log, and any quorum of the witnesses. */
export interface ProofPolicy {
  readonly origin: string;
  readonly log: VerifierKey;
  readonly witnesses: readonly Witness[];
  readonly quorum: number;
}

/**
 * unsigned: the log's key has not signed the checkpoint; origin: it has, but for another log;
 * cosignature: what is said to be a witness's is wrong; quorum: too few witnesses; inclusion: the entry
 * is not what stands at the index.
 */
export type LogFault = 'unsigned' | 'origin' | 'cosignature' | 'quorum' | 'inclusion';

export interface LogEvidence {
  readonly checkpoint: Checkpoint;
  readonly witnessed: number;
  /** A quorum of the witnesses saw it then or later, in seconds since 1970; 0 when none is asked. */
  readonly time: bigint;
}

/**
 * The form alone: nothing is verified.
 * DEVIATION C2SP tlog-checkpoint: the checkpoint has no extension lines, because our logs have none.
 */
export function readLogProof(text: string): LogProof | undefined {
  if (!text.startsWith(HEADER) || utf8(text).length > BYTES_MAX) return undefined;
  const groups = FORM.exec(text.slice(HEADER.length))?.groups;
  if (!groups) return undefined;
  const { extra, index = '', hashes = '', note = '' } = groups;
  const coded = hashes.split('\n').slice(0, -1);
  const path = coded.map((line) => fromBase64(line));
  const extraBytes = extra === undefined ? undefined : fromBase64(extra);
  const checkpoint = readNote(note);
  if (
    !Number.isSafeInteger(Number(index)) ||
    path.length > HASHES_MAX ||
    !path.every((hash) => hash?.length === HASH_BYTES) ||
    (extra !== undefined && !extraBytes) ||
    !checkpoint ||
    !readCheckpoint(checkpoint.text)
  ) {
    return undefined;
  }
  return {
    index: Number(index),
    hashes: path.filter((hash) => hash !== undefined),
    checkpoint: note,
    ...(extraBytes && { extra: extraBytes }),
  };
}

export function writeLogProof({ index, hashes, checkpoint, extra }: LogProof): string {
  const head = extra ? `extra ${base64(extra)}\n` : '';
  const path = hashes.map((hash) => `${base64(hash)}\n`).join('');
  return `${HEADER}${head}index ${String(index)}\n${path}\n${checkpoint}`;
}

/** What the proof shows of the entry with this leaf hash, or why it shows nothing. */
export async function verifyLogProof(
  proof: LogProof,
  leaf: Uint8Array,
  { origin, log, witnesses, quorum }: ProofPolicy,
): Promise<LogEvidence | LogFault> {
  const text = await openNote(proof.checkpoint, log);
  if (text === undefined) return 'unsigned';
  const checkpoint = readCheckpoint(text);
  if (checkpoint?.origin !== origin) return 'origin';
  const times: bigint[] = [];
  for (const witness of unique(witnesses)) {
    const all = await cosignedAt(proof.checkpoint, witness);
    if (!all) return 'cosignature';
    const [last] = latestFirst(all);
    if (last !== undefined) times.push(last);
  }
  if (times.length < quorum) return 'quorum';
  if (!(await isIncluded(leaf, proof.index, checkpoint, proof.hashes))) return 'inclusion';
  const time = latestFirst(times)[quorum - 1] ?? 0n;
  return { checkpoint, witnessed: times.length, time };
}

/** Nobody counts twice: C2SP tlog-policy knows a witness by its key, whatever its name. */
function unique(witnesses: readonly Witness[]): readonly Witness[] {
  const keyOf = ({ cosigner }: Witness): string => base64(cosigner.publicKey);
  return [...new Map(witnesses.map((witness) => [keyOf(witness), witness])).values()];
}

function latestFirst(times: readonly bigint[]): readonly bigint[] {
  return [...times].sort((one, other) => (one < other ? 1 : one > other ? -1 : 0));
}
