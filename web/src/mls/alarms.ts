// Security events: told as such, and sending stops. A fork and a commit that breaks a rule are for good;
// the others end when what was missing comes.

import type { Alarm, GroupAct } from '../wire/group';

/** A Remove of ours that did not come back. */
export const WITHHELD_MS = 5000;

/** The gravest first: one is shown. */
const ORDER: readonly Alarm[] = [
  'fork',
  'invalid-commit',
  'withheld-removal',
  'nobody-decodable',
  'split',
  'silence',
];
const LASTING: readonly Alarm[] = ['fork', 'invalid-commit'];
/** What a person says to the others; who is to be removed could still read it. */
const WORDS: readonly GroupAct['type'][] = ['chat', 'hand', 'reaction', 'rename'];

export interface AlarmOutlet {
  readonly changed: () => void;
  /** nothing is wrong any more */
  readonly sendAgain: () => void;
  /** this will not be right again */
  readonly stopForGood: () => void;
}

export class Alarms {
  readonly #outlet: AlarmOutlet;
  readonly #raised = new Set<Alarm>();

  constructor(outlet: AlarmOutlet) {
    this.#outlet = outlet;
  }

  get current(): Alarm | null {
    return ORDER.find((alarm) => this.#raised.has(alarm)) ?? null;
  }
  /** Nothing that comes from this server is believed any more. */
  get isLasting(): boolean {
    return LASTING.some((alarm) => this.#raised.has(alarm));
  }

  /** After a lasting one nothing is done any more; while there is another one, nothing is said. */
  forbids(act: GroupAct['type']): boolean {
    return this.isLasting || (this.current !== null && WORDS.includes(act));
  }

  raise(alarm: Alarm): void {
    if (this.#raised.has(alarm)) return;
    this.#raised.add(alarm);
    if (LASTING.includes(alarm)) this.#outlet.stopForGood();
    this.#outlet.changed();
  }

  set(alarm: Alarm, isSo: boolean): void {
    if (isSo) this.raise(alarm);
    else this.end(alarm);
  }

  end(alarm: Alarm): void {
    if (LASTING.includes(alarm) || !this.#raised.delete(alarm)) return;
    this.#outlet.changed();
    if (this.#raised.size === 0) this.#outlet.sendAgain();
  }
}
