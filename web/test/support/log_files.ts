// The files of a log as a node serves them: head, hashes and entries, for fewer than 256 entries.

import type { ReadLogFile } from '../../src/verify/set_entries';
import { writeBundle } from '../../src/verify/tile';
import type { Bytes } from '../../src/wire/bytes';
import { utf8 } from '../../src/wire/utf8';
import {
  cosignature,
  leafOf,
  LOG,
  NOW,
  signedNote,
  treeHash,
  WITNESSES,
  type Signer,
} from './operator';

export interface LogPlan {
  readonly signer: Signer;
  readonly cosigners: readonly (readonly [Signer, number])[];
  /** entries that are shown in place of those that were logged */
  readonly shown: readonly string[] | null;
}

const GOOD_LOG: LogPlan = {
  signer: LOG,
  cosigners: WITNESSES.slice(0, 2).map((witness) => [witness, NOW - 3600] as const),
  shown: null,
};

/** By their paths below the log's prefix. */
export function logFolder(
  entries: readonly string[],
  changes: Partial<LogPlan> = {},
): ReadonlyMap<string, Bytes> {
  const { signer, cosigners, shown } = { ...GOOD_LOG, ...changes };
  const leaves = entries.map((entry) => leafOf(utf8(entry)));
  const head = `${LOG.name}\n${entries.length}\n${treeHash(leaves).toString('base64')}\n`;
  const cosigned = cosigners.map(([witness, time]) => cosignature(head, witness, time));
  const size = `.p/${entries.length}`;
  return new Map<string, Bytes>([
    ['checkpoint', utf8(signedNote(head, [signer]) + cosigned.join(''))],
    [`tile/0/000${size}`, new Uint8Array(Buffer.concat(leaves))],
    [`tile/entries/000${size}`, writeBundle((shown ?? entries).map(utf8))],
  ]);
}

/** `asked` gathers the files that are read. */
export function logFiles(
  entries: readonly string[],
  changes: Partial<LogPlan> = {},
  asked: string[] = [],
): ReadLogFile {
  const files = logFolder(entries, changes);
  return (path) => {
    asked.push(path);
    return Promise.resolve(files.get(path));
  };
}
