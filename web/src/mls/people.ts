// Who is behind a leaf: the sealed identity, fetched by the hash that the leaf holds, opened with the
// link's secret, believed only as far as the device signed it. A name comes from here and nowhere else.

import { base64url } from '../wire/base64';
import { areEqual, type Bytes } from '../wire/bytes';
import type { Authority } from '../wire/commit_data';
import type { Standing } from '../wire/group';
import { readSealedIdentity, type IdToken } from '../wire/identity';
import type { Policy } from '../wire/policy';
import { hex, type LeafFacts } from './adapter';
import { sha256 } from './digest';
import { banTag, type SealKeys } from './link_keys';
import type { Outlets } from './outlets';
import { hasAuthority } from './proof';
import { openIdentity } from './seal';

/** Pauses between attempts to fetch what the server must have. */
const PAUSES_MS = [200, 800, 2000] as const;
const KNOWN_MAX = 1000;
/** An issuer that could not be asked is asked again: a little later than its failure is remembered. */
const ASK_AGAIN_MS = 31_000;
const ASK_AGAIN_MAX = 20;

export interface Known {
  readonly kind: 'open' | 'missing' | 'broken' | 'other-link';
  readonly name: string;
  readonly deviceKey: Bytes | null;
  /** proves a host's authority for this leaf; null: it shows none that holds */
  readonly authority: Authority | null;
  readonly token: IdToken | null;
  /** names the link's secret with which it was sealed */
  readonly sealId: string;
}

export interface PeopleConfig {
  readonly outlets: Outlets;
  readonly meeting: Uint8Array;
  readonly policy: Policy;
  readonly rings: () => readonly SealKeys[];
  /** a verdict on an ID token has come */
  readonly onVerdict: () => void;
}

export class People {
  readonly #config: PeopleConfig;
  readonly #known = new Map<string, Promise<Known>>();
  readonly #settled = new Map<string, Known>();
  readonly #verdicts = new Map<string, Standing>();
  readonly #blobs = new Map<string, Uint8Array>();

  constructor(config: PeopleConfig) {
    this.#config = config;
  }

  /** Our own sealed identity needs no server. */
  async keep(blob: Uint8Array): Promise<void> {
    this.#blobs.set(base64url(await sha256(blob)), blob);
  }

  /** Waits for the network, some seconds at most. */
  identify(leaf: LeafFacts, isKnocking = false): Promise<Known> {
    const key = keyOf(leaf);
    const found = this.#known.get(key);
    if (found) return found;
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    const asked = this.#identify(leaf).then((known) => {
      this.#settled.set(key, known);
      // What is missing may come; what has been opened with no key of ours may open after a new link.
      if (known.kind !== 'open') this.#known.delete(key);
      else if (known.token) this.#judge(key, known.token, leaf, isKnocking);
      return known;
    });
    this.#known.set(key, asked);
    return asked;
  }

  /** What is known already. */
  peek(leaf: LeafFacts): Known | null {
    return this.#settled.get(keyOf(leaf)) ?? null;
  }

  standing(leaf: LeafFacts): Standing {
    const known = this.peek(leaf);
    if (known === null || known.kind === 'missing') return UNVERIFIED_MISSING;
    if (known.kind !== 'open') return UNVERIFIED_BROKEN;
    if (known.token === null) return GUEST;
    return this.#verdicts.get(keyOf(leaf)) ?? UNVERIFIED_TOKEN;
  }

  async banTag(key: Uint8Array, known: Known): Promise<Bytes | null> {
    return known.deviceKey && banTag(key, known.deviceKey);
  }

  async #identify(leaf: LeafFacts): Promise<Known> {
    const blob = await this.#fetch(leaf.identityHash);
    if (blob === null) return { ...NOBODY, kind: 'missing' };
    const sealed = readSealedIdentity(blob);
    const sealId = sealed ? hex(sealed.sealId) : '';
    const opened = await openIdentity(this.#config.rings(), leaf.signatureKey, blob);
    if (opened.kind !== 'open') return { ...NOBODY, kind: opened.kind, sealId };
    const { name, deviceKey, authority, token } = opened.identity;
    const { meeting, policy } = this.#config;
    const proof = { meeting, key: leaf.signatureKey };
    const isHost = await hasAuthority(policy.hostKeys, authority, proof);
    return { kind: 'open', name, deviceKey, authority: isHost ? authority : null, token, sealId };
  }

  async #fetch(hash: Uint8Array): Promise<Uint8Array | null> {
    const { fetchBlob, clock } = this.#config.outlets;
    const name = base64url(hash);
    const own = this.#blobs.get(name);
    if (own) return own;
    for (const pause of [0, ...PAUSES_MS]) {
      if (pause > 0) await new Promise<void>((resolve) => clock.after(pause, resolve));
      const blob = await fetchBlob(name).catch(() => null);
      // Other bytes than the leaf names are no identity of this leaf.
      if (blob && areEqual(await sha256(blob), hash)) return blob;
    }
    return null;
  }

  #judge(key: string, token: IdToken, leaf: LeafFacts, isKnocking: boolean, tries = 0): void {
    if (this.#verdicts.has(key)) return;
    const { outlets, policy, onVerdict } = this.#config;
    const asked = { token, leafKey: leaf.signatureKey, policy, isKnocking };
    const again = (): void => this.#judge(key, token, leaf, isKnocking, tries + 1);
    void outlets.verifyToken(asked).then(
      (found) => {
        this.#verdicts.set(key, found ? { kind: 'verified', ...found } : UNVERIFIED_TOKEN);
        onVerdict();
      },
      // Nobody could say: that is no verdict.
      () => tries < ASK_AGAIN_MAX && outlets.clock.after(ASK_AGAIN_MS, again),
    );
  }
}

/** Asked for each person in each view. */
const keys = new WeakMap<LeafFacts, string>();

function keyOf(leaf: LeafFacts): string {
  const key = keys.get(leaf) ?? hex(leaf.signatureKey) + hex(leaf.identityHash);
  keys.set(leaf, key);
  return key;
}

const NOBODY = {
  name: '',
  deviceKey: null,
  authority: null,
  token: null,
  sealId: '',
} as const;
const GUEST: Standing = { kind: 'guest' };
const UNVERIFIED_MISSING: Standing = { kind: 'unverified', reason: 'missing' };
const UNVERIFIED_BROKEN: Standing = { kind: 'unverified', reason: 'broken' };
const UNVERIFIED_TOKEN: Standing = { kind: 'unverified', reason: 'token' };
