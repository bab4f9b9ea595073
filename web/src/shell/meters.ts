// Meters of the receive slots, made when the user interface asks for the first time.

import { meter, type Meter } from './levels';
import type { Slots } from './slots';

export class Meters {
  readonly #slots: Slots;
  readonly #meters = new Map<string, { readonly track: MediaStreamTrack; readonly meter: Meter }>();

  constructor(slots: Slots) {
    this.#slots = slots;
  }

  level(mid: string): number {
    const stream = this.#slots.stream(mid);
    const [track] = stream.getAudioTracks();
    if (!track) return 0;
    let entry = this.#meters.get(mid);
    if (entry?.track !== track) {
      entry?.meter.stop();
      entry = { track, meter: meter(stream) };
      this.#meters.set(mid, entry);
    }
    return entry.meter.level();
  }
}
