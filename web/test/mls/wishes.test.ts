// When somebody who knocks is due: a function of time, whatever else the machine does.

import { describe, expect, it } from 'vitest';
import type { PendingKnock } from '../../src/mls/knocks';
import { BATCH_MS, hold, knockDue, noWishes, personOf } from '../../src/mls/wishes';
import { bytes } from './support/world';

const NOW = 1_000_000;
const first = { rank: 0, mayAdmit: true, lastCommitAt: NOW - 10_000 };

function knockAt(since: number): PendingKnock {
  const leaf = { signatureKey: bytes(32) };
  return { id: `knock ${since}`, since, keyPackage: { leaf } } as unknown as PendingKnock;
}

describe('who knocks', () => {
  it('is due at once when the last commit is old', () => {
    expect(knockDue(noWishes(), knockAt(NOW), 'free', first)).toBe(NOW);
    const wishes = noWishes();
    const knock = knockAt(NOW - 60_000);
    expect(knockDue(wishes, knock, 'asks', first)).toBe(null);
    wishes.admitted.set(personOf(knock), NOW);
    expect(knockDue(wishes, knock, 'asks', first)).toBe(NOW);
  });

  it('is due together with all others who come within 250 ms of a commit', () => {
    const busy = { ...first, lastCommitAt: NOW };
    const dues = [1, 100, 249].map((ms) => knockDue(noWishes(), knockAt(NOW + ms), 'free', busy));
    expect(dues).toEqual([NOW + BATCH_MS, NOW + BATCH_MS, NOW + BATCH_MS]);
  });

  it('waits for no others when it is a reload or a host who comes back', () => {
    const busy = { ...first, lastCommitAt: NOW };
    expect(knockDue(noWishes(), knockAt(NOW), 'reload', busy)).toBe(NOW);
    expect(knockDue(noWishes(), knockAt(NOW), 'host', busy)).toBe(NOW);
  });

  it('is left to the designated one first, and not said again at once', () => {
    expect(knockDue(noWishes(), knockAt(NOW), 'free', { ...first, rank: 1 })).toBe(NOW + 1000);
    const wishes = noWishes();
    const knock = knockAt(NOW);
    hold(wishes, knock.id, NOW);
    expect(knockDue(wishes, knock, 'free', first)).toBe(NOW + 1000);
  });
});
