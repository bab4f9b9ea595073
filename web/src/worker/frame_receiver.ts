// One slot that is received: a frame is opened with the key that its KID names and no other, or it is
// dropped. What nobody in the group sealed for a track of this kind is never rendered.

import { restore, unpack, type FrameCodec, type SealedFrame } from './codec';
import type { FrameHealth } from './frame_health';
import type { FoundKey, Keyring } from './frame_keys';
import type { FrameCounts, FrameSource } from './frame_report';
import { METADATA_END } from './frame_sender';
import { codecOfFrame, pump, type EncodedFrame, type Transformer } from './frame_stream';
import type { FrameTally } from './frame_tally';
import { concat, open, readHeader, TAG_BYTES, type SframeHeader } from './sframe';

/** A frame of an epoch that is not known yet waits for this time, with the frames behind it, */
const HOLD_MS = 500;
/** and so many of one slot may be held or worked on. */
const IN_FLIGHT_MAX = 64;
/** What all slots of a worker may hold. */
const HELD_BYTES_MAX = 4 * 2 ** 20;

type Outcome =
  | { readonly type: 'opened'; readonly leaf: number; readonly epoch: number }
  | { readonly type: 'failed'; readonly why: keyof FrameCounts; readonly leaf: number | null };

/** What the slots of one worker share. */
export interface ReceiveRoom {
  readonly keys: Keyring;
  readonly tally: FrameTally;
  readonly health: FrameHealth;
  readonly now: () => number;
  heldBytes: number;
}

export class FrameReceiver {
  readonly #room: ReceiveRoom;
  readonly #mid: string;
  readonly #source: FrameSource;
  readonly #transformer: Transformer;
  /** the leaf and epoch of the last frame that was opened */
  #last: string | null = null;
  #hasGap = false;

  constructor(room: ReceiveRoom, mid: string, source: FrameSource, transformer: Transformer) {
    this.#room = room;
    this.#mid = mid;
    this.#source = source;
    this.#transformer = transformer;
  }

  run(): Promise<void> {
    this.#room.health.onSlot(this.#mid);
    const leave = (frame: EncodedFrame, outcome?: Outcome | null): boolean =>
      this.#leave(frame, outcome);
    return pump(this.#transformer, (frame) => this.#work(frame), IN_FLIGHT_MAX, leave);
  }

  async #work(frame: EncodedFrame): Promise<Outcome | null> {
    // Browsers make up frames without content where packets are missing.
    if (frame.data.byteLength === 0) return null;
    const { tally, health, now } = this.#room;
    const outcome = await this.#open(frame);
    if (outcome.type === 'opened') {
      tally.count('opened');
      health.onOpened(this.#mid, outcome.leaf, outcome.epoch);
    } else {
      tally.count(outcome.why);
      if (outcome.why !== 'replayed') health.onFailed(this.#mid, outcome.leaf, now());
    }
    return outcome;
  }

  #leave(frame: EncodedFrame, outcome: Outcome | null | undefined): boolean {
    if (outcome === null) return false;
    if (outcome?.type !== 'opened') {
      this.#hasGap = true;
      return false;
    }
    this.#askForKeyFrame(frame, `${outcome.leaf} ${outcome.epoch}`);
    return true;
  }

  async #open(frame: EncodedFrame): Promise<Outcome> {
    const codec = codecOfFrame(frame);
    const parts = codec && unpack(codec, new Uint8Array(frame.data));
    const header = parts && readHeader(parts.sealed);
    if (!codec || !parts || !header || parts.sealed.length < header.length + TAG_BYTES) {
      return { type: 'failed', why: 'malformed', leaf: null };
    }
    const found = await this.#find(header, parts.sealed.length);
    if (found === 'overflowed' || found.type === 'unknown-epoch') {
      const leaf = this.#room.keys.guessLeaf(header.kid);
      const why = found === 'overflowed' ? found : 'unknownEpoch';
      return { type: 'failed', why, leaf };
    }
    if (found.type === 'foreign') return { type: 'failed', why: 'foreign', leaf: found.leaf };
    return this.#decrypt(frame, codec, parts, header, found);
  }

  async #decrypt(
    frame: EncodedFrame,
    codec: FrameCodec,
    { clear, sealed }: SealedFrame,
    header: SframeHeader,
    { key }: Extract<FoundKey, { type: 'key' }>,
  ): Promise<Outcome> {
    const { leaf, epoch, window } = key;
    if (!window.isFresh(header.counter)) return { type: 'failed', why: 'replayed', leaf };
    const metadata = concat(clear, METADATA_END);
    const plain = await open(await key.keys, header, metadata, sealed);
    if (!plain) return { type: 'failed', why: 'forged', leaf };
    // Meanwhile the leaf may have been removed, and the same frame opened in another slot.
    if (!this.#room.keys.isValid(key)) return { type: 'failed', why: 'foreign', leaf };
    if (!window.take(header.counter)) return { type: 'failed', why: 'replayed', leaf };
    frame.data = restore(codec, { clear, plain }).buffer;
    return { type: 'opened', leaf, epoch };
  }

  async #find(header: SframeHeader, bytes: number): Promise<FoundKey | 'overflowed'> {
    const room = this.#room;
    const first = room.keys.receiveKey(header.kid, this.#source);
    if (!isToCome(first)) return first;
    if (room.heldBytes + bytes > HELD_BYTES_MAX) return 'overflowed';
    room.heldBytes += bytes;
    const until = room.now() + HOLD_MS;
    let found: FoundKey = first;
    for (let left = HOLD_MS; found.type === 'unknown-epoch' && left > 0;) {
      await room.keys.change(left);
      found = room.keys.receiveKey(header.kid, this.#source);
      left = until - room.now();
    }
    room.heldBytes -= bytes;
    return found;
  }

  /** RFC 9605 6.2: with new keys one begins with a key frame; and after a gap nothing else is of use. */
  #askForKeyFrame(frame: EncodedFrame, now: string): void {
    const isNeeded = this.#last !== now || this.#hasGap;
    this.#last = now;
    this.#hasGap = false;
    if (!isNeeded || frame.type !== 'delta') return;
    void this.#transformer.sendKeyFrameRequest?.().catch(() => undefined);
  }
}

function isToCome(found: FoundKey): boolean {
  return found.type === 'unknown-epoch' && !found.isPast;
}
