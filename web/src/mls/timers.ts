// What is to be done later, in the machine's queue. All of it can be called off at once.

import type { Clock } from './outlets';

type Task = () => Promise<void> | void;

export class Timers {
  readonly #clock: Clock;
  readonly #run: (task: Task) => void;
  readonly #cancels = new Set<() => void>();

  constructor(clock: Clock, run: (task: Task) => void) {
    this.#clock = clock;
    this.#run = run;
  }

  /** The answer calls it off. */
  later(ms: number, task: Task): () => void {
    const stop = this.#clock.after(ms, () => {
      this.#cancels.delete(cancel);
      this.#run(task);
    });
    const cancel = (): void => {
      this.#cancels.delete(cancel);
      stop();
    };
    this.#cancels.add(cancel);
    return cancel;
  }

  clear(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }
}
