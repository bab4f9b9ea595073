// What a browser does between the meeting page and a real issuer on loopback.

import { randomBytes } from 'node:crypto';
import { Issuer } from '../../../tests/e2e/lib/issuer.mjs';
import { discoveryUrl, readDiscovery, type Discovery } from '../../src/wire/discovery';
import { authorizationUrl, tokenForm } from '../../src/wire/oidc';
import { sha256 } from '../../src/mls/digest';
import { base64url } from '../../src/wire/base64';
import { utf8 } from '../../src/wire/utf8';

export const ORIGIN = 'http://localhost:8080';

const REDIRECTS_MAX = 10;

export { Issuer };

export async function discover(issuer: Issuer): Promise<Discovery> {
  const document: unknown = await (await fetch(discoveryUrl(issuer.url))).json();
  const discovery = readDiscovery(document, issuer.url);
  if (!discovery) throw new Error('the issuer is not as expected');
  return discovery;
}

/** Follows the redirects with their cookies until they lead back to our page. */
export async function visit(url: string): Promise<URLSearchParams> {
  const cookies = new Map<string, string>();
  let next = url;
  for (let step = 0; step < REDIRECTS_MAX; step++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(next, { redirect: 'manual', headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null) throw new Error(`the issuer stopped with ${response.status}`);
    next = new URL(location, next).href;
    if (next.startsWith(ORIGIN)) return new URL(next).searchParams;
  }
  throw new Error('the issuer redirects without end');
}

/** An ID token with that nonce, by the whole code flow. */
export async function tokenOf(issuer: Issuer, nonce: string): Promise<string> {
  const verifier = base64url(randomBytes(32));
  const discovery = await discover(issuer);
  const wish = {
    clientId: issuer.audience,
    redirectUri: `${ORIGIN}/oidc`,
    state: 'state',
    nonce,
    challenge: base64url(await sha256(utf8(verifier))),
  };
  const answer = await visit(authorizationUrl(discovery, wish));
  const response = await fetch(discovery.tokenEndpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: ORIGIN },
    body: tokenForm(wish, answer.get('code') ?? '', verifier),
  });
  return ((await response.json()) as { readonly id_token: string }).id_token;
}
