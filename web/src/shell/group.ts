// The worker that owns the group and its keys, one for each time that we come to a meeting: with it
// goes everything that it knew. A worker that has been stopped is never heard again.

import type { ShellEvent } from '../call/event';
import type { GroupCommand, GroupEvent, GroupStart } from '../wire/group';
import type { ReceiptsView } from '../wire/receipts_view';
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
  #receipts: ReceiptsView | null = null;
  /** who asked for the evidence, in the order of asking */
  #awaiting: ((file: Uint8Array | null) => void)[] = [];

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
      if (this.#worker === worker) this.#hear(data);
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

  /** Null: no node has said anything of receipts. */
  get receipts(): ReceiptsView | null {
    return this.#receipts;
  }

  /** All that this meeting left to be checked, as one file; null: nothing. */
  evidence(): Promise<Uint8Array | null> {
    if (!this.#worker) return Promise.resolve(null);
    this.tell({ type: 'write-evidence' });
    return new Promise((resolve) => this.#awaiting.push(resolve));
  }

  stop(): void {
    const worker = this.#worker;
    if (!worker) return;
    this.#receipts = null;
    for (const resolve of this.#awaiting.splice(0)) resolve(null);
    this.#worker = null;
    this.#early = null;
    const stop: GroupCommand = { type: 'stop' };
    worker.postMessage(stop);
    setTimeout(() => worker.terminate(), WIPE_MS);
  }

  #hear(event: GroupEvent): void {
    if (event.type === 'receipts') this.#receipts = event.receipts;
    else if (event.type === 'evidence') this.#awaiting.shift()?.(event.file);
    else this.#dispatch({ type: 'group', event });
  }

  #fail(worker: Worker): void {
    if (this.#worker === worker) this.#dispatch({ type: 'group-broken' });
  }
}
