// Time that passes when the test says so.

import type { Clock } from '../../../src/mls/outlets';

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

export class VirtualTime {
  #now = Date.now();
  #timers = new Set<Timer>();

  get now(): number {
    return this.#now;
  }

  readonly clock: Clock = {
    now: () => this.#now,
    after: (ms, run) => {
      const timer = { at: this.#now + ms, run };
      this.#timers.add(timer);
      return () => this.#timers.delete(timer);
    },
  };

  /** Runs what is due within the next `ms`; `between` is waited for after each of it. */
  async pass(ms: number, between: () => Promise<void>): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.at - b.at)[0];
      if (!next || next.at > end) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await between();
    }
    this.#now = end;
  }
}
