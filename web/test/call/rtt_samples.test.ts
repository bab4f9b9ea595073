import { describe, expect, it } from 'vitest';
import { RttSamples, type PairReading } from '../../src/call/rtt_samples';

const reading = (
  responsesReceived: number,
  currentRoundTripMs: number,
  more: Partial<PairReading> = {},
): PairReading => ({
  certificate: 'ab',
  pair: 'p1',
  responsesReceived,
  currentRoundTripMs,
  ...more,
});

const after = (...readings: readonly PairReading[]): RttSamples => {
  const samples = new RttSamples();
  for (const each of readings) samples.take(each);
  return samples;
};

describe('round trips', () => {
  it('are not known before an answer was counted', () => {
    expect(after().minimumMs).toBeUndefined();
    expect(after(reading(3, 7)).minimumMs).toBeUndefined();
    expect(after(reading(3, 7), reading(3, 2)).count).toBe(0);
  });

  it('are counted when another answer came', () => {
    const samples = after(reading(1, 1), reading(2, 20), reading(2, 5), reading(4, 30));
    expect(samples.count).toBe(2);
    expect(samples.minimumMs).toBe(20);
  });

  it('keep the smallest', () => {
    const samples = after(reading(1, 1), reading(2, 20), reading(3, 12), reading(4, 30));
    expect(samples.minimumMs).toBe(12);
    expect(samples.count).toBe(3);
  });

  it.each([
    ['another pair', reading(9, 40, { pair: 'p2' })],
    ['another certificate', reading(9, 40, { certificate: 'cd' })],
    ['answers counted anew', reading(0, 40)],
  ])('begin anew with %s', (_, next) => {
    const samples = after(reading(1, 1), reading(2, 3), next);
    expect(samples.minimumMs).toBeUndefined();
    expect(samples.count).toBe(0);
    samples.take({ ...next, responsesReceived: next.responsesReceived + 1 });
    expect(samples.minimumMs).toBe(40);
  });

  it('do not come back with the pair', () => {
    const samples = after(reading(1, 1), reading(2, 3), reading(1, 9, { pair: 'p2' }));
    samples.take(reading(5, 30));
    samples.take(reading(6, 30));
    expect(samples.minimumMs).toBe(30);
  });

  it('end with the connection', () => {
    const samples = after(reading(1, 1), reading(2, 3));
    samples.drop();
    samples.take(reading(3, 4));
    expect(samples.minimumMs).toBeUndefined();
  });

  it.each([Number.NaN, -1, Infinity])('are not %d ms', (rttMs) => {
    const samples = after(reading(1, 1), reading(2, 9), reading(3, rttMs));
    expect(samples.minimumMs).toBe(9);
    expect(samples.count).toBe(1);
  });

  it('that were not counted at all are none', () => {
    expect(after(reading(Number.NaN, 1), reading(Number.NaN, 2)).minimumMs).toBeUndefined();
  });
});
