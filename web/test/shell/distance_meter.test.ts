import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DistanceAnswer, DistanceQuestion } from '../../src/wire/distance';
import { DistanceMeter, readingOf } from '../../src/shell/distance_meter';
import { selectedPair } from '../../src/shell/selected_pair';

const report = (...all: { id: string; [key: string]: unknown }[]): RTCStatsReport =>
  new Map(all.map((each) => [each.id, each]));

const PAIR = { id: 'P', type: 'candidate-pair', responsesReceived: 3, currentRoundTripTime: 0.012 };
const OTHER = { ...PAIR, id: 'Q', currentRoundTripTime: 0.001 };
const WANTED = { certificate: 'c', pair: 'P', responsesReceived: 3, currentRoundTripMs: 12 };

const read = (stats: RTCStatsReport): unknown => {
  const selected = selectedPair(stats);
  return selected && readingOf(selected, 'c');
};

describe('the pair that is read', () => {
  it('is the one that the transport names', () => {
    const transport = { id: 'T', type: 'transport', selectedCandidatePairId: 'P' };
    expect(read(report(OTHER, transport, PAIR))).toEqual(WANTED);
  });

  it('is the one that says so itself, in browsers without transports', () => {
    const selected = report(OTHER, { ...PAIR, selected: true });
    expect(read(selected)).toEqual(WANTED);
  });

  it.each([
    ['no pair is selected', report(PAIR, OTHER)],
    ['the transport names a pair that is gone', report({ id: 'T', selectedCandidatePairId: 'X' })],
    ['no answer has a time', report({ id: 'P', type: 'candidate-pair', selected: true })],
  ])('is none when %s', (_, stats) => {
    expect(read(stats)).toBeNull();
  });
});

/** Which question was asked, and what is answered. */
const asked = vi.fn((question: DistanceQuestion): Promise<DistanceAnswer> => {
  const boundKm = question.rttMs * 10;
  return Promise.resolve({ boundKm, radiusKm: 500, excluded: ['CN'] });
});

describe('the distance', () => {
  let now = 0.02;
  let answers = 0;
  let sdp = 'v=0\r\na=fingerprint:sha-256 AA:BB\r\n';
  const connection = {
    get remoteDescription() {
      return { sdp };
    },
    getStats: () =>
      Promise.resolve(
        report({
          ...PAIR,
          selected: true,
          responsesReceived: ++answers,
          currentRoundTripTime: now,
        }),
      ),
  } as unknown as RTCPeerConnection;
  const inZone = (timeZone: string): void => {
    vi.spyOn(Intl, 'DateTimeFormat').mockReturnValue({
      resolvedOptions: () => ({ timeZone }),
    } as Intl.DateTimeFormat);
  };

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    now = 0.02;
    answers = 0;
    sdp = 'v=0\r\na=fingerprint:sha-256 AA:BB\r\n';
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  const measured = async (times: readonly number[]): Promise<DistanceMeter> => {
    const meter = new DistanceMeter(asked);
    meter.watch(connection);
    for (const time of times) {
      now = time;
      await vi.advanceTimersByTimeAsync(1000);
    }
    return meter;
  };

  it('is nothing before an answer was measured', async () => {
    expect(await new DistanceMeter(asked).evidence()).toBeNull();
    expect(await (await measured([0.02])).evidence()).toBeNull(); // where counting begins
  });

  it('is that of the quickest answer', async () => {
    inZone('Europe/Berlin');
    const found = await (await measured([0.02, 0.03, 0.009, 0.04])).evidence();
    expect(asked).toHaveBeenLastCalledWith({ zone: 'Europe/Berlin', rttMs: 9 });
    expect(found).toEqual({
      rttMs: 9,
      answers: 3,
      zone: 'Europe/Berlin',
      boundKm: 90,
      radiusKm: 500,
      excluded: ['CN'],
    });
  });

  it('begins anew with another certificate, and ends with the connection', async () => {
    inZone('Europe/Berlin');
    const meter = await measured([0.02, 0.003]);
    expect((await meter.evidence())?.rttMs).toBe(3);
    sdp = sdp.replace('AA', 'CC');
    await vi.advanceTimersByTimeAsync(1000);
    expect(await meter.evidence()).toBeNull();
    now = 0.05;
    await vi.advanceTimersByTimeAsync(1000);
    expect((await meter.evidence())?.rttMs).toBe(50);
    meter.watch(null);
    expect(await meter.evidence()).toBeNull();
  });
});
