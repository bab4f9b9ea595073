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

/** A node to which the one that carried us sent copies, and the country of its certificate. */
export interface CopiesView {
  readonly node: string;
  readonly country: string;
}

export interface ReceiptsView {
  /** null: the node has not said yet whether it writes any */
  readonly isWriting: boolean | null;
  readonly count: number;
  /** of all intervals together */
  readonly seconds: number;
  /** when the node last said something of receipts, in ms since 1970 */
  readonly heardAt: number;
  /** the other nodes to which copies of our packets went, by receipts that are right; in the order of the first */
  readonly copies: readonly CopiesView[];
  /** the first receipt that is wrong, and why; null: all are right and follow each other */
  readonly fault: { readonly number: number; readonly reason: ReceiptReason } | null;
}

export type ReceiptAsk =
  /** whether the node writes receipts of the transport that was just made */
  | { readonly type: 'receipts-written'; readonly isWriting: boolean }
  /** one came, in base64url; what the transport had counted then, null: the browser does not tell */
  | {
      readonly type: 'receipt-came';
      readonly receipt: string;
      readonly counts: TransportCounts | null;
    }
  /** answered by 'evidence' */
  | { readonly type: 'write-evidence' };

export type ReceiptTold =
  | { readonly type: 'receipts'; readonly receipts: ReceiptsView }
  /** one ustar file; null: there is nothing to show */
  | { readonly type: 'evidence'; readonly file: Uint8Array | null };
