import { expect, it } from 'vitest';
import { transportCounts } from '../../src/shell/transport_counts';

const report = (...stats: readonly object[]): Pick<RTCStatsReport, 'forEach'> =>
  new Map(stats.map((each, at) => [String(at), each]));
const COUNTS = { packetsSent: 5, bytesSent: 500, packetsReceived: 7, bytesReceived: 700 };

it('what the transport counts', () => {
  const pair = { type: 'candidate-pair', ...COUNTS, packetsSent: 99 };
  expect(transportCounts(report(pair, { type: 'transport', id: 'T', ...COUNTS }))).toEqual(COUNTS);
});

it('a browser that does not count packets tells nothing', () => {
  const { bytesSent, bytesReceived } = COUNTS;
  expect(transportCounts(report({ type: 'transport', bytesSent, bytesReceived }))).toBeNull();
  expect(transportCounts(report({ type: 'candidate-pair', ...COUNTS }))).toBeNull();
  expect(transportCounts(report())).toBeNull();
});
