// Who has fallen silent: enough of the others, for long enough, by a clock that stands while we cannot hear.

import { describe, expect, it } from 'vitest';
import { enoughOf, headEveryMs, Voices, type Quiet } from '../../src/mls/voices';

const S = 1000;

/** A group seen by one of its members; heads of those who speak come when they are due. */
class Scene {
  now = 0;
  readonly away = new Set<number>();
  readonly mute = new Set<number>();
  others: number[];
  isLineReady = true;
  readonly voices = new Voices(0);
  #headAt = new Map<number, number>();

  constructor(others: number) {
    this.others = Array.from({ length: others }, (_, index) => index + 1);
    this.look();
  }

  look(): Quiet | null {
    const { away } = this;
    const seats = { isConnected: (leaf: number) => !away.has(leaf) };
    return this.voices.look(this.others, seats, this.now).quiet;
  }

  /** Until something is quiet, or these seconds are over: [what, after how many seconds]. */
  pass(seconds: number): [Quiet | null, number] {
    const from = this.now;
    while (this.now < from + seconds * S) {
      this.now += S;
      const every = headEveryMs(this.others.length + 1);
      for (const leaf of this.others) {
        const due = Math.min(this.#headAt.get(leaf) ?? leaf * 1700, this.now + every);
        this.#headAt.set(leaf, due);
        if (due > this.now) continue;
        this.#headAt.set(leaf, this.now + every);
        if (this.isLineReady && !this.mute.has(leaf)) this.voices.heard(leaf, this.now);
      }
      const quiet = this.isLineReady ? this.look() : null;
      if (quiet) return [quiet, (this.now - from) / S];
    }
    return [null, seconds];
  }

  silence(...leaves: number[]): void {
    for (const leaf of leaves) this.mute.add(leaf);
  }
}

describe('how many must be silent', () => {
  it('is half of the others, and two unless there is but one', () => {
    expect([1, 2, 3, 4, 5, 6, 199].map(enoughOf)).toEqual([1, 2, 2, 2, 3, 3, 100]);
  });

  it('is always reached in the smaller part of a split, and never by one alone', () => {
    for (let members = 4; members <= 200; members++) {
      for (let part = 2; part <= members / 2; part++) {
        expect(members - part).toBeGreaterThanOrEqual(enoughOf(members - 1));
      }
      expect(enoughOf(members - 1)).toBeGreaterThan(1);
    }
  });
});

describe('a split', () => {
  it('in halves is seen within a minute', () => {
    const scene = new Scene(3);
    expect(scene.pass(600)).toEqual([null, 600]);
    scene.silence(2, 3);
    const [quiet, seconds] = scene.pass(600);
    expect(quiet).toBe('split');
    expect(seconds).toBeGreaterThanOrEqual(50);
    expect(seconds).toBeLessThanOrEqual(60);
  });

  it('is over when one of them speaks again', () => {
    const scene = new Scene(3);
    scene.silence(2, 3);
    expect(scene.pass(100)[0]).toBe('split');
    scene.mute.delete(3);
    scene.now += 10 * S;
    scene.voices.heard(3, scene.now);
    expect(scene.look()).toBeNull();
  });

  it('of a large meeting is seen in the time of two heads and 40 s', () => {
    const scene = new Scene(199);
    scene.pass(300);
    scene.silence(...scene.others.slice(0, 100));
    const [quiet, seconds] = scene.pass(1000);
    expect(quiet).toBe('split');
    expect(seconds).toBeLessThanOrEqual(240);
  });

  it('is seen though the server says that the others are away, or come and go', () => {
    const scene = new Scene(3);
    scene.silence(2, 3);
    for (const leaf of [2, 3]) scene.away.add(leaf);
    const [quiet, seconds] = scene.pass(600);
    expect(quiet).toBe('split');
    expect(seconds).toBeLessThanOrEqual(100);

    const other = new Scene(3);
    other.silence(2, 3);
    let took = 0;
    for (let each: Quiet | null = null; each === null && took < 600; took++) {
      for (const leaf of [2, 3]) {
        if (took % 50 === 0) other.away.add(leaf);
        else other.away.delete(leaf);
      }
      [each] = other.pass(1);
    }
    expect(took).toBeLessThanOrEqual(100);
  });

  it('is seen though the server cuts our line again and again', () => {
    const scene = new Scene(3);
    scene.silence(2, 3);
    let seconds = 0;
    for (let quiet: Quiet | null = null; quiet === null && seconds < 600; seconds += 15) {
      [quiet] = scene.pass(14);
      scene.isLineReady = false;
      scene.voices.onLine(false, scene.now);
      scene.pass(1);
      scene.isLineReady = true;
      scene.voices.onLine(true, scene.now);
    }
    expect(seconds).toBeLessThanOrEqual(75);
  });
});

describe('no split', () => {
  it('is one who says nothing, however long', () => {
    const scene = new Scene(3);
    scene.silence(2);
    expect(scene.pass(3600)).toEqual([null, 3600]);
  });

  it('is half of the meeting losing the network: noticed after 40 s, removed after 70 s', () => {
    const scene = new Scene(5);
    scene.pass(60);
    scene.silence(1, 2, 3);
    expect(scene.pass(40)).toEqual([null, 40]);
    for (const leaf of [1, 2, 3]) scene.away.add(leaf);
    expect(scene.pass(35)).toEqual([null, 35]);
    for (const leaf of [1, 2, 3]) scene.voices.forget(leaf);
    scene.others = [4, 5];
    expect(scene.pass(600)).toEqual([null, 600]);
  });

  it('is half of it coming back at the last moment', () => {
    const scene = new Scene(3);
    scene.pass(60);
    scene.silence(2, 3);
    scene.pass(40);
    for (const leaf of [2, 3]) scene.away.add(leaf);
    scene.pass(29);
    scene.mute.clear();
    scene.away.clear();
    expect(scene.pass(600)).toEqual([null, 600]);
  });

  it('is the time in which our own line is gone, or we slept', () => {
    const scene = new Scene(3);
    scene.pass(60);
    scene.isLineReady = false;
    scene.voices.onLine(false, scene.now);
    scene.pass(303);
    scene.isLineReady = true;
    scene.voices.onLine(true, scene.now);
    expect(scene.pass(60)).toEqual([null, 60]);
    scene.now += 3600 * S;
    expect(scene.look()).toBeNull();
    expect(scene.pass(600)).toEqual([null, 600]);
  });

  it('is a meeting that shrinks or grows: heads come as often as its size says', () => {
    const scene = new Scene(199);
    scene.pass(195);
    scene.others = scene.others.slice(0, 9);
    expect(scene.pass(600)).toEqual([null, 600]);
    scene.others = Array.from({ length: 199 }, (_, index) => index + 1);
    expect(scene.pass(600)).toEqual([null, 600]);
  });

  it('is nobody else', () => {
    expect(new Scene(0).pass(600)).toEqual([null, 600]);
  });
});

describe('silence', () => {
  it('is that of everybody, for a minute', () => {
    for (const others of [1, 2, 3, 19]) {
      const scene = new Scene(others);
      scene.pass(300);
      const from = scene.now;
      scene.silence(...scene.others);
      let quiet: Quiet | null = null;
      while (quiet !== 'silence' && scene.now < from + 600 * S) [quiet] = scene.pass(1);
      expect((scene.now - from) / S).toBeLessThanOrEqual(60);
      scene.mute.clear();
      const again = scene.now;
      while (scene.pass(1)[0] !== null) expect(scene.now).toBeLessThan(again + 12 * S);
      expect(scene.pass(600)).toEqual([null, 600]);
    }
  });

  it('is none while the server says that the only other one is reconnecting', () => {
    const scene = new Scene(1);
    scene.pass(60);
    scene.silence(1);
    scene.pass(40);
    scene.away.add(1);
    expect(scene.pass(35)).toEqual([null, 35]);
  });
});
