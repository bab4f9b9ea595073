// The worker that owns the group and its keys, one for each time that we come to a meeting: with it
// goes everything that it knew. A worker that has been stopped is never heard again.

import type { ShellEvent } from '../call/event';
import type { GroupCommand, GroupEvent, GroupStart } from '../wire/group';
import { startWorker } from './worker_url';

/** Time for a worker to wipe its keys before it is ended. */
const WIPE_MS = 200;

export class Group {
  readonly #dispatch: (event: ShellEvent) => void;
  #worker: Worker | null = null;
  /** started for the next group: it knows nothing yet */
  #next: Worker | null = null;
  /** commands that came while the keys were still being fetched */
  #early: GroupCommand[] | null = null;

  constructor(dispatch: (event: ShellEvent) => void) {
    this.#dispatch = dispatch;
  }

  /** Loads the worker's script, so that nobody waits for it at the door. */
  prepare(): void {
    this.#next ??= startWorker('mls');
  }

  /** The keys are read from the browser's store meanwhile; `prepare` rejects where there is none. */
  async start(prepare: () => Promise<GroupStart>, ports: readonly MessagePort[]): Promise<void> {
    this.stop();
    const worker = this.#next ?? startWorker('mls');
    this.#next = null;
    this.#worker = worker;
    this.#early = [];
    worker.onmessage = ({ data }: MessageEvent<GroupEvent>) => {
      if (this.#worker === worker) this.#dispatch({ type: 'group', event: data });
    };
    worker.onerror = (event) => {
      event.preventDefault(); // what went wrong inside stays there
      this.#fail(worker);
    };
    worker.onmessageerror = () => this.#fail(worker);
    try {
      const start = await prepare();
      if (this.#worker !== worker) return;
      worker.postMessage(start, [...ports]);
      for (const command of this.#early) worker.postMessage(command);
      this.#early = null;
    } catch {
      this.#fail(worker);
    }
  }

  tell(command: GroupCommand): void {
    if (this.#early) this.#early.push(command);
    else this.#worker?.postMessage(command);
  }

  stop(): void {
    const worker = this.#worker;
    if (!worker) return;
    this.#worker = null;
    this.#early = null;
    const stop: GroupCommand = { type: 'stop' };
    worker.postMessage(stop);
    setTimeout(() => worker.terminate(), WIPE_MS);
  }

  #fail(worker: Worker): void {
    if (this.#worker === worker) this.#dispatch({ type: 'group-broken' });
  }
}
