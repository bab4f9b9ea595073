import { beforeEach, describe, expect, it } from 'vitest';
import { FrameHealth } from '../../src/worker/frame_health';
import type { FrameReport, FrameWord } from '../../src/worker/frame_report';
import { FrameTotals } from '../../src/worker/frame_totals';
import { NO_COUNTS } from '../../src/worker/frame_tally';

let said: FrameWord[] = [];
let health: FrameHealth;

const undecodable = (): FrameWord[] => said.filter(({ type }) => type === 'undecodable');

/** Frames each 20 ms that fail, from one time to another. */
function fail(mid: string, leaf: number | null, from: number, to: number): void {
  for (let now = from; now <= to; now += 20) {
    health.onFailed(mid, leaf, now);
    health.tick(now);
  }
}

beforeEach(() => {
  said = [];
  health = new FrameHealth((word) => said.push(word));
  health.onSlot('2');
  health.onSlot('3');
});

describe('who is heard in a slot', () => {
  it('is told when it changes, and again for a new transform', () => {
    for (const leaf of [4, 4, 5, 5, 4]) health.onOpened('2', leaf, 1);
    health.onSlot('2');
    health.onOpened('2', 4, 1);
    const leaves = said.flatMap((word) => (word.type === 'decrypts' ? [word.leaf] : []));
    expect(leaves).toEqual([4, 5, 4, 4]);
  });

  it('is nobody when they are gone, or when somebody else has got their leaf', () => {
    health.onOpened('2', 4, 1);
    health.onOpened('3', 5, 1);
    health.onLeaves([4, 5, 6], [6]);
    health.onLeaves([4, 6], []); // 5 is removed
    health.onLeaves([4, 5, 6], [5]); // somebody else comes
    health.onLeaves([4, 5, 6], [4]); // removed and given away in one commit
    health.onOpened('2', 4, 3);
    const shown = said.flatMap((word) =>
      word.type === 'decrypts' ? [`${word.mid} ${word.leaf}`] : [],
    );
    expect(shown).toEqual(['2 4', '3 5', '3 null', '2 null', '2 4']);
  });
});

describe('undecodable', () => {
  it('is a slot whose frames fail for 2 s; not a moment earlier', () => {
    fail('2', 4, 0, 1980);
    expect(undecodable()).toEqual([]);
    fail('2', 4, 2000, 2400);
    expect(undecodable()).toEqual([{ type: 'undecodable', mid: '2', leaf: 4, isSo: true }]);
    health.onOpened('2', 4, 1);
    expect(undecodable().at(-1)).toEqual({ type: 'undecodable', mid: '2', leaf: 4, isSo: false });
  });

  it('is not silence, nor a slot in which one of them can be read', () => {
    health.onFailed('2', 4, 0);
    health.onFailed('2', 4, 5000);
    health.onFailed('2', 4, 10_000);
    for (let now = 10_000; now < 15_000; now += 20) {
      health.onFailed('3', 4, now);
      if (now % 1000 === 0) health.onOpened('3', 4, 1);
    }
    expect(undecodable()).toEqual([]);
  });

  it('ends when nothing has come for 2 s: whoever is silent is not unreadable', () => {
    fail('2', 4, 0, 2000);
    health.tick(3980);
    expect(undecodable()).toHaveLength(1);
    health.tick(4000);
    expect(undecodable().at(-1)).toEqual({ type: 'undecodable', mid: '2', leaf: 4, isSo: false });
  });

  it('ends with the transform', () => {
    fail('2', null, 0, 2000);
    health.onSlot('2');
    expect(undecodable().map((word) => 'isSo' in word && word.isSo)).toEqual([true, false]);
  });
});

describe('nobody decodable', () => {
  const reports: FrameReport[] = [];
  let totals: FrameTotals;

  /** Slots 2 and 12 are one person's, 3 and 13 another's. */
  const personOf = (mid: string): number => Number(mid) % 10;
  const nobody = (): FrameReport[] => reports.filter(({ type }) => type === 'nobody');
  const tell = (worker = 0): void => {
    for (const word of said.splice(0)) totals.on(worker, word, 0);
  };

  beforeEach(() => {
    reports.length = 0;
    totals = new FrameTotals((report) => reports.push(report), personOf);
    health.onSlot('12');
  });

  it('is told when 5 s after an epoch the frames of two people fail', () => {
    health.onEpoch(7, 3, 0);
    fail('2', 4, 0, 5000);
    tell();
    expect(nobody()).toEqual([]);
    fail('3', 5, 0, 5000);
    tell();
    expect(nobody()).toEqual([{ type: 'nobody', isSo: true }]);
    health.onOpened('3', 5, 7);
    tell();
    expect(nobody().at(-1)).toEqual({ type: 'nobody', isSo: false });
  });

  it('is not one person alone, with sound and picture, unless there are only two of us', () => {
    health.onEpoch(7, 2, 0);
    fail('2', 4, 0, 9000);
    fail('12', 4, 0, 9000);
    tell();
    expect(nobody()).toEqual([]);
    health.onEpoch(8, 1, 10_000);
    fail('2', 4, 10_000, 15_000);
    tell();
    expect(nobody()).toEqual([{ type: 'nobody', isSo: true }]);
  });

  it('is not an epoch in which somebody could be read, in any worker', () => {
    totals.on(1, { type: 'epoch-health', epoch: 7, others: 3, hasOpened: true, failing: [] }, 0);
    health.onEpoch(7, 3, 0);
    fail('2', 4, 0, 9000);
    fail('3', 5, 0, 9000);
    tell();
    expect(nobody()).toEqual([]);
  });

  it('does not count what an older epoch opened', () => {
    health.onEpoch(7, 3, 0);
    health.onOpened('2', 4, 6);
    fail('2', 4, 100, 6000);
    fail('3', 5, 100, 6000);
    tell();
    expect(nobody()).toEqual([{ type: 'nobody', isSo: true }]);
  });

  it('is not silence', () => {
    health.onEpoch(7, 3, 0);
    fail('2', 4, 0, 3000);
    fail('3', 5, 0, 3000);
    for (let now = 3000; now < 20_000; now += 250) health.tick(now);
    tell();
    expect(nobody()).toEqual([]);
  });
});

describe('counts', () => {
  it('are summed over the workers and told at most once in 2 s', () => {
    const reports: FrameReport[] = [];
    const totals = new FrameTotals((report) => reports.push(report), Number);
    totals.on(0, { type: 'counts', counts: { ...NO_COUNTS, sealed: 5 } }, 0);
    totals.on(1, { type: 'counts', counts: { ...NO_COUNTS, opened: 7 } }, 10);
    totals.on(0, { type: 'counts', counts: { ...NO_COUNTS, sealed: 9 } }, 2000);
    expect(reports).toEqual([
      { type: 'counts', counts: { ...NO_COUNTS, sealed: 5 } },
      { type: 'counts', counts: { ...NO_COUNTS, sealed: 9, opened: 7 } },
    ]);
  });
});
