// Signing in with a real issuer. The popup is played by what a browser does there: our /oidc page runs
// before the visit and after it, the redirects between are the issuer's own.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { isOidcPage, runOidcPage } from '../../src/shell/oidc_page';
import { signIn, type SignInOutcome } from '../../src/shell/oidc';
import { verifyIdToken } from '../../src/verify/id_token';
import { IssuerKeys } from '../../src/verify/issuer_keys';
import { readJws } from '../../src/wire/id_claims';
import { OIDC_CHANNEL, type OidcNote } from '../../src/wire/oidc';
import { counted } from '../support/bytes';
import { Issuer, ORIGIN, visit } from '../support/issuer';

const signal = (): AbortSignal => new AbortController().signal;

const root = { textContent: '' };
let issuer: Issuer;
let channels: BroadcastChannel[];
let closed: number;
/** What happens to the query on its way back from the issuer. */
let tamper: (query: URLSearchParams) => void;
/** Where the popup navigates to. */
let goTo: (url: string) => void;
/** The address that a page shows in place of its own. */
let shown: string | null;

beforeAll(async () => {
  const people = { ana: { name: 'Ana Example' } };
  issuer = await new Issuer({ origins: [ORIGIN], people }).start();
});
afterAll(() => issuer.stop());

beforeEach(() => {
  channels = [];
  closed = 0;
  tamper = () => undefined;
  goTo = (url) => void comeBack(url);
  shown = null;
  root.textContent = '';
  issuer.account = 'ana';
  // Each of our pages has a channel; a page that closes or navigates takes it along.
  const Channel = BroadcastChannel;
  vi.stubGlobal(
    'BroadcastChannel',
    class extends Channel {
      constructor(name: string) {
        super(name);
        channels.push(this);
      }
    },
  );
  vi.stubGlobal('history', { replaceState: (_: null, __: string, url: string) => (shown = url) });
  vi.stubGlobal('window', { open: openPopup, close: () => (closed += 1) });
  vi.stubGlobal('navigator', { language: 'en-GB' });
  standAt('/m/meeting', '');
});

afterEach(() => {
  for (const channel of channels) channel.close();
  vi.unstubAllGlobals();
});

describe('signing in', () => {
  const service = (): { issuer: string; audience: string } => ({
    issuer: issuer.url,
    audience: issuer.audience,
  });

  it('gives a token that is bound to the new key of the leaf', async () => {
    const outcome = await signIn(service(), signal());
    expect(outcome).toMatchObject({ name: 'Ana Example' });
    if (!('signedIn' in outcome)) return;
    const { signaturePrivate, signaturePublic, rz, idToken } = outcome.signedIn;
    const question = {
      token: { rz: new Uint8Array(rz), idToken },
      leafKey: signaturePublic,
      issuers: [{ ...service(), thumbprints: [] }],
      now: Date.now(),
      isKnocking: true,
    };
    const keys = new IssuerKeys(() => Date.now()).of;
    expect(await verifyIdToken(question, keys)).toEqual({
      kind: 'verified',
      issuer: issuer.url,
      name: 'Ana Example',
      subject: 'ana',
    });
    expect(await isPair(signaturePrivate, signaturePublic)).toBe(true);
  });

  it('makes another key each time', async () => {
    const [one, other] = [await signIn(service(), signal()), await signIn(service(), signal())];
    expect(nonceOf(one)).toMatch(/^[\w-]{43}$/);
    expect(nonceOf(one)).not.toBe(nonceOf(other));
  });

  it('closes the popup and takes the code out of its address', async () => {
    await signIn(service(), signal());
    await vi.waitFor(() => expect(root.textContent).toContain('close this window'));
    expect(closed).toBeGreaterThan(0);
    expect(shown).toBe('/oidc');
  });

  it('shows the issuer nothing of the meeting', async () => {
    const visited = vi.fn();
    vi.stubGlobal('fetch', watched(visited));
    await signIn(service(), signal());
    expect(visited.mock.calls.length).toBeGreaterThan(4);
    for (const [text] of visited.mock.calls) expect(text).not.toContain('meeting');
  });

  it('fails when the person refuses', async () => {
    issuer.account = null;
    expect(await signIn(service(), signal())).toEqual({ failure: 'refused' });
  });

  it('fails when the popup is blocked', async () => {
    vi.stubGlobal('window', { open: () => null });
    expect(await signIn(service(), signal())).toEqual({ failure: 'popup-blocked' });
  });

  it('fails when the issuer cannot be reached, and lets the popup close', async () => {
    const nobody = { ...service(), issuer: 'http://localhost:1' };
    expect(await signIn(nobody, signal())).toEqual({ failure: 'issuer-unreachable' });
    await vi.waitFor(() => expect(closed).toBe(1));
  });

  it('fails when it is given up', async () => {
    vi.stubGlobal('window', { open: () => ({}) }); // the person closed it at once
    const controller = new AbortController();
    const outcome = signIn(service(), controller.signal);
    controller.abort();
    expect(await outcome).toEqual({ failure: 'given-up' });
  });

  it('ignores an answer to another question', async () => {
    tamper = (query) => query.set('state', 'of-another');
    const controller = new AbortController();
    const outcome = signIn(service(), controller.signal);
    setTimeout(() => controller.abort(), 500);
    expect(await outcome).toEqual({ failure: 'given-up' });
    await vi.waitFor(() => expect(closed).toBeGreaterThan(0), 4000); // nobody took it
  });

  it('refuses the answer of another issuer', async () => {
    tamper = (query) => query.set('iss', 'https://mallory.example.org');
    expect(await signIn(service(), signal())).toEqual({ failure: 'issuer-broken' });
  });

  it('refuses a code that was not given to it', async () => {
    tamper = (query) => query.set('code', 'x'.repeat(43));
    expect(await signIn(service(), signal())).toEqual({ failure: 'issuer-broken' });
  });

  it('refuses a token that is not for this key', async () => {
    vi.stubGlobal(
      'fetch',
      replacing('/token', () => Response.json({ id_token: oldToken() })),
    );
    expect(await signIn(service(), signal())).toEqual({ failure: 'issuer-broken' });
  });

  it('refuses what is no document of the issuer', async () => {
    vi.stubGlobal(
      'fetch',
      replacing('/.well-known/', () => Response.json({ issuer: 'x' })),
    );
    expect(await signIn(service(), signal())).toEqual({ failure: 'issuer-broken' });
    vi.stubGlobal(
      'fetch',
      replacing('/.well-known/', () => new Response('no JSON')),
    );
    expect(await signIn(service(), signal())).toEqual({ failure: 'issuer-broken' });
  });
});

