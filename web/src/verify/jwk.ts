// Public keys of issuers (RFC 7517), and the three algorithms that are believed. `none` and secrets that
// are shared have no place here.

import { base64url, fromBase64url } from '../wire/base64';
import { asBytes, type Bytes } from '../wire/bytes';
import { fieldsOf, textOf, type Fields } from '../wire/id_claims';
import { utf8 } from '../wire/utf8';

export const KEYS_MAX = 32;

const RSA_BYTES_MIN = 256;
const RSA_BYTES_MAX = 1024;

type Kind = 'RSA' | 'EC' | 'OKP';

export interface Jwk {
  readonly kind: Kind;
  readonly id: string | undefined;
  /** What the key is for, when it says so. */
  readonly algorithm: string | undefined;
  /** Exactly what makes the key, in the order of RFC 7638 3.2. */
  readonly members: Readonly<Record<string, string>>;
}

interface Algorithm {
  readonly kind: Kind;
  readonly parameters: RsaHashedImportParams & EcKeyImportParams & EcdsaParams;
}

const SHA256 = { hash: 'SHA-256', namedCurve: 'P-256' };
const ED25519: Algorithm = { kind: 'OKP', parameters: { ...SHA256, name: 'Ed25519' } };
const ALGORITHMS = new Map<string, Algorithm>([
  ['RS256', { kind: 'RSA', parameters: { ...SHA256, name: 'RSASSA-PKCS1-v1_5' } }],
  ['ES256', { kind: 'EC', parameters: { ...SHA256, name: 'ECDSA' } }],
  ['EdDSA', ED25519],
  ['Ed25519', ED25519], // RFC 9864: the name that says which curve
]);

export function isKnownAlgorithm(algorithm: string): boolean {
  return ALGORITHMS.has(algorithm);
}

/** The keys of a set that can be used here; others are passed over (RFC 7517 5). */
export function readJwks(document: unknown): readonly Jwk[] | undefined {
  const keys = fieldsOf(document)?.get('keys');
  if (!Array.isArray(keys)) return undefined;
  return keys.slice(0, KEYS_MAX).flatMap((each) => readJwk(each) ?? []);
}

export function readJwk(value: unknown): Jwk | undefined {
  const fields = fieldsOf(value);
  const members = fields && membersOf(fields);
  if (!fields || !members) return undefined;
  const use = fields.get('use');
  if (use !== undefined && use !== 'sig') return undefined;
  const kind = members['kty'] as Kind;
  return { kind, id: textOf(fields, 'kid'), algorithm: textOf(fields, 'alg'), members };
}

/** RFC 7638: SHA-256 over the members that make the key. */
export async function thumbprint({ members }: Jwk): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(JSON.stringify(members))));
}

/** Whether the key may have made signatures of this algorithm and, if one is named, has this id. */
export function fits(key: Jwk, algorithm: string, id: string | undefined): boolean {
  return (
    ALGORITHMS.get(algorithm)?.kind === key.kind &&
    (key.algorithm === undefined || key.algorithm === algorithm) &&
    (id === undefined || key.id === undefined || key.id === id)
  );
}

export async function isSignedBy(
  { members }: Jwk,
  algorithm: string,
  signature: Uint8Array,
  signed: Uint8Array,
): Promise<boolean> {
  const parameters = ALGORITHMS.get(algorithm)?.parameters;
  if (!parameters) return false;
  try {
    const { subtle } = crypto;
    const key = await subtle.importKey('jwk', { ...members }, parameters, false, ['verify']);
    return await subtle.verify(parameters, key, asBytes(signature), asBytes(signed));
  } catch {
    return false; // no point of the curve, no modulus: nobody's key
  }
}

function membersOf(fields: Fields): Jwk['members'] | undefined {
  const [kty, crv] = [textOf(fields, 'kty'), textOf(fields, 'crv')];
  if (kty === 'RSA') {
    const e = numberOf(fields, 'e', 1, 8);
    const n = numberOf(fields, 'n', RSA_BYTES_MIN, RSA_BYTES_MAX);
    return e !== undefined && n !== undefined ? { e, kty, n } : undefined;
  }
  const x = numberOf(fields, 'x', 32, 32);
  if (x === undefined) return undefined;
  if (kty === 'OKP' && crv === 'Ed25519') return { crv, kty, x };
  const y = numberOf(fields, 'y', 32, 32);
  return kty === 'EC' && crv === 'P-256' && y !== undefined ? { crv, kty, x, y } : undefined;
}

/** In the one encoding, so that a thumbprint is one; a modulus has no zeros in front (RFC 7518 6.3.1.1). */
function numberOf(fields: Fields, name: string, min: number, max: number): string | undefined {
  const bytes = fromBase64url(textOf(fields, name) ?? '');
  if (!bytes || bytes.length < min || bytes.length > max) return undefined;
  return min !== max && bytes[0] === 0 ? undefined : base64url(bytes);
}
