// The texts of the certificates that a set names by their hashes: they stand in the log. Whatever has a hash
// of the set is one of them, wherever it was found.

import { base64 } from '../wire/base64';
import type { Bytes } from '../wire/bytes';
import { leafHash } from './merkle';
import { readBundle, tilePath, tileWidth } from './tile';

/** The newest entries are looked at: certificates last for two weeks. */
const BUNDLES_MAX = 8;
const BUNDLE_ENTRIES = 256;

/** A file of the log by its path below the log's prefix; undefined: it is not there. */
export type ReadLogFile = (path: string) => Promise<Bytes | undefined>;

export interface SetEntry {
  readonly index: number;
  readonly note: Bytes;
  readonly leaf: Bytes;
}

/** Those of the leaf hashes that are found in a log of so many entries, the newest bundle first. */
export async function findEntries(
  leaves: readonly Uint8Array[],
  size: number,
  read: ReadLogFile,
): Promise<readonly SetEntry[]> {
  const missing = new Set(leaves.map(base64));
  const found: SetEntry[] = [];
  const last = Math.ceil(size / BUNDLE_ENTRIES) - 1;
  for (let index = last; index >= 0 && index > last - BUNDLES_MAX && missing.size > 0; index--) {
    const width = tileWidth(0, index, size);
    const bytes = await read(tilePath({ level: 'entries', index, width }));
    const notes = (bytes && readBundle(bytes, width)) ?? [];
    for (const [at, note] of notes.entries()) {
      const leaf = await leafHash(note);
      if (!missing.delete(base64(leaf))) continue;
      found.push({ index: index * BUNDLE_ENTRIES + at, note, leaf });
    }
  }
  return found;
}
