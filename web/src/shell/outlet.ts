// One sending section: a track goes in and out of it. Without a track it is switched off as well, or
// Firefox would go on sending a black picture each second.

export class Outlet {
  readonly #sender: RTCRtpSender;
  /** Changes follow each other: two at once would refuse one of them. */
  #last: Promise<void> = Promise.resolve();

  constructor(sender: RTCRtpSender) {
    this.#sender = sender;
  }

  put(track: MediaStreamTrack | null): void {
    // A sender whose connection has been closed refuses: then there is nothing left to do.
    this.#last = this.#last.then(() => this.#change(track)).catch(() => undefined);
  }

  async #change(track: MediaStreamTrack | null): Promise<void> {
    await this.#sender.replaceTrack(track);
    const parameters = this.#sender.getParameters();
    for (const encoding of parameters.encodings) encoding.active = track !== null;
    await this.#sender.setParameters(parameters);
  }
}
