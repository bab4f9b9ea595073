// Route receipts (docs/protocol/receipts.md): what a node put its name to about our packets. It proves
// that the node said so, and to whom it can be shown.

import { fromBase64 } from '../wire/base64';
import { areEqual, type Bytes } from '../wire/bytes';
import { COUNTRIES } from '../wire/countries';
import type { ReceiptFormFault, ReceiptReason } from '../wire/receipt_reason';
import { fromUtf8, utf8 } from '../wire/utf8';
import { NodeText, readHash, readName, readNumber, readTime } from './node_text';
import { isSigned, readNote, signaturesOf, type VerifierKey } from './note';

const BYTES_MAX = 8192;
const INTERVAL_S_MAX = 60;
const ID_BYTES = 16;
const RELAYS_MAX = 8;
/** UDP payload that IPv4 carries at most. */
const DATAGRAM_MAX = 65_507;
const RTT_US_MAX = 60_000_000;
/** Of two transports: the second may be there before the first has ended. */
const OVERLAP_S_MAX = 2;
const KIND = 'in-camera/route-receipt/v1';
const ENDS = ['no', 'leave', 'lost', 'drain'] as const;

export type ReceiptEnd = (typeof ENDS)[number];

/** UDP payload. */
export interface Traffic {
  readonly packets: number;
  readonly bytes: number;
}

export interface Relay extends Traffic {
  readonly node: string;
}

export interface Receipt {
  readonly node: string;
  readonly certSerial: number;
  /** Leaf hash of the node's certificate. */
  readonly cert: Bytes;
  readonly meeting: Bytes;
  readonly member: Bytes;
  readonly policy: Bytes;
  /** In seconds since 1970. */
  readonly start: number;
  /** In seconds. */
  readonly length: number;
  readonly seq: number;
  /** Of the text of the one before; undefined in the first one. */
  readonly prev: Bytes | undefined;
  readonly country: string;
  readonly in: Traffic;
  readonly out: Traffic;
  readonly relayTo: readonly Relay[];
  readonly relayFrom: readonly Relay[];
  /** In microseconds; undefined when the node measured none. */
  readonly rttMin: number | undefined;
  /** Packets that were thrown away, not in `in`. */
  readonly drop: number;
  readonly end: ReceiptEnd;
  /** SHA-256 of the text. */
  readonly sha256: Bytes;
}

type Reader = NodeText<ReceiptFormFault>;

/** The form alone: nobody has signed it. */
export async function readReceipt(text: string): Promise<Receipt | ReceiptFormFault> {
  const bytes = utf8(text);
  if (bytes.length > BYTES_MAX) return 'too_large';
  const reader: Reader = new NodeText(text, KIND);
  const head = readHead(reader);
  const counts = readCounts(reader, head.node ?? '');
  if (reader.fault) return reader.fault;
  const sha256 = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  // Without a fault every line was read.
  return { ...(head as ReceiptHead), ...(counts as ReceiptCounts), sha256 };
}

/** The text of a note, whoever signed it: to find the certificate that says who had to. */
export async function peekReceipt(bytes: Uint8Array): Promise<Receipt | ReceiptFormFault> {
  if (bytes.length > BYTES_MAX) return 'too_large';
  const note = readNote(fromUtf8(bytes) ?? '');
  return note ? readReceipt(note.text) : 'not_a_note';
}

/**
 * A note that the key, the receipt-key of a certificate, has signed. What the receipt says of that
 * certificate is not compared.
 */
export async function openReceipt(
  bytes: Uint8Array,
  key: VerifierKey,
): Promise<Receipt | ReceiptReason> {
  const receipt = await peekReceipt(bytes);
  if (typeof receipt === 'string') return receipt;
  const note = readNote(fromUtf8(bytes) ?? '');
  const signatures = note ? signaturesOf(note, key) : [];
  for (const signature of signatures) {
    if (!(await isSigned(utf8(note?.text ?? ''), signature, key))) return 'signature';
  }
  return signatures.length > 0 ? receipt : 'signature';
}

/** Whether it is the next one of the same transport. */
export function isNextOf(before: Receipt, receipt: Receipt): boolean {
  return before.end === 'no' && areEqual(before.cert, receipt.cert);
}

/** How a receipt follows the one before in their chain; undefined: rightly. `isLost`: we lost the node after
 * that one, and another transport follows. */
