// Makes our commits: gathers what is due, says one commit at a time, waits for it to come back, and makes
// it anew when another one was first. A commit that was said is never forgotten before the server has
// refused it or another one has taken its epoch: it may be in force already.

import { base64url } from '../wire/base64';
import { encodeCommitData, type Act, type Authority } from '../wire/commit_data';
import type { ClientMessage, Refused } from '../wire/message';
import { hex, type ReadKeyPackage } from './adapter';
import { WITHHELD_MS } from './alarms';
import { ADDS_MAX } from './checks';
import type { Instance, Taken } from './group';
import type { Knocks, PendingKnock } from './knocks';
import type { People } from './people';
import type { Seats } from './seats';
import {
  BATCH_MS,
  hold,
  knockDue,
  personOf,
  REFRESH_MS,
  removeDue,
  type DueKnock,
  type RemoveWish,
  type Wishes,
} from './wishes';

const SAY_AGAIN_MS = 5000;
const BEATEN_MS = 2000;
const BUSY_MS = 1000;
const FULL_MS = 5000;

export interface CommitterConfig {
  readonly instance: Instance;
  readonly knocks: Knocks;
  readonly people: People;
  readonly seats: Seats;
  readonly wishes: Wishes;
  readonly now: () => number;
  /** calls `pump` then, in the machine's queue */
  readonly wake: (ms: number) => void;
  readonly say: (message: ClientMessage) => void;
  readonly authority: () => Authority | null;
  /** tells the group a new secret, which the next commit puts in force */
  readonly tellLink: () => Promise<void>;
  /** a Remove that the person wants is overdue, or has come */
  readonly onOverdue: (isSo: boolean) => void;
}

interface Flight {
  readonly message: ClientMessage;
  readonly removes: readonly number[];
  readonly knocks: readonly string[];
  /** when to say it again, should nothing come */
  againAt: number;
}

interface Plan {
  readonly removes: readonly RemoveWish[];
  readonly twins: readonly number[];
  readonly knocks: readonly PendingKnock[];
  readonly acts: readonly Act[];
}

export class Committer {
  readonly #config: CommitterConfig;
  readonly #wishes: Wishes;
  #flight: Flight | null = null;
  #isLineReady = true;
  #lostAt: number | null = null;
  #notBefore = 0;
  #epochSince: number;
  #addsMax = ADDS_MAX;
  /** not even one of those who are admitted has room; until then nobody is tried again */
  #isFull = false;
  #fullUntil = 0;

  constructor(config: CommitterConfig) {
    this.#config = config;
    this.#wishes = config.wishes;
    this.#epochSince = config.now();
    this.#forgetGranted();
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  get #now(): number {
    return this.#config.now();
  }

  // What is wanted

