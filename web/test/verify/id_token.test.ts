// ID tokens of a real issuer, and everything that may be wrong with one.

import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { sha256 } from '../../src/mls/digest';
import { verifyIdToken, type TokenCase, type TokenVerdict } from '../../src/verify/id_token';
import { IssuerKeys, type KeySource } from '../../src/verify/issuer_keys';
import { readJwk, readJwks, thumbprint } from '../../src/verify/jwk';
import { base64url } from '../../src/wire/base64';
import { cicText } from '../../src/wire/identity';
import type { Issuer as PolicyIssuer } from '../../src/wire/policy';
import { utf8 } from '../../src/wire/utf8';
import { counted } from '../support/bytes';
import { Issuer, ORIGIN, tokenOf } from '../support/issuer';

const ANA = { name: 'Ana Example', email: 'ana@example.org', email_verified: true };
const RZ = counted(32, 100);
const LEAF = counted(32, 7);
const HOUR = 3_600_000;
const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const;

const nonceOf = async (leafKey: Uint8Array): Promise<string> =>
  base64url(await sha256(utf8(cicText(RZ, leafKey))));
const realKeys = (): KeySource => new IssuerKeys(() => Date.now()).of;
const refused = (reason: string): object => ({ kind: 'refused', reason });

function caseOf(idToken: string, issuer: PolicyIssuer, rest: Partial<TokenCase> = {}): TokenCase {
  const token = { rz: RZ, idToken };
  return { token, leafKey: LEAF, issuers: [issuer], now: Date.now(), isKnocking: true, ...rest };
}

describe.each(ALGORITHMS)('a token of a real issuer, signed with %s', (algorithm) => {
  let issuer: Issuer;
  let listed: PolicyIssuer;
  let token: string;
  let keys: KeySource;

  beforeAll(async () => {
    issuer = await new Issuer({ origins: [ORIGIN], algorithm, people: { ana: ANA } }).start();
    listed = { issuer: issuer.url, audience: issuer.audience, thumbprints: [] };
    token = await tokenOf(issuer, await nonceOf(LEAF));
    keys = realKeys();
  });
  afterAll(() => issuer.stop());

  const judge = (rest: Partial<TokenCase> = {}, other = token): Promise<TokenVerdict> =>
    verifyIdToken(caseOf(other, listed, rest), keys);

  it('says who the person is', async () => {
    const known = { issuer: issuer.url, name: 'Ana Example', subject: 'ana' };
    expect(await judge()).toEqual({ kind: 'verified', ...known });
  });

  it('is refused for another leaf, or with another random value', async () => {
    expect(await judge({ leafKey: counted(32, 8) })).toEqual(refused('nonce'));
    expect(await judge({ token: { rz: counted(32), idToken: token } })).toEqual(refused('nonce'));
  });

  it('is refused when the policy does not name its issuer', async () => {
    expect(await judge({ issuers: [] })).toEqual(refused('issuer'));
    const other = { ...listed, issuer: `${listed.issuer}/` };
    expect(await judge({ issuers: [other] })).toEqual(refused('issuer'));
  });

  it('is refused when it was made for another service', async () => {
    const other = { ...listed, audience: 'somebody-else' };
    expect(await judge({ issuers: [other] })).toEqual(refused('audience'));
    expect(await judge({ issuers: [other, listed] })).toMatchObject({ kind: 'verified' });
  });

  it('is refused when it is expired at the door, or too old inside', async () => {
    const now = Date.now();
    expect(await judge({ now: now + 2 * HOUR })).toEqual(refused('time'));
    expect(await judge({ now: now + 2 * HOUR, isKnocking: false })).toMatchObject({
      kind: 'verified',
    });
    expect(await judge({ now: now + 12.1 * HOUR, isKnocking: false })).toEqual(refused('time'));
    expect(await judge({ now: now - HOUR })).toEqual(refused('time'));
  });

  it('is refused when anything in it was changed', async () => {
    const [head = '', body = '', tail = ''] = token.split('.');
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as object;
    const mallory = encode({ ...claims, name: 'Mallory' });
    expect(await judge({}, `${head}.${mallory}.${tail}`)).toEqual(refused('signature'));
    const first = tail.startsWith('A') ? 'B' : 'A';
    expect(await judge({}, `${head}.${body}.${first}${tail.slice(1)}`)).toEqual(
      refused('signature'),
    );
    expect(await judge({}, `${head}.${body}.`)).toEqual(refused('signature'));
  });

  it('is refused when it names no algorithm, or one that is not believed', async () => {
    const [, body = '', tail = ''] = token.split('.');
    for (const alg of ['none', 'HS256', 'RS384', undefined]) {
      expect(await judge({}, `${encode({ alg })}.${body}.${tail}`)).toEqual(refused('algorithm'));
    }
    expect(await judge({}, `${encode({ alg: 'none' })}.${body}.`)).toEqual(refused('algorithm'));
    const critical = encode({ alg: algorithm, crit: ['exp'] });
    expect(await judge({}, `${critical}.${body}.${tail}`)).toEqual(refused('algorithm'));
  });

  it('is refused when the keys are those of somebody else', async () => {
    const other = await new Issuer({ origins: [ORIGIN], algorithm }).start();
    try {
      const theirs = await realKeys()(other.url);
      const source: KeySource = () => Promise.resolve(theirs);
      expect(theirs).toHaveLength(1);
      expect(await verifyIdToken(caseOf(token, listed), source)).toEqual(refused('signature'));
    } finally {
      await other.stop();
    }
  });

  it('holds with a pinned key, and with no other pin', async () => {
    const [key] = (await keys(issuer.url)) ?? [];
    const pin = key && (await thumbprint(key));
    expect(pin).toBeDefined();
    if (!pin) return;
    const pinned = { ...listed, thumbprints: [counted(32), pin] };
    const wrong = { ...listed, thumbprints: [counted(32)] };
    expect(await judge({ issuers: [pinned] })).toMatchObject({ kind: 'verified' });
    expect(await judge({ issuers: [wrong] })).toEqual(refused('signature'));
  });

  it('has a key whose id is its thumbprint', async () => {
    const [key] = (await keys(issuer.url)) ?? [];
    expect(key && base64url(await thumbprint(key))).toBe(key?.id);
  });
});

