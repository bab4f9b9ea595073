// Why a route receipt is refused: the words of docs/protocol/receipts.md 4, the same as the server's and
// the auditor's.

/** What is wrong in the form of a receipt. */
export type ReceiptFormFault =
  | 'too_large'
  | 'not_a_note'
  | 'kind'
  | 'line'
  | 'node'
  | 'cert'
  | 'meeting'
  | 'member'
  | 'policy'
  | 'interval'
  | 'seq'
  | 'prev'
  | 'region'
  | 'in'
  | 'out'
  | 'relay_to'
  | 'relay_from'
  | 'rtt_min_us'
  | 'drop'
  | 'end';

export type ReceiptReason =
  | ReceiptFormFault
  | 'signature'
  | 'foreign_node'
  | 'not_valid'
  | 'region_not_allowed'
  | 'ids'
  | 'gap'
  | 'overlap'
  | 'hops'
  | 'hidden_relay'
  | 'relay_counts'
  | 'counters';
