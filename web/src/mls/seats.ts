// What the server says of who is connected: enough to know who commits first, and never who somebody is.

import type { Gone, WirePeer } from '../wire/message';

interface Seat {
  readonly leaf: number;
  readonly state: WirePeer['state'];
}

export class Seats {
  #seats = new Map<string, Seat>();
  #listing: Map<string, Seat> | null = null;

  /** Part of the whole list. */
  onPeers(peers: readonly WirePeer[], isComplete: boolean): void {
    this.#listing ??= new Map();
    for (const { peer, leaf, state } of peers) this.#listing.set(peer, { leaf, state });
    if (!isComplete) return;
    this.#seats = this.#listing;
    this.#listing = null;
  }

  onPeer({ peer, leaf, state }: WirePeer): void {
    this.#seats.set(peer, { leaf, state });
  }

  /**
   * The leaf of a seat that is no more, when it is to be removed from the group. It is listed as away
   * until it is; told again behind each list.
   */
  onGone({ peer, reason }: Gone): number | null {
    const seat = this.#seats.get(peer);
    if (!seat) return null;
    if (reason === 'removed' || reason === 'replaced') {
      this.#seats.delete(peer);
      return null;
    }
    this.#seats.set(peer, { ...seat, state: 'away' });
    return seat.leaf;
  }

  /** The server says that they are there and can speak. */
  isConnected(leaf: number): boolean {
    return [...this.#seats.values()].some(
      (seat) => seat.leaf === leaf && (seat.state === 'connected' || seat.state === 'connecting'),
    );
  }

  /**
   * How many members commit before us: 0 when we are the designated one, who is the connected member with
   * the lowest leaf. Who does not say so is not passed over, but comes after all who do.
   */
  rank(own: number, members: readonly number[], leaving: ReadonlySet<number>): number {
    const state = new Map([...this.#seats.values()].map((seat) => [seat.leaf, seat.state]));
    const order = (leaf: number): number =>
      ['connected', 'connecting', 'reconnecting', 'away'].indexOf(state.get(leaf) ?? 'away');
    const sorted = members
      .filter((leaf) => leaf === own || (!leaving.has(leaf) && order(leaf) < 2))
      .sort((a, b) => Math.min(order(a), 1) - Math.min(order(b), 1) || a - b);
    return sorted.indexOf(own);
  }
}

/** The designated one at once, the others after 1 s, 2 s, 4 s and so on, half a minute at most. */
export function takeOverMs(rank: number): number {
  return rank <= 0 ? 0 : Math.min(2 ** (rank - 1), 32) * 1000;
}
