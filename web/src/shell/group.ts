// The worker that owns the group and its keys, one for each time that we come to a meeting: with it
// goes everything that it knew. One that has been stopped is heard once more: what it leaves to be checked,
// in which there is no key, is kept until we come again.

import type { ShellEvent } from '../call/event';
import type { GroupCommand, GroupEvent, GroupStart } from '../wire/group';
import type { ReceiptsView } from '../wire/receipts_view';
import { startWorker } from './worker_url';

/** Time for a worker to wipe its keys before it is ended; and, at most, to write the evidence. */
const WIPE_MS = 200;
const WRITE_MS = 2000;

type Take = (file: Uint8Array | null) => void;

export class Group {
  readonly #dispatch: (event: ShellEvent) => void;
  #worker: Worker | null = null;
  /** started for the next group: it knows nothing yet */
  #next: Worker | null = null;
  /** commands that came while the keys were still being fetched */
  #early: GroupCommand[] | null = null;
  #receipts: ReceiptsView | null = null;
  /** who asked for the evidence, in the order of asking */
  #awaiting: Take[] = [];
  /** of the group that was left */
  #left: Promise<Uint8Array | null> = Promise.resolve(null);

  constructor(dispatch: (event: ShellEvent) => void) {
    this.#dispatch = dispatch;
  }

  /** Loads the worker's script, so that nobody waits for it at the door. */
  prepare(): void {
    this.#next ??= startWorker('mls');
  }

  /** The keys are read from the browser's store meanwhile; `prepare` rejects where there is none. */
  async start(prepare: () => Promise<GroupStart>, ports: readonly MessagePort[]): Promise<void> {
    void this.stop();
    this.#receipts = null;
    this.#left = Promise.resolve(null);
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

  /** What is told on it goes to the worker of now, also when it has been stopped meanwhile. */
  line(): (command: GroupCommand) => void {
    const worker = this.#worker;
    return (command) => worker?.postMessage(command);
  }

  /** Null: no node has said anything of receipts. */
  get receipts(): ReceiptsView | null {
    return this.#receipts;
  }

  /** All that this meeting left to be checked, as one file; null: nothing. */
  evidence(): Promise<Uint8Array | null> {
    if (!this.#worker) return this.#left;
    this.tell({ type: 'write-evidence' });
    return new Promise((resolve) => this.#awaiting.push(resolve));
  }

  /** Its keys are wiped at once; `told`: what it has still to be told before it writes the evidence. */
  async stop(told: Promise<unknown> = Promise.resolve()): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    const tell = this.line();
    const left = lastOf(worker, this.#awaiting, (receipts) => {
      if (this.#left === left) this.#receipts = receipts;
    });
    this.#left = left;
    this.#awaiting = [];
    this.#worker = null;
    this.#early = null;
    tell({ type: 'stop' });
    await Promise.race([told, after(WIPE_MS)]);
    tell({ type: 'write-evidence' });
    await left;
    await after(WIPE_MS);
    worker.terminate();
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

/** The evidence that a stopped worker leaves, or null; before it, it answers those who wait for theirs. */
function lastOf(
  worker: Worker,
  awaiting: readonly Take[],
  show: (receipts: ReceiptsView) => void,
): Promise<Uint8Array | null> {
  return new Promise((resolve) => {
    const takes = [...awaiting, resolve];
    worker.onmessage = ({ data }: MessageEvent<GroupEvent>) => {
      if (data.type === 'receipts') show(data.receipts);
      else if (data.type === 'evidence') takes.shift()?.(data.file);
    };
    void after(WRITE_MS).then(() => {
      for (const take of takes) take(null);
    });
  });
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
