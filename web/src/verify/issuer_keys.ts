// The keys of issuers, asked for at the issuers themselves: never from the server of the meeting, which
// could answer with its own.

import { discoveryUrl, readDiscovery } from '../wire/discovery';
import { readJwks, type Jwk } from './jwk';

const DOCUMENT_MAX = 262_144;
const TIMEOUT_MS = 5000;
const KEPT_MS = 600_000;
const FAILURE_KEPT_MS = 30_000;

export type KeySource = (issuer: string) => Promise<readonly Jwk[] | null>;

interface Answer {
  readonly keys: Promise<readonly Jwk[] | null>;
  readonly until: number;
}

/** Asks each issuer once in ten minutes, however many people it vouches for. */
export class IssuerKeys {
  readonly #now: () => number;
  readonly #answers = new Map<string, Answer>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Null: the issuer cannot be reached, or does not answer other origins (CORS). */
  readonly of: KeySource = (issuer) => {
    const known = this.#answers.get(issuer);
    if (known && known.until > this.#now()) return known.keys;
    const keys = fetchKeys(issuer);
    this.#answers.set(issuer, { keys, until: this.#now() + KEPT_MS });
    void keys.then((found) => {
      if (!found) this.#answers.set(issuer, { keys, until: this.#now() + FAILURE_KEPT_MS });
    });
    return keys;
  };
}

async function fetchKeys(issuer: string): Promise<readonly Jwk[] | null> {
  const discovery = readDiscovery(await fetchJson(discoveryUrl(issuer)), issuer);
  if (!discovery) return null;
  return readJwks(await fetchJson(discovery.jwksUri)) ?? null;
}

/** The document, or null for whatever reason there is none. */
async function fetchJson(url: string): Promise<unknown> {
  try {
    const response = await fetch(url, {
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) return null;
    const text = await response.text();
    return text.length > DOCUMENT_MAX ? null : (JSON.parse(text) as unknown);
  } catch {
    return null;
  }
}
