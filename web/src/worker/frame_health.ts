// How well the frames of one worker can be read, judged by time alone: which slots stay unreadable, and
// whether anybody can be read in the newest epoch. Silence is never a failure.

import type { EpochHealth, FrameWord } from './frame_report';

const UNDECODABLE_MS = 2000;
const NOBODY_MS = 5000;
/** Failures further apart than this are not one failure that lasts. */
const GAP_MS = 1000;

interface Failure {
  since: number;
  last: number;
  leaf: number | null;
}

interface Slot {
  /** who decrypted last */
  leaf: number | null;
  failure: Failure | null;
  isUndecodable: boolean;
}

export class FrameHealth {
  readonly #say: (word: FrameWord) => void;
  readonly #slots = new Map<string, Slot>();
  #epoch: { epoch: number; others: number; at: number; hasOpened: boolean } | null = null;
  #said: EpochHealth | null = null;

  constructor(say: (word: FrameWord) => void) {
    this.#say = say;
  }

  /** A slot has a new transform: what it decrypts is told again. */
  onSlot(mid: string): void {
    const old = this.#slots.get(mid);
    if (old?.isUndecodable === true) this.#sayUndecodable(mid, old.leaf, false);
    this.#slots.set(mid, { leaf: null, failure: null, isUndecodable: false });
  }

  onEpoch(epoch: number, others: number, now: number): void {
    if (this.#epoch?.epoch === epoch) return;
    this.#epoch = { epoch, others, at: now, hasOpened: false };
    this.#sayEpoch([]);
  }

  /** What stands in the slot of somebody who is gone is nobody's, least of all that of who has the leaf now. */
  onLeaves(present: readonly number[], added: readonly number[]): void {
    for (const [mid, slot] of this.#slots) {
      const { leaf } = slot;
      if (leaf === null || (present.includes(leaf) && !added.includes(leaf))) continue;
      slot.leaf = null;
      this.#say({ type: 'decrypts', mid, leaf: null });
    }
  }

  onStop(): void {
    this.#epoch = null;
    this.#said = null;
    for (const mid of this.#slots.keys()) this.onSlot(mid);
  }

  onOpened(mid: string, leaf: number, epoch: number): void {
    if (this.#epoch?.epoch === epoch && !this.#epoch.hasOpened) {
      this.#epoch.hasOpened = true;
      this.#sayEpoch([]);
    }
    const slot = this.#slots.get(mid);
    if (!slot) return;
    this.#end(mid, slot);
    if (slot.leaf !== leaf) this.#say({ type: 'decrypts', mid, leaf });
    slot.leaf = leaf;
  }

  onFailed(mid: string, leaf: number | null, now: number): void {
    const slot = this.#slots.get(mid);
    if (!slot) return;
    const { failure } = slot;
    const isLasting = failure !== null && now - failure.last <= GAP_MS;
    slot.failure = { since: isLasting ? failure.since : now, last: now, leaf };
    if (slot.isUndecodable || now - slot.failure.since < UNDECODABLE_MS) return;
    slot.isUndecodable = true;
    this.#sayUndecodable(mid, leaf, true);
  }

  tick(now: number): void {
    for (const [mid, slot] of this.#slots) {
      if (slot.isUndecodable && slot.failure && now - slot.failure.last >= UNDECODABLE_MS) {
        this.#end(mid, slot); // nothing comes any more: a microphone that was muted meanwhile
      }
    }
    if (!this.#epoch || now - this.#epoch.at < NOBODY_MS) return;
    const failing = [...this.#slots].flatMap(([mid, { failure }]) =>
      failure && now - failure.last <= GAP_MS && now - failure.since >= NOBODY_MS ? [mid] : [],
    );
    this.#sayEpoch(failing);
  }

  #end(mid: string, slot: Slot): void {
    if (slot.isUndecodable) this.#sayUndecodable(mid, slot.failure?.leaf ?? null, false);
    slot.isUndecodable = false;
    slot.failure = null;
  }

  #sayUndecodable(mid: string, leaf: number | null, isSo: boolean): void {
    this.#say({ type: 'undecodable', mid, leaf, isSo });
  }

  #sayEpoch(failing: readonly string[]): void {
    if (!this.#epoch) return;
    const { epoch, others, hasOpened } = this.#epoch;
    const word: EpochHealth = { type: 'epoch-health', epoch, others, hasOpened, failing };
    const said = this.#said;
    const isSaid =
      said?.epoch === epoch &&
      said.hasOpened === hasOpened &&
      said.failing.join() === failing.join();
    if (isSaid) return;
    this.#said = word;
    this.#say(word);
  }
}
