// What is going to happen in the world of the call's tests, each thing at its moment.

import type { CallEvent } from '../../src/call/event';
import type { Source } from '../../src/call/model';

/** Events of a socket, a peer connection or a worker that has been replaced are never heard. */
export type Owner = 'shell' | 'socket' | 'peer' | 'group' | Source;

interface Due {
  readonly at: number;
  readonly event: CallEvent;
  readonly from: Owner;
  readonly turn: number;
}

export class Agenda {
  #due: Due[] = [];
  readonly #turns: Record<Owner, number> = {
    ...{ shell: 0, socket: 0, peer: 0, group: 0 },
    ...{ microphone: 0, camera: 0 },
  };

  /** When the next thing happens. */
  get next(): number {
    return this.#due.reduce((first, due) => Math.min(first, due.at), Infinity);
  }

  put(from: Owner, event: CallEvent, at: number): void {
    this.#due.push({ at, event, from, turn: this.#turns[from] });
  }

  /** What happens at that moment; null: whoever it came from has been replaced. */
  take(at: number): CallEvent | null {
    const due = this.#due.find((each) => each.at === at);
    if (!due) return null;
    this.#due.splice(this.#due.indexOf(due), 1);
    return this.#turns[due.from] === due.turn ? due.event : null;
  }

  replace(owner: Owner): void {
    this.#turns[owner]++;
  }
}