describe('a token', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const jwk = createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })).export({
    format: 'jwk',
  });
  const publicJwk = { kty: jwk.kty, crv: jwk.crv, x: jwk.x };
  const listed = { issuer: 'https://id.example.org', audience: 'in-camera', thumbprints: [] };
  const nowS = Math.floor(Date.now() / 1000);
  const good = { iss: listed.issuer, aud: 'in-camera', sub: 'ana', iat: nowS, exp: nowS + 300 };
  const source: KeySource = () => Promise.resolve([readJwk(publicJwk)].flatMap((key) => key ?? []));
  const unreachable: KeySource = () => Promise.resolve(null);

  const make = async (claims: object, header: object = {}): Promise<string> => {
    const nonce = await nonceOf(LEAF);
    const signed = `${encode({ alg: 'EdDSA', ...header })}.${encode({ nonce, ...claims })}`;
    return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString('base64url')}`;
  };
  const judge = async (claims: object, header?: object): Promise<TokenVerdict> =>
    verifyIdToken(caseOf(await make(claims, header), listed), source);

  it.each([
    [{ name: ' Ana\u0007 \u202eB ' }, 'Ana B'],
    [{ name: 'x'.repeat(80) }, 'x'.repeat(64)],
    [{ name: '', email: 'a@b', email_verified: true, preferred_username: 'ana1' }, 'a@b'],
    [{ email: 'a@b', email_verified: false, preferred_username: 'ana1' }, 'ana1'],
    [{ name: 7 }, 'ana'],
  ])('with %j names %j', async (claims, name) => {
    expect(await judge({ ...good, ...claims })).toMatchObject({ kind: 'verified', name });
  });

  it.each<[string, object, string]>([
    ['no subject', { ...good, sub: undefined }, 'malformed'],
    ['no time', { ...good, iat: undefined }, 'time'],
    ['no end', { ...good, exp: undefined }, 'time'],
    ['a time that is a text', { ...good, iat: String(nowS) }, 'time'],
    ['an end before its beginning', { ...good, exp: nowS - 1 }, 'time'],
    ['a beginning to come', { ...good, iat: nowS + 120 }, 'time'],
    ['two audiences and nobody named', { ...good, aud: ['in-camera', 'x'] }, 'audience'],
    ['another party named', { ...good, azp: 'x' }, 'audience'],
    ['no nonce', { ...good, nonce: undefined }, 'nonce'],
    ['an issuer that is a list', { ...good, iss: [listed.issuer] }, 'issuer'],
  ])('with %s is refused', async (_, claims, reason) => {
    expect(await judge(claims)).toEqual(refused(reason));
  });

  it('for two audiences holds when we are named', async () => {
    const claims = { ...good, aud: ['x', 'in-camera'], azp: 'in-camera' };
    expect(await judge(claims)).toMatchObject({ kind: 'verified' });
  });

  it('that names the id of another key is refused', async () => {
    const named: KeySource = () =>
      Promise.resolve([readJwk({ ...publicJwk, kid: 'a' })].flatMap((key) => key ?? []));
    const token = caseOf(await make(good, { kid: 'b' }), listed);
    expect(await verifyIdToken(token, named)).toEqual(refused('signature'));
    const right = caseOf(await make(good, { kid: 'a' }), listed);
    expect(await verifyIdToken(right, named)).toMatchObject({ kind: 'verified' });
  });

  it('is not believed while the issuer cannot be asked', async () => {
    const token = caseOf(await make(good, { jwk: publicJwk }), listed);
    expect(await verifyIdToken(token, unreachable)).toEqual(refused('no-keys'));
  });

  it('that carries its key is believed when the policy pins that key', async () => {
    const key = readJwk(publicJwk);
    const pin = key && (await thumbprint(key));
    expect(pin).toBeDefined();
    const idToken = await make(good, { jwk: publicJwk });
    const judgePinned = (thumbprints: PolicyIssuer['thumbprints']): Promise<TokenVerdict> =>
      verifyIdToken(caseOf(idToken, { ...listed, thumbprints }), unreachable);
    expect(await judgePinned(pin ? [pin] : [])).toMatchObject({ kind: 'verified' });
    expect(await judgePinned([counted(32)])).toEqual(refused('no-keys'));
  });

  it.each(['', 'a.b', 'a.b.c', '..', `${encode({})}.${encode([])}.AA`, 'x'.repeat(7001)])(
    '%.20j is malformed',
    async (idToken) => {
      expect(await verifyIdToken(caseOf(idToken, listed), source)).toEqual(refused('malformed'));
    },
  );
});

describe('a key of an issuer', () => {
  it('has the thumbprint of RFC 7638 3.1 and of RFC 8037 A.3', async () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJ' +
      'ECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2' +
      'QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh' +
      '6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
    const rsa = readJwk({ kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' });
    expect(rsa && base64url(await thumbprint(rsa))).toBe(
      'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
    );
    const x = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo';
    const ed25519 = readJwk({ kty: 'OKP', crv: 'Ed25519', x });
    expect(ed25519 && base64url(await thumbprint(ed25519))).toBe(
      'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
    );
  });

  it.each<[string, object]>([
    ['too short', { kty: 'RSA', e: 'AQAB', n: base64url(counted(128, 1)) }],
    ['made long with zeros', { kty: 'RSA', e: 'AQAB', n: base64url(counted(256)) }],
    ['shared', { kty: 'oct', k: base64url(counted(32)) }],
    ['for encryption', { kty: 'OKP', crv: 'Ed25519', x: base64url(counted(32)), use: 'enc' }],
    ['of another curve', { kty: 'EC', crv: 'P-384', x: base64url(counted(48)) }],
    ['half', { kty: 'EC', crv: 'P-256', x: base64url(counted(32)) }],
  ])('that is %s is passed over', (_, value) => {
    expect(readJwk(value)).toBeUndefined();
    expect(readJwks({ keys: [value, null, 7] })).toEqual([]);
  });

  it('is one of at most 32', () => {
    const key = { kty: 'OKP', crv: 'Ed25519', x: base64url(counted(32)) };
    expect(readJwks({ keys: Array.from({ length: 40 }, () => key) })).toHaveLength(32);
    expect(readJwks({})).toBeUndefined();
    expect(readJwks(null)).toBeUndefined();
  });
});

describe('the keys of an issuer', () => {
  afterEach(() => vi.unstubAllGlobals());
  const issuer = 'https://id.example.org';
  const document = {
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
  };
  const jwks = { keys: [{ kty: 'OKP', crv: 'Ed25519', x: base64url(counted(32)) }] };

  function answer(discovery: unknown, keys: unknown = jwks): ReturnType<typeof vi.fn> {
    const asked = vi.fn((url: string) =>
      Promise.resolve(Response.json(url.endsWith('/jwks') ? keys : discovery)),
    );
    vi.stubGlobal('fetch', asked);
    return asked;
  }

  it('are asked for once in ten minutes, without cookies', async () => {
    let now = 0;
    const asked = answer(document);
    const keys = new IssuerKeys(() => now);
    await Promise.all([keys.of(issuer), keys.of(issuer)]);
    expect(await keys.of(issuer)).toHaveLength(1);
    expect(asked.mock.calls.map(([url]) => url as string)).toEqual([
      `${issuer}/.well-known/openid-configuration`,
      `${issuer}/jwks`,
    ]);
    expect(asked).toHaveBeenCalledWith(
      `${issuer}/jwks`,
      expect.objectContaining({ credentials: 'omit', referrerPolicy: 'no-referrer' }),
    );
    now = 600_001;
    await keys.of(issuer);
    expect(asked).toHaveBeenCalledTimes(4);
  });

  it('are asked for again soon when there were none', async () => {
    let now = 0;
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError()));
    const keys = new IssuerKeys(() => now);
    expect(await keys.of(issuer)).toBeNull();
    answer(document);
    expect(await keys.of(issuer)).toBeNull();
    now = 30_001;
    expect(await keys.of(issuer)).toHaveLength(1);
  });

  it.each<[string, unknown]>([
    ['of another issuer', { ...document, issuer: 'https://mallory.example.org' }],
    ['with keys in the clear', { ...document, jwks_uri: 'http://id.example.org/jwks' }],
    ['with a script for an address', { ...document, authorization_endpoint: 'javascript:1' }],
    ['without keys', { ...document, jwks_uri: undefined }],
    ['that is a list', [document]],
  ])('are none with a document %s', async (_, wrong) => {
    answer(wrong);
    expect(await new IssuerKeys(() => 0).of(issuer)).toBeNull();
  });

  it('are none when the answer is no set of keys', async () => {
    answer(document, { keys: {} });
    expect(await new IssuerKeys(() => 0).of(issuer)).toBeNull();
    vi.stubGlobal('fetch', () => Promise.resolve(new Response('{}', { status: 404 })));
    expect(await new IssuerKeys(() => 0).of(issuer)).toBeNull();
  });
});

function encode(value: object): string {
  return base64url(utf8(JSON.stringify(value)));
}
