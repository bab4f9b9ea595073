// One thing after the other: what the machine does waits for cryptography and the network in between,
// and nothing else may touch the group meanwhile.

export class Queue {
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;
  readonly #onFailure: (error: unknown) => void;

  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  get isIdle(): boolean {
    return this.#waiting === 0;
  }

  run(task: () => Promise<void> | void): void {
    this.#waiting++;
    this.#last = this.#last
      .then(task)
      .catch(this.#onFailure)
      .finally(() => this.#waiting--);
  }

  /** Until everything that is queued now is done. */
  drained(): Promise<void> {
    return this.#last;
  }
}
