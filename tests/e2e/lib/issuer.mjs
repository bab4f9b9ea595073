// A real OpenID Connect issuer on loopback (oidc-provider), which signs everybody in at once as the
// person that the test names. Its endpoints, redirects, PKCE, CORS and keys are the real ones.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { generateKeyPairSync } from 'node:crypto';
import { pathToFileURL } from 'node:url';

const require = createRequire(new URL('../../../web/package.json', import.meta.url));

const ALGORITHMS = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
};

export class Issuer {
  /**
   * @param origins of the pages that may sign people in, each with its /oidc page
   * @param algorithm RS256, ES256 or EdDSA
   * @param people by account: their claims
   * @param lifetimeS of an ID token
   */
  constructor({ origins, audience = 'in-camera', algorithm = 'RS256', people = {}, lifetimeS = 3600 }) {
    this.origins = origins;
    this.audience = audience;
    this.algorithm = algorithm;
    this.people = people;
    this.lifetimeS = lifetimeS;
    /** Whom the next visit to the login page signs in; null: the person refuses. */
    this.account = Object.keys(people)[0] ?? null;
  }

  /** @param port 0: any free one */
  async start(port = 0) {
    this.server = createServer((request, response) => this.handle(request, response));
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = this.server.address().port;
    this.url = `http://localhost:${this.port}`;
    this.provider = await quietly(async () => {
      const { Provider, interactionPolicy } = await import(pathToFileURL(require.resolve('oidc-provider')).href);
      return new Provider(this.url, this.configuration(alwaysAsk(interactionPolicy)));
    });
    this.provider.use((context, next) => this.signIn(context, next));
    this.handle = this.provider.callback();
    return this;
  }

  async stop() {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  configuration(policy) {
    const { privateKey } = ALGORITHMS[this.algorithm]();
    const jwk = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: this.algorithm };
    return {
      jwks: { keys: [jwk] },
      enabledJWA: { idTokenSigningAlgValues: [this.algorithm] },
      clients: [
        {
          client_id: this.audience,
          token_endpoint_auth_method: 'none',
          redirect_uris: this.origins.map((origin) => `${origin}/oidc`),
          response_types: ['code'],
          grant_types: ['authorization_code'],
          id_token_signed_response_alg: this.algorithm,
        },
      ],
      claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
      conformIdTokenClaims: false,
      cookies: { keys: ['loopback'] },
      features: { devInteractions: { enabled: false } },
      findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, ...this.people[sub] }) }),
      interactions: { policy, url: (_, { uid }) => `/interaction/${uid}` },
      clientBasedCORS: (_, origin) => this.origins.includes(origin),
      pkce: { required: () => true },
      ttl: { IdToken: this.lifetimeS, AccessToken: 60, Grant: 60, Interaction: 60, Session: 60 },
    };
  }

  /** The login page and the question for consent, answered without being shown. */
  async signIn(context, next) {
    if (!context.path.startsWith('/interaction/')) return next();
    const { prompt, params, grantId } = await this.provider.interactionDetails(context.req, context.res);
    const result =
      this.account === null
        ? { error: 'access_denied', error_description: 'the person refused' }
        : prompt.name === 'login'
          ? { login: { accountId: this.account } }
          : { consent: { grantId: await this.grant(params, grantId) } };
    await this.provider.interactionFinished(context.req, context.res, result);
    context.respond = false;
  }

  async grant({ client_id: clientId, scope }, grantId) {
    const { Grant } = this.provider;
    const grant = grantId ? await Grant.find(grantId) : new Grant({ accountId: this.account, clientId });
    grant.addOIDCScope(scope);
    return grant.save();
  }
}

/** Nobody stays signed in: the next visit may be by somebody else in the same browser. */
function alwaysAsk({ base, Check }) {
  const policy = base();
  const isNew = (context) => context.oidc.result?.login === undefined && context.oidc.result?.consent === undefined;
  policy.get('login').checks.add(new Check('each_time', 'each visit is a new one', isNew));
  return policy;
}

/** Without the provider's remarks about settings that suit a test. */
async function quietly(act) {
  const { info, warn } = console;
  console.info = console.warn = () => undefined;
  try {
    return await act();
  } finally {
    Object.assign(console, { info, warn });
  }
}
