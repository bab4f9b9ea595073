// A small seeded generator (mulberry32). It spreads retries; nothing secret is drawn from it.

import type { Turn } from './turn';

/** The next number in [0, 1). */
export function draw(turn: Turn): number {
  const seed = (turn.state.seed + 0x6d2b79f5) | 0;
  turn.set({ seed });
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}
