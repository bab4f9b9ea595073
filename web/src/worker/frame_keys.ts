// The keys of frames, by epoch: docs/protocol/encryption.md 9. They come from the worker that owns the
// group. Base keys are imported at once and their bytes wiped; everything derived is non-extractable.

import type { FrameKeys } from '../wire/group';
import { FRAME_CONTEXT, type FrameSource } from './frame_report';
import { FrameWindow } from './frame_window';
import {
  baseKeyBytes,
  deriveSframeKeys,
  importBaseKey,
  type SframeKeys,
  type SframeSuite,
} from './sframe';

export type EpochKeys = Extract<FrameKeys, { type: 'epoch' }>;

/** The present epoch and at most 3 before it, */
const EPOCHS_MAX = 4;
/** and these for at most 10 s after the next one came. */
const OLD_EPOCH_MS = 10_000;
const EPOCH_BITS = 4;
const EPOCH_MASK = 15;
const PAST_EPOCHS = 8;
// RFC 9420 C: a leaf index has 32 bits, so this is more than any tree needs.
const LEAF_BITS_MAX = 32;

/** A key to send with. The counter belongs to it, whatever connection uses it. */
export class SendKey {
  readonly epoch: number;
  readonly kid: bigint;
  readonly keys: Promise<SframeKeys>;
  #counter = 0n;

  constructor(epoch: number, kid: bigint, keys: Promise<SframeKeys>) {
    this.epoch = epoch;
    this.kid = kid;
    this.keys = keys;
  }

  /** Each call gives another one. */
  nextCounter(): bigint {
    return this.#counter++;
  }
}

export interface ReceiveKey {
  readonly epoch: number;
  readonly leaf: number;
  readonly keys: Promise<SframeKeys>;
  readonly window: FrameWindow;
}

export type FoundKey =
  | { readonly type: 'key'; readonly key: ReceiveKey }
  /** `isPast`: it is one that will not come any more */
  | { readonly type: 'unknown-epoch'; readonly isPast: boolean }
  /** the leaf is not in the group, or the source not that of the track */
  | { readonly type: 'foreign'; readonly leaf: number };

interface Epoch {
  readonly epoch: number;
  readonly suite: SframeSuite;
  readonly leafBits: number;
  readonly ownLeaf: number;
  readonly base: Promise<CryptoKey>;
  readonly leaves: Set<number>;
  readonly send: Map<FrameSource, SendKey>;
  readonly receive: Map<bigint, ReceiveKey>;
  oldAt: number | null;
}

export class Keyring {
  #epochs: Epoch[] = []; // newest first
  #sendEpoch: number | null = null;
  readonly #waiting = new Set<() => void>();

  /** The newest epoch and the number of its members besides ourselves. */
  get newest(): { readonly epoch: number; readonly others: number } | null {
    const [newest] = this.#epochs;
    return newest ? { epoch: newest.epoch, others: newest.leaves.size } : null;
  }

  on(message: FrameKeys, now: number): void {
    switch (message.type) {
      case 'epoch':
        this.#add(message, now);
        break;
      case 'send-with':
        // Never back to an older one.
        if (message.epoch > (this.#sendEpoch ?? -1)) this.#sendEpoch = message.epoch;
        break;
      case 'forget':
        this.#epochs = this.#epochs.filter(({ epoch }) => epoch !== message.epoch);
        break;
      case 'stop':
        this.clear();
        break;
    }
    this.#wake();
  }

  tick(now: number): void {
    this.#epochs = this.#epochs.filter(({ oldAt }) => oldAt === null || now - oldAt < OLD_EPOCH_MS);
  }

  clear(): void {
    this.#epochs = [];
    this.#sendEpoch = null;
    this.#wake();
  }

  /** What a source is sent with now; null: nothing may be sent. */
  sendKey(source: FrameSource): SendKey | null {
    const epoch = this.#epochs.find((each) => each.epoch === this.#sendEpoch);
    if (!epoch) return null;
    const known = epoch.send.get(source);
    if (known) return known;
    const kid = composeKid(epoch, FRAME_CONTEXT[source], epoch.ownLeaf);
    const key = new SendKey(epoch.epoch, kid, derive(epoch, kid, 'encrypt'));
    epoch.send.set(source, key);
    return key;
  }

  /** The key that the KID names, and no other. */
  receiveKey(kid: bigint, source: FrameSource): FoundKey {
    const low = Number(kid & BigInt(EPOCH_MASK));
    const epoch = this.#epochs.find((each) => (each.epoch & EPOCH_MASK) === low);
    if (!epoch) return { type: 'unknown-epoch', isPast: this.#isPast(low) };
    const known = epoch.receive.get(kid);
    const leaf = leafOf(kid, epoch);
    if (kid !== composeKid(epoch, FRAME_CONTEXT[source], leaf) || !epoch.leaves.has(leaf)) {
      return { type: 'foreign', leaf };
    }
    if (known) return { type: 'key', key: known };
    const keys = derive(epoch, kid, 'decrypt');
    const key = { epoch: epoch.epoch, leaf, keys, window: new FrameWindow() };
    epoch.receive.set(kid, key);
    return { type: 'key', key };
  }

  /** Whether what this key opened may still be shown. */
  isValid(key: ReceiveKey): boolean {
    return this.#epochs.some((each) => each.epoch === key.epoch && each.leaves.has(key.leaf));
  }

  /** The leaf that a KID names, as far as one can tell without knowing its epoch. */
  guessLeaf(kid: bigint): number | null {
    const [newest] = this.#epochs;
    return newest ? leafOf(kid, newest) : null;
  }

  /** Settles with the next change of the keys, or after this time. */
  change(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(settle);
        resolve();
      };
      const timer = setTimeout(settle, ms);
      this.#waiting.add(settle);
    });
  }