  admit(ids: readonly string[]): void {
    const { admitted } = this.#wishes;
    for (const id of ids) {
      const knock = this.#config.knocks.get(id);
      if (knock && !admitted.has(personOf(knock))) admitted.set(personOf(knock), this.#now);
    }
  }

  /** Somebody is to leave the group: because the person here says so, or because they are gone. */
  remove(leaf: number, options: { readonly isBan: boolean; readonly isOurs: boolean }): void {
    const { instance } = this.#config;
    if (options.isOurs && this.#config.authority() === null) return;
    const member = instance.member(leaf);
    const before = this.#wishes.removes.get(leaf);
    if (!member || leaf === instance.group.ownLeaf || (before?.isOurs && !options.isBan)) return;
    const overdueAt = this.#now + WITHHELD_MS;
    const wish = { leaf, key: hex(member.signatureKey), since: this.#now, overdueAt };
    if (before === undefined || options.isOurs) {
      this.#wishes.removes.set(leaf, { ...wish, ...options });
    }
  }

  lock(on: boolean): void {
    if (this.#config.authority() !== null) this.#wishes.lock = on;
  }

  newLink(): void {
    if (this.#config.authority() !== null) this.#wishes.newLink = true;
  }

  // What happens

  onLine(isReady: boolean): void {
    this.#isLineReady = isReady;
    if (!isReady) {
      this.#lostAt ??= this.#now;
      return;
    }
    // What was said before the line went may have been lost; what is missed comes first.
    if (this.#flight) this.#flight.againAt = this.#now + BUSY_MS;
    // The time without a line does not count, and no more than that: a server that cuts it gains none.
    const lostAt = this.#lostAt ?? this.#now;
    for (const wish of this.#wishes.removes.values()) {
      wish.overdueAt += this.#now - Math.max(lostAt, wish.since);
    }
    this.#lostAt = null;
  }

  onRefused({ reason }: Refused): void {
    const { instance } = this.#config;
    const flight = this.#flight;
    if (flight === null) return;
    if (reason === 'epoch') {
      flight.againAt = this.#now + BEATEN_MS;
      return;
    }
    instance.group.dropPending();
    this.#flight = null;
    this.#notBefore = this.#now + BUSY_MS;
    if (reason === 'busy') return;
    if (reason === 'full') {
      this.#onFull(flight);
      return;
    }
    // One of them is not to the server's liking: each for itself from now on.
    this.#addsMax = 1;
    for (const id of flight.knocks) hold(this.#wishes, id, this.#now);
    for (const leaf of flight.removes) {
      const wish = this.#wishes.removes.get(leaf);
      if (wish) hold(this.#wishes, wish.key, this.#now);
    }
  }

  /** As many as there is room for: half of them, and again, until not even one fits. */
  #onFull({ knocks, removes }: Flight): void {
    if (knocks.length === 0) return;
    if (removes.length > 0) {
      // Nobody who is to go waits for those who would come: they go first, and make room.
      this.#fullUntil = this.#notBefore;
      this.#notBefore = this.#now + BATCH_MS; // a server that only ever says so must not make us spin
      return;
    }
    this.#addsMax = Math.max(1, knocks.length >> 1);
    this.#isFull = knocks.length <= 1;
    if (this.#isFull) this.#fullUntil = this.#now + FULL_MS;
    else this.#notBefore = this.#now + BATCH_MS;
  }

  #onRoom(): void {
    this.#isFull = false;
    this.#fullUntil = 0;
  }

  /** A commit is in force, ours or another one. */
  onTaken(taken: Taken): void {
    this.#epochSince = this.#now;
    if (taken.removed.length !== taken.added.length) this.#onRoom();
    if (this.#flight && taken.by === this.#config.instance.group.ownLeaf) this.#addsMax = ADDS_MAX;
    this.#flight = null;
    this.#forgetGranted();
    // Whoever made it: the link is new.
    if (taken.newSecret !== null) this.#wishes.newLink = false;
    this.#watch();
  }

  /** What the group is like already. */
  #forgetGranted(): void {
    const { isLocked, group } = this.#config.instance;
    const keys = new Map(group.members().map((each) => [each.leaf, hex(each.signatureKey)]));
    const { removes, admitted } = this.#wishes;
    for (const [leaf, wish] of removes) if (keys.get(leaf) !== wish.key) removes.delete(leaf);
    const present = new Set(keys.values());
    for (const person of admitted.keys()) if (present.has(person)) admitted.delete(person);
    if (this.#wishes.lock === isLocked) this.#wishes.lock = null;
  }

  /** To be called while it is still known. */
  onKnockGone(id: string): void {
    const knock = this.#config.knocks.get(id);
    if (knock) this.#wishes.admitted.delete(personOf(knock));
    this.#wishes.holds.delete(id);
  }

  /** Says the next commit when there is reason for one. */
  async pump(): Promise<void> {
    this.#watch();
    if (!this.#isLineReady) return;
    if (this.#flight) {
      this.#sayAgain(this.#flight);
      return;
    }
    if (this.#now < this.#notBefore) {
      this.#wakeAt(this.#notBefore);
      return;
    }
    const plan = await this.#plan();
    if (plan) await this.#commit(plan);
  }

  #sayAgain(flight: Flight): void {
    if (this.#now >= flight.againAt) {
      this.#config.say(flight.message);
      flight.againAt = this.#now + SAY_AGAIN_MS;
    }
    this.#wakeAt(flight.againAt);
  }

  async #plan(): Promise<Plan | null> {
    const { instance, authority } = this.#config;
    const now = this.#now;
    const rank = this.#rank();
    const times: number[] = [];
    const isDue = (at: number | null): boolean => {
      if (at !== null && at > now) times.push(at);
      return at !== null && at <= now;
    };
    const removes = [...this.#wishes.removes.values()].filter(
      (wish) =>
        (!wish.isOurs || authority() !== null) && isDue(removeDue(this.#wishes, wish, rank)),
    );
    const mayAct = authority() !== null;
    const acts = mayAct ? await this.#acts(removes) : [];
    const isNewLink = acts.some(({ type }) => type === 'generation');
    const knocks = isNewLink ? [] : this.#dueKnocks(rank, removes, isDue);
    const twins = knocks.flatMap(({ known }) => instance.leafOf(known.deviceKey) ?? []);
    const refreshAt = this.#epochSince + REFRESH_MS + 1000 * rank;
    const isStale = isDue(refreshAt);
    if (times.length > 0) this.#wakeAt(Math.min(...times));
    const isSome = removes.length + knocks.length + acts.length > 0 || isStale;
    return isSome ? { removes, twins, knocks, acts } : null;
  }

  #rank(): number {
    const { instance, seats } = this.#config;
    const { group } = instance;
    const leaving = new Set(this.#wishes.removes.keys());
    const members = group.members().map(({ leaf }) => leaf);
    return seats.rank(group.ownLeaf, members, leaving);
  }

  async #acts(removes: readonly RemoveWish[]): Promise<Act[]> {
    const { instance } = this.#config;
    const acts: Act[] = [];
    const { lock, newLink } = this.#wishes;
    if (lock !== null && lock !== instance.isLocked) acts.push({ type: 'lock', on: lock });
    // Everybody in the group is told the secret: whoever is to go goes first.
    const isAnyoneLeaving = [...this.#wishes.removes.values()].some(({ isOurs }) => isOurs);
    if (newLink && removes.length === 0 && !isAnyoneLeaving) {
      acts.push({ type: 'generation', generation: instance.generation + 1 });
    }
    for (const { leaf, isBan } of removes) {
      const member = isBan ? instance.member(leaf) : undefined;
      const tag = member && (await instance.banTagOf(member));
      if (tag) acts.push({ type: 'ban', tag });
    }
    return acts;
  }

  #dueKnocks(
    rank: number,
    removes: readonly RemoveWish[],
    isDue: (at: number | null) => boolean,
  ): PendingKnock[] {
    const { instance, knocks, authority } = this.#config;
    const mayAdmit = authority() !== null || !instance.isHosted;
    const us = { rank, mayAdmit, lastCommitAt: this.#epochSince };
    const leaving = new Set(removes.map(({ leaf }) => leaf));
    const due = knocks
      .all()
      .map((knock): DueKnock => {
        const kind = knocks.kindOf(knock, instance);
        const at = knockDue(this.#wishes, knock, kind, us) ?? Infinity;
        return { knock, kind, at: Math.max(at, this.#roomAt(knock)) };
      })
      .filter(({ at }) => isDue(at === Infinity ? null : at))
      .filter(({ knock, kind }) => this.#mayReplace(knock, kind === 'reload', leaving))
      .sort((a, b) => a.at - b.at);
    const devices = new Set<string>();
    const isFirst = ({ known }: PendingKnock): boolean => {
      const device = known.deviceKey && hex(known.deviceKey);
      if (device === null) return true;
      const isNew = !devices.has(device);
      devices.add(device);
      return isNew;
    };
    return due
      .map(({ knock }) => knock)
      .filter((knock) => this.#holdsNow(knock) && isFirst(knock))
      .slice(0, this.#addsMax);
  }

  /** When there may be room for one more; who comes in the place of a leaf needs none. */
  #roomAt({ known }: PendingKnock): number {
    return this.#config.instance.leafOf(known.deviceKey) === null ? this.#fullUntil : 0;
  }

  /** Whose device is in the group already comes in only in the place of that leaf. */
  #mayReplace(knock: PendingKnock, isReload: boolean, leaving: ReadonlySet<number>): boolean {
    const { instance, authority } = this.#config;
    const twin = instance.leafOf(knock.known.deviceKey);
    if (twin === instance.group.ownLeaf) return false;
    return twin === null || isReload || leaving.has(twin) || authority() !== null;
  }

  #holdsNow({ keyPackage }: PendingKnock): boolean {
    const now = this.#now / 1000;
    return keyPackage.notBefore <= now && keyPackage.notAfter >= now;
  }

  async #commit({ removes, twins, knocks, acts }: Plan): Promise<void> {
    const { instance, authority, say, tellLink } = this.#config;
    const leaves = [...new Set([...removes.map(({ leaf }) => leaf), ...twins])].sort(
      (a, b) => a - b,
    );
    // Another one each time: whoever heard the one before may have been removed meanwhile.
    if (acts.some(({ type }) => type === 'generation')) await tellLink();
    const data = { authority: authority(), acts };
    const adds = knocks.map(({ keyPackage }): ReadKeyPackage => keyPackage);
    const made = await instance.propose(
      { removes: leaves, adds, data },
      encodeCommitData(data),
      this.#now,
    );
    if (typeof made === 'string') {
      // Against our own rules: what is asked cannot be done, or not yet.
      for (const { id } of knocks) hold(this.#wishes, id, this.#now);
      for (const { key } of removes) hold(this.#wishes, key, this.#now);
      this.#addsMax = 1;
      this.#notBefore = this.#now + BUSY_MS;
      this.#wakeAt(this.#notBefore);
      return;
    }
    const message: ClientMessage = {
      type: 'commit',
      message: base64url(made.message),
      ...(made.welcome && { welcome: base64url(made.welcome) }),
    };
    const againAt = this.#now + SAY_AGAIN_MS;
    this.#flight = { message, removes: leaves, knocks: knocks.map(({ id }) => id), againAt };
    say(message);
    this.#wakeAt(againAt);
    this.#watch();
  }

  /** A Remove that the person wanted has to come back: the server alone can keep it from doing so. */
  #watch(): void {
    if (!this.#isLineReady) return;
    const ours = [...this.#wishes.removes.values()].filter(({ isOurs }) => isOurs);
    const times = ours.map(({ overdueAt }) => overdueAt);
    this.#config.onOverdue(times.some((at) => at <= this.#now));
    const next = Math.min(...times.filter((at) => at > this.#now));
    if (Number.isFinite(next)) this.#wakeAt(next);
  }

  #wakeAt(at: number): void {
    this.#config.wake(Math.max(0, at - this.#now));
  }
}