export function checkFollows(
  before: Receipt | undefined,
  receipt: Receipt,
  isLost: boolean,
): ReceiptReason | undefined {
  if (!before) return receipt.seq === 1 ? undefined : 'seq';
  const isSameChain =
    areEqual(before.meeting, receipt.meeting) &&
    areEqual(before.member, receipt.member) &&
    areEqual(before.policy, receipt.policy);
  if (!isSameChain) return 'ids';
  if (receipt.seq !== before.seq + 1) return 'seq';
  if (!receipt.prev || !areEqual(before.sha256, receipt.prev)) return 'prev';
  const end = before.start + before.length;
  const isNext = !isLost && isNextOf(before, receipt);
  if (receipt.start + (isNext ? 0 : OVERLAP_S_MAX) < end) return 'overlap';
  return isNext && receipt.start > end ? 'gap' : undefined;
}

type ReceiptHead = Pick<
  Receipt,
  | 'node'
  | 'certSerial'
  | 'cert'
  | 'meeting'
  | 'member'
  | 'policy'
  | 'start'
  | 'length'
  | 'seq'
  | 'prev'
  | 'country'
>;
type ReceiptCounts = Omit<Receipt, keyof ReceiptHead | 'sha256'>;

function readHead(reader: Reader): Partial<ReceiptHead> {
  const [node, certSerial] = reader.line('node', 'node', readNode) ?? [];
  const cert = reader.line('cert', 'cert', readHash);
  const meeting = reader.line('meeting', 'meeting', readId);
  const member = reader.line('member', 'member', readId);
  const policy = reader.line('policy', 'policy', readHash);
  const [start, length] = reader.line('interval', 'interval', readInterval) ?? [];
  const seq = reader.line('seq', 'seq', (value) => readNumber(value)) ?? 0;
  const prev = reader.line('prev', 'prev', (value) => readPrev(value, seq)) || undefined;
  const country = reader.line('region', 'region', (value) =>
    COUNTRIES.includes(value) ? value : undefined,
  );
  const when = { start, length, seq, prev } as Partial<ReceiptHead>;
  return {
    node,
    certSerial,
    cert,
    meeting,
    member,
    policy,
    ...when,
    country,
  } as Partial<ReceiptHead>;
}

function readCounts(reader: Reader, node: string): Partial<ReceiptCounts> {
  const came = reader.line('in', 'in', readTraffic);
  const went = reader.line('out', 'out', readTraffic);
  const relayTo = readRelays(reader, 'relay-to', 'relay_to', node);
  const relayFrom = readRelays(reader, 'relay-from', 'relay_from', node);
  const rtt = reader.line('rtt-min-us', 'rtt_min_us', (value) =>
    value === '-' ? 0 : readNumber(value, 1, RTT_US_MAX),
  );
  const drop = reader.line('drop', 'drop', (value) => readNumber(value, 0));
  const end = reader.line('end', 'end', (value) => ENDS.find((word) => word === value));
  const relays = { relayTo, relayFrom, rttMin: rtt || undefined };
  return { in: came, out: went, ...relays, drop, end } as Partial<ReceiptCounts>;
}

function readNode(value: string): readonly [string, number] | undefined {
  const [name = '', serial = '', ...more] = value.split(' ');
  const [node, certSerial] = [readName(name), readNumber(serial)];
  if (node === undefined || certSerial === undefined || more.length > 0) return undefined;
  return [node, certSerial];
}

function readId(value: string): Bytes | undefined {
  const id = fromBase64(value);
  return id?.length === ID_BYTES ? id : undefined;
}

function readInterval(value: string): readonly [number, number] | undefined {
  const [time = '', seconds = '', ...more] = value.split(' ');
  const [start, length] = [readTime(time), readNumber(seconds, 1, INTERVAL_S_MAX)];
  return start === undefined || length === undefined || more.length > 0
    ? undefined
    : [start, length];
}

/** False in the first receipt: there is none before. */
function readPrev(value: string, seq: number): Bytes | false | undefined {
  if (seq === 1) return value === '-' ? false : undefined;
  return readHash(value);
}

function readTraffic(value: string): Traffic | undefined {
  const [first = '', second = '', ...more] = value.split(' ');
  const [packets, bytes] = [readNumber(first, 0), readNumber(second, 0)];
  if (packets === undefined || bytes === undefined || more.length > 0) return undefined;
  return bytes >= packets && bytes <= packets * DATAGRAM_MAX ? { packets, bytes } : undefined;
}

function readRelays(
  reader: Reader,
  keyword: string,
  fault: ReceiptFormFault,
  self: string,
): readonly Relay[] {
  const relays: Relay[] = [];
  while (reader.isNext(keyword)) {
    const relay = reader.line(keyword, fault, (value) => {
      const [name = '', ...counts] = value.split(' ');
      const [node, traffic] = [readName(name), readTraffic(counts.join(' '))];
      const isNext = node !== undefined && node !== self && (relays.at(-1)?.node ?? '') < node;
      return traffic && isNext && relays.length < RELAYS_MAX ? { node, ...traffic } : undefined;
    });
    if (relay) relays.push(relay);
  }
  return relays;
}
