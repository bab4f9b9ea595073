// What became of the frames of one worker, counted.

import type { FrameCounts } from './frame_report';

export const NO_COUNTS: FrameCounts = {
  sealed: 0,
  unsent: 0,
  opened: 0,
  malformed: 0,
  unknownEpoch: 0,
  foreign: 0,
  forged: 0,
  replayed: 0,
  overflowed: 0,
};

export class FrameTally {
  readonly #counts: Record<keyof FrameCounts, number> = { ...NO_COUNTS };
  #isChanged = false;

  count(what: keyof FrameCounts): void {
    this.#counts[what]++;
    this.#isChanged = true;
  }

  /** What is new to say since the last call; null: nothing. */
  take(): FrameCounts | null {
    if (!this.#isChanged) return null;
    this.#isChanged = false;
    return { ...this.#counts };
  }
}
