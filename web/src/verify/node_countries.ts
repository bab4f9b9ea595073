// In which countries the operator has nodes. The set in force names certificates by their hashes; the texts
// stand in the log. Whatever has a hash of the set is one of them, wherever it was found, so that a log that
// lies or lacks something can hide a country, and add none.

import { areEqual } from '../wire/bytes';
import { fromUtf8 } from '../wire/utf8';
import { readNodeCert } from './node_cert';
import type { NodeTerms } from './node_terms';
import { readNote } from './note';
import { readCheckpoint } from './checkpoint';
import { findEntries, type ReadLogFile } from './set_entries';

export interface NodeCountries {
  /** ISO 3166-1 alpha-2, ascending */
  readonly countries: readonly string[];
  /** every certificate of the set was found */
  readonly isComplete: boolean;
}

/** now: in seconds since 1970 */
export async function findNodeCountries(
  terms: NodeTerms,
  read: ReadLogFile,
  now: number,
): Promise<NodeCountries> {
  const others = terms.certs.filter((cert) => !areEqual(cert, terms.ownLeaf));
  const countries = new Set([terms.node.country]);
  const size = others.length > 0 ? await sizeOf(read) : 0;
  const entries = await findEntries(others, size, read);
  for (const { note } of entries) {
    const country = await countryOf(note, now);
    if (country !== undefined) countries.add(country);
  }
  return { countries: [...countries].sort(), isComplete: entries.length === others.length };
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
