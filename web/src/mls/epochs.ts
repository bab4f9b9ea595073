// Keys of frames by epoch (docs/protocol/encryption.md 9): given to the frame workers as soon as they
// are there, used for sending at once after a Remove, else when everybody has them or after 1 s,
// forgotten 10 s after the next epoch came.

import type { Policy } from '../wire/policy';
import type { Group } from './adapter';
import type { Outlets } from './outlets';

const SWITCH_MS = 1000;
const FORGET_MS = 10_000;
const LABEL = 'SFrame 1.0 Base Key';
const KEY_BYTES = { 4: 16, 5: 32 } as const;

export class Epochs {
  readonly #outlets: Outlets;
  /** runs a task of the machine's queue */
  readonly #later: (ms: number, task: () => void) => () => void;
  #present: number | null = null;
  #sending: number | null = null;
  #cancelSwitch: (() => void) | null = null;

  constructor(outlets: Outlets, later: (ms: number, task: () => void) => () => void) {
    this.#outlets = outlets;
    this.#later = later;
  }

  /** The group is in another epoch. `isUrgent`: somebody was removed, or it is our first. */
  async enter(
    group: Group,
    { suite }: Policy,
    added: readonly number[],
    isUrgent: boolean,
  ): Promise<void> {
    const before = this.#present;
    const { epoch, ownLeaf, leafCount } = group;
    const leaves = group
      .members()
      .map(({ leaf }) => leaf)
      .filter((leaf) => leaf !== ownLeaf);
    this.#present = epoch;
    this.#outlets.frames({
      type: 'epoch',
      epoch,
      baseKey: await group.exportSecret(LABEL, KEY_BYTES[suite]),
      suite,
      leafBits: leafBits(leafCount),
      ownLeaf,
      leaves,
      added: added.filter((leaf) => leaf !== ownLeaf),
    });
    if (before !== null) this.#later(FORGET_MS, () => this.#forget(group, before));
    this.#cancelSwitch?.();
    this.#cancelSwitch = null;
    if (isUrgent || this.#sending === null) this.#sendWith(epoch);
    else this.#cancelSwitch = this.#later(SWITCH_MS, () => this.#sendWith(epoch));
  }

  /** Every connected member holds the keys of this epoch. */
  onReady(epoch: number): void {
    if (epoch === this.#present) this.#sendWith(epoch);
  }

  stop(): void {
    this.#cancelSwitch?.();
    this.#cancelSwitch = null;
    this.#present = null;
    this.#sending = null;
    this.#outlets.frames({ type: 'stop' });
  }

  #sendWith(epoch: number): void {
    if (epoch !== this.#present || this.#sending === epoch) return;
    this.#cancelSwitch?.();
    this.#cancelSwitch = null;
    this.#sending = epoch;
    this.#outlets.frames({ type: 'send-with', epoch });
  }

  #forget(group: Group, epoch: number): void {
    if (this.#present === null) return; // all of it is gone already
    group.forget(epoch);
    this.#outlets.frames({ type: 'forget', epoch });
  }
}

/** S: of the leaf count, a power of two, less 1; at least 1. */
export function leafBits(leafCount: number): number {
  return Math.max(1, 32 - Math.clz32(leafCount - 1));
}
