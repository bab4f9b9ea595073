// The keys that this browser keeps: the key of the device, and a host key for each meeting that it may
// host. They are non-extractable: a page can sign with them, and nothing can read them. Nothing else
// is kept with them.

import { fromBase64url } from '../wire/base64';
import { asBytes, wipe, type Bytes } from '../wire/bytes';
import { pkcs8OfSeed, seedOfPkcs8 } from '../wire/ed25519';
import { openShelf, type Shelf } from './shelf';

const ED25519 = 'Ed25519';
const USES: KeyUsage[] = ['sign', 'verify'];
const DEVICE = 'device';

/** A host key that was just made. The seed goes into the host link and is then wiped. */
export interface NewHost {
  readonly keys: CryptoKeyPair;
  readonly publicKey: Bytes;
  readonly seed: Bytes;
}

export class Keys {
  readonly #shelf: Shelf;

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
  }

  /** False: this browser lets nothing be kept (a private window), so that keys end with the page. */
  get isLasting(): boolean {
    return this.#shelf.isLasting;
  }

  /** Made once a browser. Two tabs that ask at the same time get the same one. */
  async device(): Promise<CryptoKeyPair> {
    const kept = await this.#shelf.get(DEVICE);
    if (kept) return kept;
    const made = (await crypto.subtle.generateKey(ED25519, false, USES)) as CryptoKeyPair;
    return this.#shelf.keepFirst(DEVICE, made);
  }

  /** Null: this browser is no host of the meeting. */
  async host(meeting: string): Promise<CryptoKeyPair | null> {
    return this.#shelf.get(hostOf(meeting));
  }

  /**
   * Keeps the key of a host link, unless there is one already: anybody can write a link with a seed of
   * their own, and nothing brings back a key that was kept here only. The seed is wiped.
   */
  async importHost(meeting: string, seed: Uint8Array): Promise<CryptoKeyPair> {
    try {
      return await this.#shelf.keepFirst(hostOf(meeting), await keysOfSeed(seed));
    } finally {
      wipe(seed);
    }
  }

  /** For a meeting that is being made. It is kept with keepHost once there is one. */
  async makeHost(): Promise<NewHost> {
    const made = (await crypto.subtle.generateKey(ED25519, true, USES)) as CryptoKeyPair;
    const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', made.privateKey));
    const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', made.publicKey));
    const privateKey = await importPrivate(pkcs8, false);
    const seed = seedOfPkcs8(pkcs8);
    wipe(pkcs8);
    return { keys: { privateKey, publicKey: made.publicKey }, publicKey, seed };
  }

  async keepHost(meeting: string, keys: CryptoKeyPair): Promise<void> {
    await this.#shelf.put(hostOf(meeting), keys);
  }

  async forgetHost(meeting: string): Promise<void> {
    await this.#shelf.remove(hostOf(meeting));
  }
}

export async function openKeys(): Promise<Keys> {
  return new Keys(await openShelf());
}

/** The private key cannot be read again; the public one is worked out by the browser. */
async function keysOfSeed(seed: Uint8Array): Promise<CryptoKeyPair> {
  const pkcs8 = pkcs8OfSeed(seed);
  try {
    const readable = await importPrivate(pkcs8, true);
    const { x = '' } = await crypto.subtle.exportKey('jwk', readable);
    const raw = asBytes(fromBase64url(x, 32) ?? new Uint8Array());
    return {
      privateKey: await importPrivate(pkcs8, false),
      publicKey: await crypto.subtle.importKey('raw', raw, ED25519, true, ['verify']),
    };
  } finally {
    wipe(pkcs8);
  }
}

function importPrivate(pkcs8: Bytes, isReadable: boolean): Promise<CryptoKey> {
  return crypto.subtle.importKey('pkcs8', pkcs8, ED25519, isReadable, ['sign']);
}

function hostOf(meeting: string): string {
  return `host.${meeting}`;
}
