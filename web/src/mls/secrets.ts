// The secrets of the meeting's links: of the present generation, of those before, and of one that a
// host has told and not yet put in force.

import { wipe, type Bytes } from '../wire/bytes';
import { EARLIER_SEALS_MAX, type EarlierSeal } from '../wire/ic_state';
import { MEETING_BYTES } from '../wire/link';
import type { Psk } from './adapter';
import {
  forgetLink,
  keysOfLink,
  pskId,
  sealKeysOf,
  type LinkKeys,
  type SealKeys,
} from './link_keys';

interface Offer {
  readonly generation: number;
  readonly secret: Bytes;
}

export class Secrets {
  readonly meeting: Bytes;
  #keys: LinkKeys;
  #generation = 1;
  /** null: of a generation whose secret never reached us; nobody can be added by us or seen by us */
  #isKnown = true;
  #earlier: { readonly seal: EarlierSeal; readonly keys: SealKeys }[] = [];
  /** by the leaf that told it */
  readonly #offers = new Map<number, Offer>();

  private constructor(meeting: Bytes, keys: LinkKeys) {
    this.meeting = meeting;
    this.#keys = keys;
  }

  static async of(meeting: Uint8Array, secret: Uint8Array): Promise<Secrets> {
    return new Secrets(new Uint8Array(meeting), await keysOfLink(meeting, secret));
  }

  get generation(): number {
    return this.#generation;
  }
  /** Of our link; for what we seal ourselves. */
  get own(): LinkKeys {
    return this.#keys;
  }
  get pskId(): Bytes {
    return pskId(this.meeting, this.#generation);
  }
  get psk(): Psk | null {
    return this.#isKnown ? { id: this.pskId, value: this.#keys.psk } : null;
  }
  get rings(): readonly SealKeys[] {
    return [this.#keys, ...this.#earlier.map(({ keys }) => keys)];
  }
  get earlierSeals(): readonly EarlierSeal[] {
    return this.#earlier.map(({ seal }) => seal);
  }

  /** Our link's PSK, whichever generation a Welcome says that it is of. */
  ofWelcome(id: Uint8Array): Psk | null {
    const generation = generationIn(id);
    const isOfMeeting = this.meeting.every((byte, at) => id[at] === byte);
    return generation >= 1 && isOfMeeting ? { id, value: this.#keys.psk } : null;
  }

  /** What a Welcome told. False: the generation is not that of its PSK. */
  async enter(
    id: Uint8Array,
    generation: number,
    earlier: readonly EarlierSeal[],
  ): Promise<boolean> {
    if (generationIn(id) !== generation) return false;
    this.#generation = generation;
    this.#earlier = [];
    for (const seal of earlier) {
      this.#earlier.push({ seal, keys: await sealKeysOf(this.meeting, seal) });
    }
    return true;
  }

  /** A host tells the secret of the next generation. */
  offer(leaf: number, generation: number, secret: Bytes): void {
    const before = this.#offers.get(leaf);
    if (before) wipe(before.secret);
    this.#offers.set(leaf, { generation, secret });
  }

  /** That leaf's commit put the generation in force. The new secret, or null: we were not told. */
  async advance(leaf: number, generation: number): Promise<Bytes | null> {
    const offer = this.#offers.get(leaf);
    this.#generation = generation;
    for (const [other, { secret }] of this.#offers) if (other !== leaf) wipe(secret);
    this.#offers.clear();
    if (offer?.generation !== generation) {
      this.#isKnown = false;
      return null;
    }
    const { sealId, sealBytes } = this.#keys;
    const seal = { sealId, sealKey: sealBytes.slice() };
    const keys = await sealKeysOf(this.meeting, seal);
    this.#earlier = [{ seal, keys }, ...this.#earlier].slice(0, EARLIER_SEALS_MAX);
    forgetLink(this.#keys);
    this.#keys = await keysOfLink(this.meeting, offer.secret);
    this.#isKnown = true;
    return offer.secret;
  }

  wipe(): void {
    forgetLink(this.#keys);
    wipe(...this.#earlier.map(({ seal }) => seal.sealKey));
    for (const { secret } of this.#offers.values()) wipe(secret);
    this.#offers.clear();
  }
}

/** Of `meeting id || generation`; 0: no such id. */
function generationIn(id: Uint8Array): number {
  if (id.length !== MEETING_BYTES + 4) return 0;
  return new DataView(id.buffer, id.byteOffset, id.length).getUint32(MEETING_BYTES);
}
