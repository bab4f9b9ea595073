// What several workers say, as one report. It lives in the page and holds no key.

import type { EpochHealth, FrameCounts, FrameReport, FrameWord } from './frame_report';
import { NO_COUNTS } from './frame_tally';

const COUNTS_INTERVAL_MS = 2000;

export class FrameTotals {
  readonly #report: (report: FrameReport) => void;
  readonly #personOf: (mid: string) => number;
  readonly #counts = new Map<number, FrameCounts>();
  readonly #health = new Map<number, EpochHealth>();
  #isNobody = false;
  #countsAt = Number.NEGATIVE_INFINITY;

  /** `personOf` tells which slots show one person: the n-th for sound and the n-th for pictures. */
  constructor(report: (report: FrameReport) => void, personOf: (mid: string) => number) {
    this.#report = report;
    this.#personOf = personOf;
  }

  on(worker: number, word: FrameWord, now: number): void {
    if (word.type === 'epoch-health') {
      this.#health.set(worker, word);
      this.#judge();
    } else if (word.type === 'counts') {
      this.#counts.set(worker, word.counts);
      if (now - this.#countsAt < COUNTS_INTERVAL_MS) return;
      this.#countsAt = now;
      this.#report({ type: 'counts', counts: this.counts() });
    } else {
      this.#report(word);
    }
  }

  counts(): FrameCounts {
    const sum: Record<keyof FrameCounts, number> = { ...NO_COUNTS };
    for (const counts of this.#counts.values()) {
      for (const name of Object.keys(sum) as (keyof FrameCounts)[]) sum[name] += counts[name];
    }
    return sum;
  }

  /** Nobody: not one frame of the newest epoch could be read, and the frames of at least two people
   * fail. A single member who sends garbage must not stop the others; in a meeting of two there are
   * no others. */
  #judge(): void {
    const all = [...this.#health.values()];
    const newest = Math.max(...all.map(({ epoch }) => epoch));
    const present = all.filter(({ epoch }) => epoch === newest);
    const failing = new Set(present.flatMap((each) => each.failing.map(this.#personOf)));
    const others = Math.max(...present.map((each) => each.others));
    const isNobody =
      !present.some(({ hasOpened }) => hasOpened) &&
      failing.size > 0 &&
      failing.size >= Math.min(2, others);
    if (isNobody === this.#isNobody) return;
    this.#isNobody = isNobody;
    this.#report({ type: 'nobody', isSo: isNobody });
  }
}
