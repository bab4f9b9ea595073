// Signed notes (c2sp.org/signed-note), checked by an implementation that shares nothing with the server's.

import { createHash, createPublicKey, verify } from 'node:crypto';

export const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts.map((p) => Buffer.from(p)))).digest();

/** The leaf hash of a note, in base64. */
export const leafOf = (note) => sha256(Buffer.from([0]), note).toString('base64');

/** The note is signed by the verifier key. */
export function isSignedBy(note, vkey) {
  const [, name, id, coded] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey.trim());
  const typed = Buffer.from(coded, 'base64');
  if (typed[0] !== 1 || sha256(`${name}\n`, typed).subarray(0, 4).toString('hex') !== id) return false;
  const key = createPublicKey({ key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), typed.subarray(1)]), format: 'der', type: 'spki' });
  const end = note.lastIndexOf('\n\n');
  const line = note.slice(end + 2).split('\n').find((l) => l.startsWith(`— ${name} `));
  const bytes = Buffer.from(line?.split(' ')[2] ?? '', 'base64');
  return bytes.subarray(0, 4).toString('hex') === id && verify(null, Buffer.from(note.slice(0, end + 1)), key, bytes.subarray(4));
}
