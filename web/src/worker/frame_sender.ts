// One source that is sent: each frame is sealed, or it is dropped. Nothing leaves in clear.

import { pack, takeApart } from './codec';
import type { Keyring } from './frame_keys';
import type { FrameSource } from './frame_report';
import { codecOfFrame, pump, type EncodedFrame, type Transformer } from './frame_stream';
import type { FrameTally } from './frame_tally';
import { concat, seal } from './sframe';

const IN_FLIGHT_MAX = 8;

/** The end of the SFrame metadata: it binds a frame to this protocol. */
export const METADATA_END = new TextEncoder().encode('ICv1');

export class FrameSender {
  readonly #keys: Keyring;
  readonly #tally: FrameTally;
  readonly #source: FrameSource;
  readonly #transformer: Transformer;
  #epoch: number | null = null;

  constructor(keys: Keyring, tally: FrameTally, source: FrameSource, transformer: Transformer) {
    this.#keys = keys;
    this.#tally = tally;
    this.#source = source;
    this.#transformer = transformer;
  }

  run(): Promise<void> {
    const leave = (_: EncodedFrame, isSealed?: boolean): boolean => isSealed === true;
    return pump(this.#transformer, (frame) => this.#work(frame), IN_FLIGHT_MAX, leave);
  }

  async #work(frame: EncodedFrame): Promise<boolean> {
    if (frame.data.byteLength === 0) return false;
    const isSealed = await this.#seal(frame);
    this.#tally.count(isSealed ? 'sealed' : 'unsent');
    return isSealed;
  }

  async #seal(frame: EncodedFrame): Promise<boolean> {
    const send = this.#keys.sendKey(this.#source);
    const codec = codecOfFrame(frame);
    if (!send || !codec) return false;
    const parts = takeApart(codec, new Uint8Array(frame.data));
    if (!parts) return false;
    if (send.epoch !== this.#epoch) this.#onEpoch(send.epoch);
    const counter = send.nextCounter();
    const metadata = concat(parts.clear, METADATA_END);
    const sealed = await seal(await send.keys, send.kid, counter, metadata, parts.plain);
    // Stopped meanwhile: then not even this one goes.
    if (!this.#keys.sendKey(this.#source)) return false;
    frame.data = pack(codec, { clear: parts.clear, sealed }).buffer;
    return true;
  }

  /** RFC 9605 6.2: those who hold the new keys only can begin with a key frame. Where this browser
   * lacks the call, receivers ask for one. */
  #onEpoch(epoch: number): void {
    this.#epoch = epoch;
    if (this.#source !== 'camera' && this.#source !== 'screen') return;
    void this.#transformer.generateKeyFrame?.().catch(() => undefined);
  }
}