describe('the page in the popup', () => {
  it('is /oidc alone', () => {
    expect(isOidcPage('/oidc')).toBe(true);
    expect(isOidcPage('/oidc/')).toBe(false);
  });

  it('goes nowhere unless it is told by its own attempt', async () => {
    const replace = vi.fn();
    goTo = replace;
    standAt('/oidc', '?wait=mine');
    runOidcPage(root);
    const channel = new BroadcastChannel(OIDC_CHANNEL);
    const tell = (note: OidcNote): void => channel.postMessage(note);
    tell({ type: 'go', state: 'other', url: 'https://mallory.example.org' });
    tell({ type: 'go', state: 'mine', url: 'https://id.example.org' });
    await vi.waitFor(() => expect(replace).toHaveBeenCalled());
    expect(replace.mock.calls).toEqual([['https://id.example.org']]);
  });

  it('closes when there is nothing for it to do', () => {
    standAt('/oidc', '');
    runOidcPage(root);
    expect(closed).toBe(1);
  });
});

function openPopup(path: string): object {
  const { search } = new URL(path, ORIGIN);
  const before = location;
  standAt('/oidc', search);
  runOidcPage(root);
  vi.stubGlobal('location', before);
  return {};
}

async function comeBack(url: string): Promise<void> {
  const query = await visit(url);
  tamper(query);
  const before = location;
  standAt('/oidc', `?${query.toString()}`);
  runOidcPage(root);
  vi.stubGlobal('location', before);
}

function standAt(pathname: string, search: string): void {
  const replace = (url: string): void => goTo(url);
  vi.stubGlobal('location', { origin: ORIGIN, pathname, search, hash: '#1.secret', replace });
}

function nonceOf(outcome: SignInOutcome): unknown {
  return 'signedIn' in outcome && readJws(outcome.signedIn.idToken)?.claims.get('nonce');
}

async function isPair(privateKey: Uint8Array, publicKey: Uint8Array): Promise<boolean> {
  const { subtle } = crypto;
  const pkcs8 = new Uint8Array(privateKey);
  const signer = await subtle.importKey('pkcs8', pkcs8, 'Ed25519', false, ['sign']);
  const raw = new Uint8Array(publicKey);
  const verifier = await subtle.importKey('raw', raw, 'Ed25519', false, ['verify']);
  const signature = await subtle.sign('Ed25519', signer, counted(5));
  return subtle.verify('Ed25519', verifier, signature, counted(5));
}

function watched(note: (text: string) => void): typeof fetch {
  const real = fetch;
  return (asked, init) => {
    note(`${urlOf(asked)} ${JSON.stringify(init ?? {})}`);
    return real(asked, init);
  };
}

function replacing(part: string, answer: () => Response): typeof fetch {
  const real = fetch;
  return (asked, init) =>
    urlOf(asked).includes(part) ? Promise.resolve(answer()) : real(asked, init);
}

function urlOf(asked: string | URL | Request): string {
  return asked instanceof Request ? asked.url : asked.toString();
}

/** Well-formed, and of another time. */
function oldToken(): string {
  const encode = (value: object): string =>
    Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${encode({ alg: 'RS256' })}.${encode({ iss: issuer.url, nonce: 'old' })}.AAAA`;
}
