// An issuer that signs ID tokens without asking anybody: the provider of the browser tests needs six requests
// for a token, which is too slow for a crowd. Its keys are fetched and its tokens checked as any issuer's.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { webcrypto } from 'node:crypto';
import { modules, randomBytes } from './scripted_client.mjs';

const { base64url, cicText, makeSignatureKey, sha256 } = modules;
const { subtle } = webcrypto;
const ES256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const AUDIENCE = 'in-camera';
const text = (value) => base64url(new TextEncoder().encode(JSON.stringify(value)));

export class Signer {
  async start() {
    const keys = await subtle.generateKey(ES256, true, ['sign', 'verify']);
    this.key = keys.privateKey;
    const jwk = { ...(await subtle.exportKey('jwk', keys.publicKey)), kid: 'crowd', alg: 'ES256', use: 'sig' };
    this.server = createServer(({ url }, answer) => {
      const documents = {
        '/.well-known/openid-configuration': {
          issuer: this.url,
          authorization_endpoint: `${this.url}/auth`,
          token_endpoint: `${this.url}/token`,
          jwks_uri: `${this.url}/jwks`,
        },
        '/jwks': { keys: [jwk] },
      };
      answer.writeHead(documents[url] ? 200 : 404, {
        'Content-Type': 'application/json',
        'Access-Control-Allow-Origin': '*', // as issuers do for their keys
      });
      answer.end(JSON.stringify(documents[url] ?? {}));
    });
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.url = `http://localhost:${this.server.address().port}`;
    /** for the policy */
    this.issuer = { issuer: this.url, audience: AUDIENCE, thumbprints: [] };
    return this;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** A leaf key, and the token that binds a name to it. */
  async signIn(name) {
    const key = await makeSignatureKey();
    const rz = randomBytes(32);
    const nonce = base64url(await sha256(new TextEncoder().encode(cicText(rz, key.public))));
    const iat = Math.floor(Date.now() / 1000);
    const claims = { iss: this.url, aud: AUDIENCE, sub: name, name, iat, exp: iat + 3600, nonce };
    const signed = `${text({ alg: 'ES256', kid: 'crowd' })}.${text(claims)}`;
    const signature = new Uint8Array(await subtle.sign(ES256, this.key, new TextEncoder().encode(signed)));
    const idToken = `${signed}.${base64url(signature)}`;
    return { signaturePrivate: key.private, signaturePublic: key.public, rz, idToken };
  }
}
