// Signing in at an issuer: code flow with PKCE (RFC 6749 4.1, RFC 7636) as texts. The meeting page and
// the /oidc page in the popup tell each other OidcNotes on a channel that stays in this browser.

import type { Discovery } from './discovery';

export const OIDC_PATH = '/oidc';
export const OIDC_CHANNEL = 'incamera.oidc';

export type OidcNote =
  /** the popup stands there and waits to be sent to the issuer */
  | { readonly type: 'ready'; readonly state: string }
  | { readonly type: 'go'; readonly state: string; readonly url: string }
  /** the popup is back */
  | { readonly type: 'answer'; readonly state: string; readonly answer: OidcAnswer }
  | { readonly type: 'done'; readonly state: string };

/** What the issuer put into the query. */
export interface OidcAnswer {
  readonly code: string | null;
  readonly error: string | null;
  /** RFC 9207: which issuer answers, if it says so */
  readonly issuer: string | null;
}

export interface AuthorizationWish {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string;
  /** base64url of SHA-256 of the verifier */
  readonly challenge: string;
}

export function authorizationUrl(
  { authorizationEndpoint }: Discovery,
  wish: AuthorizationWish,
): string {
  const query = formOf({
    response_type: 'code',
    scope: 'openid profile email',
    client_id: wish.clientId,
    redirect_uri: wish.redirectUri,
    state: wish.state,
    nonce: wish.nonce,
    code_challenge: wish.challenge,
    code_challenge_method: 'S256',
  });
  return `${authorizationEndpoint}${authorizationEndpoint.includes('?') ? '&' : '?'}${query}`;
}

/** The body of the token request. */
export function tokenForm(
  { clientId, redirectUri }: AuthorizationWish,
  code: string,
  verifier: string,
): string {
  return formOf({
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    client_id: clientId,
    code_verifier: verifier,
  });
}

function formOf(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
}
