// In which countries the operator has nodes. The set in force names certificates by their hashes; the texts
// stand in the log. Whatever has a hash of the set is one of them, wherever it was found, so that a log that
// lies or lacks something can hide a country, and add none.

import { base64 } from '../wire/base64';
import type { Bytes } from '../wire/bytes';
import { fromUtf8 } from '../wire/utf8';
import { leafHash } from './merkle';
import { readNodeCert } from './node_cert';
import type { NodeTerms } from './node_terms';
import { readNote } from './note';
import { readBundle, tilePath, tileWidth } from './tile';
import { readCheckpoint } from './checkpoint';

/** The newest entries are looked at: certificates last for two weeks. */
const BUNDLES_MAX = 8;
const BUNDLE_ENTRIES = 256;

export interface NodeCountries {
  /** ISO 3166-1 alpha-2, ascending */
  readonly countries: readonly string[];
  /** every certificate of the set was found */
  readonly isComplete: boolean;
}

/** A file of the log by its path below the log's prefix; undefined: it is not there. */
export type ReadLogFile = (path: string) => Promise<Bytes | undefined>;

/** now: in seconds since 1970 */
export async function findNodeCountries(
  terms: NodeTerms,
  read: ReadLogFile,
  now: number,
): Promise<NodeCountries> {
  const missing = new Set(terms.certs.map(base64));
  missing.delete(base64(terms.ownLeaf));
  const countries = new Set([terms.node.country]);
  const size = missing.size > 0 ? await sizeOf(read) : 0;
  const last = Math.ceil(size / BUNDLE_ENTRIES) - 1;
  for (let index = last; index >= 0 && index > last - BUNDLES_MAX && missing.size > 0; index--) {
    const width = tileWidth(0, index, size);
    const bytes = await read(tilePath({ level: 'entries', index, width }));
    for (const entry of (bytes && readBundle(bytes, width)) ?? []) {
      if (!missing.delete(base64(await leafHash(entry)))) continue;
      const country = await countryOf(entry, now);
      if (country !== undefined) countries.add(country);
    }
  }
  return { countries: [...countries].sort(), isComplete: missing.size === 0 };
}

/** As the log says: it only leads to the entries. */
async function sizeOf(read: ReadLogFile): Promise<number> {
  const bytes = await read('checkpoint');
  const note = readNote(fromUtf8(bytes ?? new Uint8Array()) ?? '');
  return (note && readCheckpoint(note.text)?.size) ?? 0;
}

/** Undefined: that node carries nobody now. */
async function countryOf(entry: Uint8Array, now: number): Promise<string | undefined> {
  const cert = await readNodeCert(readNote(fromUtf8(entry) ?? '')?.text ?? '');
  if (typeof cert === 'string' || !cert.roles.includes('media')) return undefined;
  return now >= cert.notBefore && now < cert.notAfter ? cert.country : undefined;
}
