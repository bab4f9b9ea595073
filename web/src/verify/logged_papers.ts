// The papers of another node of the operator, put together out of what the node shows that we speak to: the set
// in force names each certificate by its hash, and the certificates stand in the log that every node serves.
// So nobody else is asked: a false name makes us read a log, and sends nothing to whoever bears it. Nothing of it
// is believed yet: it is proved like papers that a node shows itself (node_chain.ts).

import { areEqual } from '../wire/bytes';
import type { NodePapers } from '../wire/node_papers';
import { fromUtf8, utf8 } from '../wire/utf8';
import { readCheckpoint } from './checkpoint';
import { writeLogProof } from './log_proof';
import { leafHash } from './merkle';
import { readNodeCert, type NodeCert } from './node_cert';
import { refusedNode, type RefusedNode } from './node_chain';
import { readNodeSet } from './node_set';
import { readNote } from './note';
import { proveInclusion } from './prover';
import { findEntries, type ReadLogFile, type SetEntry } from './set_entries';
import { hashesInTiles, readTile, tilePath } from './tile';

interface Found {
  readonly cert: NodeCert;
  readonly entry: SetEntry;
}

/**
 * own: papers of the node that we speak to, proven already. fingerprint: of the key that the other one is said to
 * have: of several certificates of its own, one with that key is taken, else one that is valid now, else the newest.
 * now: in seconds since 1970. Null: the log cannot be read now.
 */
export async function papersInLog(
  node: string,
  own: NodePapers,
  fingerprint: Uint8Array | undefined,
  read: ReadLogFile,
  now: number,
): Promise<NodePapers | RefusedNode | null> {
  const set = await readNodeSet(textOf(own.nodeSet));
  if (typeof set === 'string') return refusedNode(set, 'node_set');
  const ownLeaf = await leafHash(own.nodeCert);
  const others = set.certs.filter((leaf) => !areEqual(leaf, ownLeaf));
  if (others.length === 0) return refusedNode('not_in_set', 'node_cert');
  const head = fromUtf8((await read('checkpoint')) ?? new Uint8Array()) ?? '';
  const size = readCheckpoint(readNote(head)?.text ?? '')?.size;
  if (size === undefined) return null;
  const entries = await findEntries(others, size, read);
  const certs = await certsOf(node, entries);
  const best = bestOf(certs, fingerprint, now);
  // Whoever shows a set and not what it names, or a log that ends before it, hides the certificate.
  if (!best) return entries.length < others.length ? null : refusedNode('not_in_set', 'node_cert');
  const { country } = best.cert;
  if (certs.some(({ cert }) => cert.country !== country)) return refusedNode('region', 'node_cert');
  const hashes = await proofOf(best.entry.index, size, read);
  if (!hashes) return null;
  const proof = writeLogProof({ index: best.entry.index, hashes, checkpoint: head });
  return { ...own, nodeCert: best.entry.note, nodeCertProof: utf8(proof) };
}

async function certsOf(node: string, entries: readonly SetEntry[]): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const entry of entries) {
    const cert = await readNodeCert(textOf(entry.note));
    if (typeof cert !== 'string' && cert.node === node) found.push({ cert, entry });
  }
  return found;
}

function bestOf(
  certs: readonly Found[],
  fingerprint: Uint8Array | undefined,
  now: number,
): Found | undefined {
  const rank = ({ cert }: Found): number =>
    (fingerprint && areEqual(cert.fingerprint, fingerprint) ? 2 : 0) +
    (cert.notBefore <= now && now < cert.notAfter ? 1 : 0);
  return [...certs].sort(
    (one, other) => rank(other) - rank(one) || other.cert.serial - one.cert.serial,
  )[0];
}

function proofOf(
  index: number,
  size: number,
  read: ReadLogFile,
): ReturnType<typeof proveInclusion> {
  const hashes = hashesInTiles(size, async (tile) => {
    const bytes = await read(tilePath(tile));
    return bytes && readTile(bytes, tile.width);
  });
  return proveInclusion(index, size, hashes);
}

/** What was signed, whoever signed it. */
function textOf(note: Uint8Array): string {
  return readNote(fromUtf8(note) ?? '')?.text ?? '';
}
