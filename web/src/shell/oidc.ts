// Signing in wholly in the browser. The issuer is visited in a popup, so that this page and the secret
// in its address never navigate; the popup comes back to /oidc of our own origin, which hands over the
// code by BroadcastChannel. No window refers to another one: our pages are isolated from foreign ones.

import { base64url } from '../wire/base64';
import { asBytes, wipe, type Bytes } from '../wire/bytes';
import { discoveryUrl, readDiscovery, type Discovery } from '../wire/discovery';
import type { SignedIn } from '../wire/group';
import { fieldsOf, nameOfClaims, readJws, textOf } from '../wire/id_claims';
import { cicText } from '../wire/identity';
import {
  authorizationUrl,
  OIDC_CHANNEL,
  OIDC_PATH,
  tokenForm,
  type AuthorizationWish,
  type OidcAnswer,
  type OidcNote,
} from '../wire/oidc';
import { utf8 } from '../wire/utf8';

/** As the server lists it, and as the policy of the meeting will. */
export interface SignInService {
  readonly issuer: string;
  readonly audience: string;
}

export type SignInFailure =
  | 'popup-blocked'
  | 'refused' // by the person or the issuer
  | 'issuer-unreachable'
  | 'issuer-broken' // it answered something that cannot be right
  | 'given-up'; // aborted, or no answer in time

export type SignInOutcome =
  { readonly signedIn: SignedIn; readonly name: string } | { readonly failure: SignInFailure };

const POPUP = 'popup,width=520,height=720';
const ANSWER_MS = 600_000;
const FETCH_MS = 10_000;
const DOCUMENT_MAX = 262_144;

/** What is made for one attempt; the key is that of the leaf with which the person will join. */
interface Attempt {
  readonly service: SignInService;
  readonly state: string;
  readonly verifier: string;
  readonly rz: Bytes;
  readonly leaf: { readonly privateKey: Bytes; readonly publicKey: Bytes };
  readonly nonce: string;
}

class Failed extends Error {
  readonly failure: SignInFailure;

  constructor(failure: SignInFailure) {
    super(failure);
    this.failure = failure;
  }
}

/** To be called in the turn of a click, or the browser blocks the popup. */
export function signIn(service: SignInService, signal: AbortSignal): Promise<SignInOutcome> {
  const state = random(16);
  const channel = new BroadcastChannel(OIDC_CHANNEL);
  const ready = heard(channel, state, 'ready', signal);
  // No `noopener`: with it the result is null whether or not the popup was blocked.
  const popup = window.open(`${OIDC_PATH}?wait=${state}`, '_blank', POPUP);
  const outcome = popup
    ? run(service, state, { channel, ready, signal })
    : Promise.reject(new Failed('popup-blocked'));
  return outcome
    .catch((error: unknown): SignInOutcome => {
      return { failure: error instanceof Failed ? error.failure : 'issuer-broken' };
    })
    .finally(() => channel.close());
}

interface Line {
  readonly channel: BroadcastChannel;
  readonly ready: Promise<OidcNote>;
  readonly signal: AbortSignal;
}

async function run(service: SignInService, state: string, line: Line): Promise<SignInOutcome> {
  const { channel, signal } = line;
  const tell = (note: OidcNote): void => channel.postMessage(note);
  const attempt = await begin(service, state);
  try {
    const discovery = await discover(service.issuer, signal);
    const wish = await wishOf(attempt);
    await line.ready;
    const answered = heard(channel, state, 'answer', signal);
    tell({ type: 'go', state, url: authorizationUrl(discovery, wish) });
    const note = await answered;
    const code = note.type === 'answer' ? codeOf(note.answer, service.issuer) : '';
    const idToken = await redeem(discovery, wish, { code, verifier: attempt.verifier }, signal);
    const name = checkOwn(idToken, attempt);
    const { leaf, rz } = attempt;
    const keys = { signaturePrivate: leaf.privateKey, signaturePublic: leaf.publicKey };
    return { signedIn: { ...keys, rz, idToken }, name };
  } catch (error) {
    wipe(attempt.leaf.privateKey);
    throw error;
  } finally {
    tell({ type: 'done', state });
  }
}

