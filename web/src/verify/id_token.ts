// Whether an ID token says who somebody is (docs/protocol/encryption.md 4): signed by an issuer of the
// policy, made for this leaf's key, not long ago. Every member checks it for itself.

import { base64url } from '../wire/base64';
import { areEqual } from '../wire/bytes';
import { nameOfClaims, readJws, textOf, type Fields, type Jws } from '../wire/id_claims';
import { cicText, type IdToken } from '../wire/identity';
import type { Issuer } from '../wire/policy';
import { utf8 } from '../wire/utf8';
import type { KeySource } from './issuer_keys';
import { fits, isKnownAlgorithm, isSignedBy, readJwk, thumbprint, type Jwk } from './jwk';

const AGE_MAX_S = 12 * 3600;
/** Clocks of people and issuers differ. */
const GRACE_S = 60;

export interface TokenCase {
  readonly token: IdToken;
  /** The signature key of the leaf that shows the token */
  readonly leafKey: Uint8Array;
  /** Those of the policy */
  readonly issuers: readonly Issuer[];
  /** ms since 1970 */
  readonly now: number;
  /** Somebody who knocks now; false: somebody who was let in before */
  readonly isKnocking: boolean;
}

export type TokenRefusal =
  | 'malformed'
  | 'issuer' // none of the policy's
  | 'audience' // made for another service
  | 'time' // too old, expired, or from the future
  | 'nonce' // made for another leaf
  | 'algorithm'
  | 'no-keys' // the issuer's keys cannot be had
  | 'signature';

export type TokenVerdict =
  | {
      readonly kind: 'verified';
      readonly issuer: string;
      readonly name: string;
      readonly subject: string;
    }
  | { readonly kind: 'refused'; readonly reason: TokenRefusal };

export async function verifyIdToken(of: TokenCase, keys: KeySource): Promise<TokenVerdict> {
  const jws = readJws(of.token.idToken);
  if (!jws) return refuse('malformed');
  const issuer = issuerOf(jws.claims, of.issuers);
  if (typeof issuer === 'string') return refuse(issuer);
  const subject = textOf(jws.claims, 'sub');
  const name = nameOfClaims(jws.claims);
  if (subject === undefined || name === '') return refuse('malformed');
  if (!isInTime(jws.claims, of)) return refuse('time');
  if (textOf(jws.claims, 'nonce') !== (await nonceOf(of))) return refuse('nonce');
  const problem = await checkSignature(jws, issuer, keys);
  return problem ? refuse(problem) : { kind: 'verified', issuer: issuer.issuer, name, subject };
}

/** What binds a token to the key of a leaf. */
async function nonceOf({ token, leafKey }: TokenCase): Promise<string> {
  const cic = utf8(cicText(token.rz, leafKey));
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', cic)));
}

function issuerOf(claims: Fields, issuers: readonly Issuer[]): Issuer | 'issuer' | 'audience' {
  const same = issuers.filter(({ issuer }) => claims.get('iss') === issuer);
  if (same.length === 0) return 'issuer';
  const aud = claims.get('aud');
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  const found = same.find(({ audience }) => audiences.includes(audience));
  if (!found) return 'audience';
  // OIDC Core 3.1.3.7: with several audiences, or where it is there, azp names the client
  const azp = claims.get('azp');
  const isForUs = azp === undefined ? audiences.length === 1 : azp === found.audience;
  return isForUs ? found : 'audience';
}

function isInTime(claims: Fields, { now, isKnocking }: TokenCase): boolean {
  const nowS = now / 1000;
  const [iat, exp] = [claims.get('iat'), claims.get('exp')];
  if (typeof iat !== 'number' || typeof exp !== 'number') return false;
  if (!(iat <= nowS + GRACE_S && nowS - iat <= AGE_MAX_S && exp > iat)) return false;
  // DEVIATION OIDC Core 3.1.3.7 (9): exp holds at the door only, because a token cannot be renewed
  // inside, and newcomers check the people who were let in hours ago.
  return !isKnocking || exp > nowS - GRACE_S;
}

async function checkSignature(
  { header, signed, signature }: Jws,
  issuer: Issuer,
  source: KeySource,
): Promise<TokenRefusal | null> {
  const algorithm = textOf(header, 'alg') ?? '';
  // RFC 7515 4.1.11: who does not understand what `crit` names must refuse; we understand nothing there
  if (!isKnownAlgorithm(algorithm) || header.has('crit')) return 'algorithm';
  const keys = await keysOf(issuer, header, source);
  if (!keys) return 'no-keys';
  for (const key of keys.filter((each) => fits(each, algorithm, textOf(header, 'kid')))) {
    if (await isSignedBy(key, algorithm, signature, signed)) return null;
  }
  return 'signature';
}

/** From the issuer; else the key that the token itself carries, if the policy pins it. */
async function keysOf(
  { issuer, thumbprints }: Issuer,
  header: Fields,
  source: KeySource,
): Promise<readonly Jwk[] | null> {
  const fetched = await source(issuer);
  if (thumbprints.length === 0) return fetched;
  const carried = readJwk(header.get('jwk'));
  const pinned: Jwk[] = [];
  for (const key of fetched ?? (carried ? [carried] : [])) {
    const print = await thumbprint(key);
    if (thumbprints.some((each) => areEqual(each, print))) pinned.push(key);
  }
  return pinned.length > 0 || fetched ? pinned : null;
}

function refuse(reason: TokenRefusal): TokenVerdict {
  return { kind: 'refused', reason };
}
