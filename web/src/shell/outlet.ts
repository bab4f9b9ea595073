// One sending section: a track goes in and out of it. Without a track it is switched off as well, or
// Firefox would go on sending a black picture each second.

import { isOf, type VideoCodec } from './codecs';

/** `codec` came later than the rest: the browser's types do not know it yet. */
interface Encoding extends RTCRtpEncodingParameters {
  codec?: RTCRtpCodec;
}

export class Outlet {
  readonly #sender: RTCRtpSender;
  /** Changes follow each other: two at once would refuse one of them. */
  #last: Promise<void> = Promise.resolve();

  constructor(sender: RTCRtpSender) {
    this.#sender = sender;
  }

  put(track: MediaStreamTrack | null): void {
    if (!track) this.cut();
    void this.#then(async () => {
      await this.#sender.replaceTrack(track);
      await this.#change((encoding) => (encoding.active = track !== null));
    });
  }

  /** Nothing goes out any more: at once, whatever is still being changed. The next put() says what follows. */
  cut(): void {
    this.#sender.replaceTrack(null).catch(() => undefined);
  }

  /** Whether the browser takes the codec of what it sends from here; it is known after the answer. */
  async useCodec(codec: VideoCodec): Promise<boolean> {
    let isTaken = false;
    await this.#then(async () => {
      const found = this.#sender.getParameters().codecs.find((each) => isOf(codec, each));
      if (!found) return;
      await this.#change((encoding) => (encoding.codec = found));
      // A browser that does not know this passes over it.
      isTaken = this.#sender.getParameters().encodings.every((each: Encoding) => each.codec);
    });
    return isTaken;
  }

  async #change(change: (encoding: Encoding) => void): Promise<void> {
    const parameters = this.#sender.getParameters();
    for (const encoding of parameters.encodings) change(encoding);
    await this.#sender.setParameters(parameters);
  }

  #then(step: () => Promise<void>): Promise<void> {
    // A sender whose connection has been closed refuses: then there is nothing left to do.
    this.#last = this.#last.then(step).catch(() => undefined);
    return this.#last;
  }
}
