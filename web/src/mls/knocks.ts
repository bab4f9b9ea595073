// Who knocks. A knock is opened beside the machine's queue, since its identity comes over the network,
// and shown when that is done; what is to be done about it follows from what it proves.

import { fromBase64url } from '../wire/base64';
import { areEqual } from '../wire/bytes';
import type { Knocked } from '../wire/message';
import { hex, readKeyPackage, type ReadKeyPackage } from './adapter';
import type { Instance } from './group';
import type { Clock } from './outlets';
import type { Known, People } from './people';
import { openNote } from './seal';
import type { Secrets } from './secrets';

export interface PendingKnock {
  readonly id: string;
  readonly keyPackage: ReadKeyPackage;
  readonly known: Known;
  readonly note: string | null;
  /** the leaf of the seat that it takes over */
  readonly replaces: number | null;
  readonly since: number;
  readonly isBanned: boolean;
}

/** What a knock is, in the present state of the group. */
export type KnockKind =
  | 'old-link'
  | 'banned'
  | 'reload' // of somebody who is in, by the device key
  | 'host' // proves authority of its own
  | 'free' // nobody has to be asked
  | 'asks'
  | 'locked';

export class Knocks {
  readonly #pending = new Map<string, PendingKnock | null>(); // null: being opened
  readonly #people: People;
  readonly #secrets: Secrets;
  readonly #clock: Clock;

  constructor(people: People, secrets: Secrets, clock: Clock) {
    this.#people = people;
    this.#secrets = secrets;
    this.#clock = clock;
  }

  all(): PendingKnock[] {
    return [...this.#pending.values()].filter((knock) => knock !== null);
  }

  get(id: string): PendingKnock | null {
    return this.#pending.get(id) ?? null;
  }

  gone(id: string): void {
    this.#pending.delete(id);
  }

  clear(): void {
    this.#pending.clear();
  }

  /** To be waited for outside of the queue. False: it went meanwhile, or was none. */
  async open(message: Knocked, instance: Instance): Promise<boolean> {
    const { knock: id } = message;
    if (this.#pending.has(id)) return this.#again(message);
    this.#pending.set(id, null);
    const since = this.#clock.now();
    const opened = await this.#open(message, instance, since);
    if (this.#pending.get(id) !== null) return false;
    if (opened) this.#pending.set(id, opened);
    else this.#pending.delete(id);
    return opened !== null;
  }

  /** Told again: with another note. */
  async #again(message: Knocked): Promise<boolean> {
    const before = this.get(message.knock);
    if (!before) return false;
    const note = await this.#openNote(message, before.keyPackage);
    if (this.get(message.knock) !== before) return false;
    this.#pending.set(message.knock, { ...before, note });
    return true;
  }

  async #openNote({ note }: Knocked, { leaf }: ReadKeyPackage): Promise<string | null> {
    const sealed = note === undefined ? undefined : fromBase64url(note);
    return sealed ? openNote([this.#secrets.own], leaf.signatureKey, sealed) : null;
  }

  async #open(message: Knocked, instance: Instance, since: number): Promise<PendingKnock | null> {
    const bytes = fromBase64url(message.key_package);
    const hash = fromBase64url(message.identity, 32);
    const keyPackage = bytes ? await readKeyPackage(bytes) : null;
    if (!keyPackage || !hash || !areEqual(hash, keyPackage.leaf.identityHash)) return null;
    const known = await this.#people.identify(keyPackage.leaf, true);
    const note = await this.#openNote(message, keyPackage);
    const isBanned = await instance.isBanned(known);
    const replaces = message.replaces ?? null;
    return { id: message.knock, keyPackage, known, note, replaces, since, isBanned };
  }

  isOldLink({ known }: PendingKnock): boolean {
    const isOther = known.kind === 'open' && known.sealId !== hex(this.#secrets.own.sealId);
    return isOther || known.kind === 'other-link';
  }

  kindOf(knock: PendingKnock, instance: Instance): KnockKind {
    const { known } = knock;
    if (this.isOldLink(knock)) return 'old-link';
    if (knock.isBanned) return 'banned';
    const twin = instance.leafOf(known.deviceKey);
    if (twin !== null && twin === knock.replaces) return 'reload';
    if (known.authority !== null) return 'host';
    if (instance.isLocked) return 'locked';
    // Without an identity nobody is let in unseen.
    const isFree = (!instance.isHosted || instance.isOpen) && known.kind === 'open';
    return isFree ? 'free' : 'asks';
  }
}