async function begin(service: SignInService, state: string): Promise<Attempt> {
  const uses: KeyUsage[] = ['sign', 'verify'];
  const made = (await crypto.subtle.generateKey('Ed25519', true, uses)) as CryptoKeyPair;
  const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', made.publicKey));
  const privateKey = new Uint8Array(await crypto.subtle.exportKey('pkcs8', made.privateKey));
  const rz = crypto.getRandomValues(new Uint8Array(32));
  const nonce = await digest(cicText(rz, publicKey));
  return { service, state, verifier: random(32), rz, leaf: { privateKey, publicKey }, nonce };
}

async function wishOf({ service, state, nonce, verifier }: Attempt): Promise<AuthorizationWish> {
  return {
    clientId: service.audience,
    redirectUri: location.origin + OIDC_PATH,
    state,
    nonce,
    challenge: await digest(verifier), // RFC 7636 4.2: S256
  };
}

async function discover(issuer: string, signal: AbortSignal): Promise<Discovery> {
  const document = await ask(discoveryUrl(issuer), {}, signal);
  return readDiscovery(document, issuer) ?? fail('issuer-broken');
}

function codeOf({ code, error, issuer }: OidcAnswer, expected: string): string {
  // RFC 9207 2.4: an answer of another issuer than the one that was asked is refused
  if (issuer !== null && issuer !== expected) return fail('issuer-broken');
  return error === null && code !== null ? code : fail('refused');
}

async function redeem(
  { tokenEndpoint }: Discovery,
  wish: AuthorizationWish,
  { code, verifier }: { readonly code: string; readonly verifier: string },
  signal: AbortSignal,
): Promise<string> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const body = tokenForm(wish, code, verifier);
  const answer = fieldsOf(await ask(tokenEndpoint, { method: 'POST', headers, body }, signal));
  return (answer && textOf(answer, 'id_token')) ?? fail('issuer-broken');
}

/** The others check everything; a token that is not even ours is not worth showing to them. */
function checkOwn(idToken: string, { nonce, service }: Attempt): string {
  const claims = readJws(idToken)?.claims;
  if (!claims || claims.get('nonce') !== nonce || claims.get('iss') !== service.issuer) {
    return fail('issuer-broken');
  }
  return nameOfClaims(claims);
}

async function ask(url: string, init: RequestInit, signal: AbortSignal): Promise<unknown> {
  const limits = AbortSignal.any([signal, AbortSignal.timeout(FETCH_MS)]);
  const plain: RequestInit = { credentials: 'omit', referrerPolicy: 'no-referrer' };
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, { ...init, ...plain, signal: limits });
    text = await response.text();
  } catch {
    return fail(signal.aborted ? 'given-up' : 'issuer-unreachable');
  }
  if (!response.ok || text.length > DOCUMENT_MAX) return fail('issuer-broken');
  return JSON.parse(text) as unknown;
}

/** The next note of that type about this attempt. */
function heard(
  channel: BroadcastChannel,
  state: string,
  type: OidcNote['type'],
  signal: AbortSignal,
): Promise<OidcNote> {
  const limits = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
  const hearing = new Promise<OidcNote>((resolve, reject) => {
    const giveUp = (): void => reject(new Failed('given-up'));
    if (limits.aborted) giveUp();
    limits.addEventListener('abort', giveUp, { once: true });
    channel.addEventListener('message', ({ data }: MessageEvent<OidcNote>) => {
      if (data.state === state && data.type === type) resolve(data);
    });
  });
  hearing.catch(() => undefined); // it may fail before anybody waits for it
  return hearing;
}

async function digest(text: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', asBytes(utf8(text)))));
}

function random(bytes: number): string {
  return base64url(crypto.getRandomValues(new Uint8Array(bytes)));
}

function fail(failure: SignInFailure): never {
  throw new Failed(failure);
}
