import { describe, expect, it } from 'vitest';
import { FrameWindow } from '../../src/worker/frame_window';

/** The rule, word by word: every counter that was taken is remembered. */
class Model {
  readonly #taken = new Set<bigint>();
  #highest = -1n;

  take(counter: bigint): boolean {
    if (counter <= this.#highest - 512n || this.#taken.has(counter)) return false;
    this.#taken.add(counter);
    if (counter > this.#highest) this.#highest = counter;
    return true;
  }
}

/** A small generator, so that a failure comes back. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('the window of counters', () => {
  it('takes each once', () => {
    const window = new FrameWindow();
    expect([0n, 0n, 1n, 3n, 2n, 2n, 3n].map((each) => window.take(each))).toEqual([
      true,
      false,
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it('refuses what is 512 below the highest, and takes what is 511 below', () => {
    const window = new FrameWindow();
    window.take(1000n);
    expect(window.isFresh(488n)).toBe(false);
    expect(window.isFresh(489n)).toBe(true);
  });

  it('does not take what it is only asked for', () => {
    const window = new FrameWindow();
    expect(window.isFresh(7n)).toBe(true);
    expect(window.take(7n)).toBe(true);
    expect(window.isFresh(7n)).toBe(false);
  });

  it('goes to the end of 64 bits', () => {
    const window = new FrameWindow();
    expect(window.take(2n ** 64n - 1n)).toBe(true);
    expect(window.take(2n ** 64n - 1n)).toBe(false);
    expect(window.take(2n ** 64n - 512n)).toBe(true);
    expect(window.take(2n ** 64n - 513n)).toBe(false);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'agrees with the rule over random counters, seed %d',
    (seed) => {
      const random = numbers(seed);
      const window = new FrameWindow();
      const model = new Model();
      let base = 0;
      for (let step = 0; step < 4000; step++) {
        if (random(50) === 0) base += random(1500);
        if (random(3) === 0) base++;
        const counter = BigInt(Math.max(0, base + random(600) - 580));
        expect(window.take(counter)).toBe(model.take(counter));
      }
    },
  );
});
