// Where an issuer's parts are (OIDC Discovery 1.0): read from a document that comes from the issuer.

import { fieldsOf, textOf } from './id_claims';

export interface Discovery {
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly jwksUri: string;
}

// Like an issuer of the policy, but a query may follow.
const ENDPOINT = /^(?:https:\/\/[^/?#]|http:\/\/localhost(?=[:/]))[\x21-\x7e]{0,1000}$/;

/** OIDC Discovery 4.1: "any terminating / MUST be removed" before the path is appended. */
export function discoveryUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}

/** OIDC Discovery 4.3: the issuer in the document "MUST be identical" to the one that was asked. */
export function readDiscovery(document: unknown, issuer: string): Discovery | undefined {
  const fields = fieldsOf(document);
  if (!fields || fields.get('issuer') !== issuer) return undefined;
  const authorizationEndpoint = textOf(fields, 'authorization_endpoint') ?? '';
  const tokenEndpoint = textOf(fields, 'token_endpoint') ?? '';
  const jwksUri = textOf(fields, 'jwks_uri') ?? '';
  const all = [authorizationEndpoint, tokenEndpoint, jwksUri];
  if (!all.every((url) => ENDPOINT.test(url) && !url.includes('#'))) return undefined;
  return { authorizationEndpoint, tokenEndpoint, jwksUri };
}
