// What the page and the worker tell each other of route receipts: plain data that survives structured
// cloning.

import type { ReceiptReason } from './receipt_reason';

/** What the transport of a connection has counted since it was made. */
export interface TransportCounts {
  readonly packetsSent: number;
  readonly bytesSent: number;
  readonly packetsReceived: number;
  readonly bytesReceived: number;
}

export interface ReceiptsView {
  /** null: the node has not said yet whether it writes any */
  readonly isWriting: boolean | null;
  readonly count: number;
  /** of all intervals together */
  readonly seconds: number;
  /** the first receipt that is wrong, and why; null: all are right and follow each other */
  readonly fault: { readonly number: number; readonly reason: ReceiptReason } | null;
}
