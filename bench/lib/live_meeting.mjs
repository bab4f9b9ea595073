// A meeting of a load test that goes on (docs/performance.md, shape P): people come and go by commits, of which every
// member works off each, and what a member learns of keys and slots is said line by line.

import { sleep } from './figures.mjs';

const ADDS = 50; // docs/protocol/signalling.md: of one commit
const NO_END_MS = 2 ** 31 - 1;
const STEP_MS = 5;
/** encryption.md 9: after an Add senders switch when all are ready, and after so long at the latest. */
const SWITCH_MS = 1000;

export class LiveMeeting {
  #seats = new Map(); // by number, without those who leave
  #known = new Map(); // by the server's name of a peer: { number, whenKnown }
  #leaving = new Map(); // likewise: seats
  #adds = [];
  #removes = [];
  #removals = new Set(); // epochs that begin with a Remove

  /** `arrive()`: somebody who waits at the door; `place(seat, place)`: joins with its media, a line of type `member`. */
  constructor({ kinds, arrive, place, fetchBlob, say, fail }) {
    Object.assign(this, { kinds, arrive, place, fetchBlob, say, fail });
  }

  /** It is in the group, and gets its place at the media worker. */
  async enter(number, seat, place) {
    seat.number = number;
    seat.sendsUnder = seat.epoch;
    seat.onCommit = () => this.#newEpoch(seat);
    seat.say({ type: 'ready', epoch: seat.epoch });
    const { line, joined } = await this.place(seat, place);
    seat.ssrcs = new Map(joined.slots.map(({ mid, ssrc }) => [mid, ssrc]));
    seat.peer = joined.peer;
    this.#who(joined.peer).tell(number);
    this.#seats.set(number, seat);
    this.say({ ...line, member: number });
  }

  /** All who are there are listened to from now on; the first one makes the commits. */
  begin() {
    for (const seat of this.#seats.values()) this.#watch(this.#listen(seat));
    this.#watch(this.#commit(this.#seats.get(0)));
  }

  /** A line of `incamera load`. */
  hear({ type, member, ...more }) {
    if (type === 'come') this.#watch(this.#come(member, more));
    else if (type === 'go') this.#go(this.#seats.get(member));
    else if (type === 'media') this.#seats.get(member).say({ type: 'media', camera: more.camera, microphone: more.microphone });
    else this.fail(new Error(`what is "${type}"?`));
  }

  *all() {
    yield* this.#seats.values();
  }

  #watch(promise) {
    promise.catch(this.fail);
  }

  async #come(number, place) {
    const seat = await this.arrive();
    this.#adds.push(seat);
    await seat.enter(this.fetchBlob);
    await this.enter(number, seat, place);
    await this.#listen(seat);
  }

  #go(seat) {
    this.#seats.delete(seat.number);
    this.#leaving.set(seat.peer, seat);
    seat.say({ type: 'leave' });
  }

  /** The number of a peer, as soon as its own `joined` has come: somebody else may hear of it before. */
  #who(peer) {
    if (!this.#known.has(peer)) {
      const entry = {};
      entry.number = new Promise((resolve) => (entry.tell = resolve));
      this.#known.set(peer, entry);
    }
    return this.#known.get(peer);
  }

  async #listen(seat) {
    for (;;) {
      const message = await seat.take(NO_END_MS);
      seat.heard.length = 0;
      if (message === undefined) break;
      await this.#take(seat, message);
    }
    if (this.#seats.get(seat.number) === seat) throw new Error(`member ${seat.number} lost its socket`);
  }

  async #take(seat, message) {
    if (message.type === 'slots') {
      const slots = message.slots.map(async ({ mid, peer }) => ({ ssrc: seat.ssrcs.get(mid), from: peer === null ? null : await this.#who(peer).number }));
      this.say({ type: 'slots', member: seat.number, slots: await Promise.all(slots) });
    }
    if (message.type === 'epoch_ready' && message.epoch === seat.epoch) this.#switch(seat);
    if (message.type === 'gone' && seat.number === 0 && this.#leaving.has(message.peer)) this.#removes.push(this.#leaving.get(message.peer));
    // Whose transport has ended may be told so before the server hears that it leaves.
    if (message.type === 'refused' || message.fatal) throw new Error(`${message.type} ${message.what ?? message.code} ${message.reason ?? ''}`);
  }

  /** A commit is worked off: this member has the keys, and sends under them when it may. */
  async #newEpoch(seat) {
    const { key, kids } = await seat.sframe(this.kinds);
    const { epoch } = seat;
    this.say({ type: 'epoch', member: seat.number, epoch, kid: kids[0], sound_kid: kids[1], base_key: key });
    seat.say({ type: 'ready', epoch });
    if (this.#removals.has(epoch)) this.#switch(seat);
    else setTimeout(() => seat.epoch === epoch && this.#switch(seat), SWITCH_MS);
  }

  #switch(seat) {
    if (seat.sendsUnder >= seat.epoch) return;
    seat.sendsUnder = seat.epoch;
    this.say({ type: 'switch', member: seat.number, epoch: seat.epoch });
  }

  /** What is due goes into one commit; the next one when everybody has worked that off. */
  async #commit(first) {
    for (;;) {
      const [add, remove] = [this.#adds.splice(0, ADDS), this.#removes.splice(0)];
      if (add.length + remove.length === 0) {
        await sleep(STEP_MS);
        continue;
      }
      const epoch = first.epoch + 1;
      if (remove.length > 0) this.#removals.add(epoch);
      await first.propose({ add, remove: remove.map(({ leaf }) => leaf) });
      while ([...this.#seats.values()].some((seat) => seat.epoch < epoch)) await sleep(STEP_MS);
      for (const { number, peer } of remove) {
        this.#leaving.delete(peer);
        this.say({ type: 'gone', member: number });
      }
    }
  }
}