  #add(message: EpochKeys, now: number): void {
    const { epoch, suite, leafBits, ownLeaf, baseKey } = message;
    const isNew = this.#epochs.every((each) => each.epoch < epoch);
    const isWellFormed =
      baseKey.length === baseKeyBytes(suite) && leafBits >= 1 && leafBits <= LEAF_BITS_MAX;
    if (!isNew || !isWellFormed) {
      baseKey.fill(0);
      return;
    }
    const bytes = new Uint8Array(baseKey);
    baseKey.fill(0);
    const base = importBaseKey(bytes).finally(() => bytes.fill(0));
    const leaves = new Set(message.leaves);
    for (const old of this.#epochs) {
      old.oldAt ??= now;
      dropLeaves(old, leaves, message.added);
    }
    const fresh = { epoch, suite, leafBits, ownLeaf, base, leaves, oldAt: null };
    // Two epochs with the same low bits could not be told apart.
    const others = this.#epochs.filter((each) => ((each.epoch ^ epoch) & EPOCH_MASK) !== 0);
    this.#epochs = [{ ...fresh, send: new Map(), receive: new Map() }, ...others].slice(
      0,
      EPOCHS_MAX,
    );
    this.#keepUp();
  }

  /** Epochs come in order: of the 16 that the low bits can mean, the 8 behind the newest one are over.
   * A newcomer gets frames of them, and must not let those that it can read wait behind. */
  #isPast(low: number): boolean {
    const [newest] = this.#epochs;
    return newest !== undefined && ((newest.epoch - low) & EPOCH_MASK) <= PAST_EPOCHS;
  }

  /** Many commits in a second would leave a sender in an epoch that receivers have forgotten: when
   * another one comes, it goes on to the one before. */
  #keepUp(): void {
    const before = this.#epochs[1]?.epoch;
    if (before === undefined || this.#sendEpoch === null) return;
    if (this.#sendEpoch < before) this.#sendEpoch = before;
  }

  #wake(): void {
    for (const settle of [...this.#waiting]) settle();
  }
}

/** Whoever is not in the new epoch is refused in the old ones too, and so is a leaf that now belongs
 * to somebody else. */
function dropLeaves(old: Epoch, present: ReadonlySet<number>, added: readonly number[]): void {
  for (const leaf of old.leaves) {
    if (!present.has(leaf) || added.includes(leaf)) old.leaves.delete(leaf);
  }
  for (const [kid, { leaf }] of old.receive) {
    if (!old.leaves.has(leaf)) old.receive.delete(kid);
  }
}

function composeKid({ epoch, leafBits }: Epoch, context: number, leaf: number): bigint {
  const low = BigInt(epoch & EPOCH_MASK);
  const middle = BigInt(leaf) << BigInt(EPOCH_BITS);
  return (BigInt(context) << BigInt(leafBits + EPOCH_BITS)) | middle | low;
}

function leafOf(kid: bigint, { leafBits }: Epoch): number {
  return Number(BigInt.asUintN(leafBits, kid >> BigInt(EPOCH_BITS)));
}

async function derive(
  { base, suite }: Epoch,
  kid: bigint,
  usage: 'encrypt' | 'decrypt',
): Promise<SframeKeys> {
  return deriveSframeKeys(await base, suite, kid, usage);
}
