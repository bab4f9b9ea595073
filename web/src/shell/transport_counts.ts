// What a connection's transport has counted, as getStats() tells it. ICE checks are not among it, as they are
// not in a node's receipts.

import type { TransportCounts } from '../wire/receipts_view';

/** What we read of RTCTransportStats. */
interface TransportStats extends Partial<TransportCounts> {
  readonly type: string;
}

/** Null: the browser does not count. */
export function transportCounts(stats: Pick<RTCStatsReport, 'forEach'>): TransportCounts | null {
  const all: TransportStats[] = [];
  stats.forEach((each: TransportStats) => all.push(each));
  const found: Partial<TransportCounts> = all.find(({ type }) => type === 'transport') ?? {};
  const { packetsSent, bytesSent, packetsReceived, bytesReceived } = found;
  const areThere = packetsSent !== undefined && packetsReceived !== undefined;
  if (!areThere || bytesSent === undefined || bytesReceived === undefined) return null;
  return { packetsSent, bytesSent, packetsReceived, bytesReceived };
}
