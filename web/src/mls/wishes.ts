// What is wanted of the group and not yet in a commit: by the person here, or because it has to be done
// by somebody. Which of it goes into the next commit of ours is a function of the time and our rank.

import { hex } from './adapter';
import type { PendingKnock, KnockKind } from './knocks';
import { takeOverMs } from './seats';

/** Adds go at once when the last commit is so old; else with all that come until then, in one commit. */
export const BATCH_MS = 250;
/** A commit that changes nothing, so that nobody can stay silent for long. */
export const REFRESH_MS = 600_000;

export interface RemoveWish {
  readonly leaf: number;
  /** of the leaf that is meant, in hexadecimal: another one may have its number by now */
  readonly key: string;
  readonly isBan: boolean;
  /** the person wants it: at once, by us */
  readonly isOurs: boolean;
  readonly since: number;
  /** from then on it is held back, by the server alone */
  overdueAt: number;
}

/** Why something waits although it is due. */
export interface Hold {
  tries: number;
  until: number;
}

export interface Wishes {
  readonly removes: Map<number, RemoveWish>;
  /** whom the person here admits (personOf), and since when */
  readonly admitted: Map<string, number>;
  lock: boolean | null;
  newLink: boolean;
  readonly holds: Map<string, Hold>;
}

export function noWishes(): Wishes {
  return { removes: new Map(), admitted: new Map(), lock: null, newLink: false, holds: new Map() };
}

/** Who is meant by a knock: its id is the server's, who could give it to somebody else. */
export function personOf({ keyPackage }: PendingKnock): string {
  return hex(keyPackage.leaf.signatureKey);
}

export interface DueKnock {
  readonly knock: PendingKnock;
  readonly kind: KnockKind;
  readonly at: number;
}

/** When a knock is due, or null: not by us, or not now. */
export function knockDue(
  { admitted, holds }: Wishes,
  knock: PendingKnock,
  kind: KnockKind,
  us: { readonly rank: number; readonly mayAdmit: boolean; readonly lastCommitAt: number },
): number | null {
  const held = holds.get(knock.id)?.until ?? 0;
  const wait = takeOverMs(us.rank);
  const next = us.lastCommitAt + BATCH_MS;
  switch (kind) {
    case 'reload':
    case 'host':
      return Math.max(held, knock.since + wait);
    case 'free':
      return Math.max(held, knock.since + wait, next);
    case 'asks': {
      const since = admitted.get(personOf(knock));
      return since === undefined || !us.mayAdmit ? null : Math.max(held, since, next);
    }
    case 'old-link':
    case 'banned':
    case 'locked':
      return null;
  }
}

export function removeDue({ holds }: Wishes, wish: RemoveWish, rank: number): number {
  const held = holds.get(wish.key)?.until ?? 0;
  return Math.max(held, wish.isOurs ? wish.since : wish.since + takeOverMs(rank));
}

/** The server did not take it: it waits, longer each time. */
export function hold({ holds }: Wishes, name: string, now: number): void {
  const tries = (holds.get(name)?.tries ?? 0) + 1;
  holds.set(name, { tries, until: now + Math.min(500 * 2 ** tries, 8000) });
}
