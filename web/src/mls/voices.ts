// Whom of the others we hear (docs/protocol/encryption.md 11). Every member tells its head again and again,
// whatever else it does. Who is in the group, and says nothing that our keys open, is cut off or has another
// group: the server withholds it, or shows it another history.

/** Each tells its head this often, and all together at most two a second. */
const HEAD_MS = 10_000;
const HEAD_SHARE_MS = 500;
/** The server notices by then that a socket is dead (20 s to its ping, 20 s for the answer). */
const NOTICE_MS = 40_000;
/** It keeps a seat for 30 s after that; then somebody takes the leaf out of the group. */
const REMOVE_MS = 40_000;
/** We look at least this often; who has not looked for longer than that has slept. */
const LOOK_MS = 10_000;
const SLEPT_MS = 20_000;

export type Quiet =
  | 'silence' // of all others
  | 'split'; // of at least half of them, and of two at least

interface Voice {
  heardAt: number;
  /** how often heads came when it was heard */
  headMs: number;
  /** since when the server says that they are connected; null: it does not */
  connectedAt: number | null;
}

export interface Verdict {
  readonly quiet: Quiet | null;
  /** look again then, at the latest */
  readonly nextAt: number;
}

/** How often each of so many members tells its head. */
export function headEveryMs(members: number): number {
  return Math.max(HEAD_MS, members * HEAD_SHARE_MS);
}

/**
 * So many must be unheard. In a group that is split in two, the smaller part misses at least half of the
 * others; and one alone who says nothing, or garbage, must not stop everybody.
 */
export function enoughOf(others: number): number {
  return Math.min(others, Math.max(2, Math.ceil(others / 2)));
}

export class Voices {
  readonly #voices = new Map<number, Voice>();
  #headMs = HEAD_MS;
  #lookedAt: number;
  #lostAt: number | null = null;

  constructor(now: number) {
    this.#lookedAt = now;
  }

  /** Something authentic of this leaf. */
  heard(leaf: number, now: number): void {
    const voice = this.#voices.get(leaf);
    if (!voice) return;
    voice.heardAt = now;
    voice.headMs = this.#headMs;
  }

  /** Somebody else has this leaf, or nobody. */
  forget(leaf: number): void {
    this.#voices.delete(leaf);
  }

  /** While our own socket is gone nobody can be heard: that time does not count, and no more than that. */
  onLine(isReady: boolean, now: number): void {
    if (!isReady) this.#lostAt ??= now;
    else if (this.#lostAt !== null) this.#excuse(now - this.#lostAt, now);
    if (isReady) {
      this.#lostAt = null;
      this.#lookedAt = now;
    }
  }

  /** The server's word on who is connected makes the alarm come sooner or later, never not at all. */
  look(
    others: readonly number[],
    seats: { readonly isConnected: (leaf: number) => boolean },
    now: number,
  ): Verdict {
    const slept = now - this.#lookedAt;
    if (slept > SLEPT_MS) this.#excuse(slept, now);
    this.#lookedAt = now;
    this.#headMs = headEveryMs(others.length + 1);
    const dues = others.map((leaf) => {
      const voice = this.#voiceOf(leaf, now);
      voice.connectedAt = seats.isConnected(leaf) ? (voice.connectedAt ?? now) : null;
      return this.#dueOf(voice);
    });
    const unheard = dues.filter((due) => due <= now).length;
    const isQuiet = unheard > 0 && unheard >= enoughOf(others.length);
    const quiet = unheard === others.length ? 'silence' : 'split';
    const nextAt = Math.min(now + LOOK_MS, ...dues.filter((due) => due > now));
    return { quiet: isQuiet ? quiet : null, nextAt };
  }

  /**
   * One head may be lost; who told it in a larger group takes longer until the next. Who is not connected
   * any more is given the time until the leaf is taken out of the group.
   */
  #dueOf({ heardAt, headMs, connectedAt }: Voice): number {
    const patience = NOTICE_MS + 2 * Math.max(headMs, this.#headMs);
    const atLast = heardAt + patience + REMOVE_MS;
    if (connectedAt === null) return atLast;
    return Math.min(atLast, Math.max(heardAt, connectedAt) + patience);
  }

  #voiceOf(leaf: number, now: number): Voice {
    const known = this.#voices.get(leaf);
    if (known) return known;
    const fresh: Voice = { heardAt: now, connectedAt: null, headMs: this.#headMs };
    this.#voices.set(leaf, fresh);
    return fresh;
  }

  #excuse(ms: number, now: number): void {
    for (const voice of this.#voices.values()) {
      voice.heardAt = Math.min(now, voice.heardAt + ms);
      if (voice.connectedAt !== null) voice.connectedAt = Math.min(now, voice.connectedAt + ms);
    }
  }
}
