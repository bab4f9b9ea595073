// The receipts of one meeting: each one is checked as it comes (docs/protocol/receipts.md 4), kept with the
// papers of the node that signed it, and all of it is written out as evidence (5). What is wrong is kept
// too: it proves what the node said.

import { base64 } from '../wire/base64';
import { areEqual, type Bytes } from '../wire/bytes';
import type { NodePapers } from '../wire/node_papers';
import type { Policy } from '../wire/policy';
import type { ReceiptReason } from '../wire/receipt_reason';
import type { CopiesView, ReceiptsView, TransportCounts } from '../wire/receipts_view';
import { fromUtf8, utf8 } from '../wire/utf8';
import { leafHash } from './merkle';
import { readNodeCert, type NodeCert } from './node_cert';
import { readNote } from './note';
import { listsFrom } from './operator_keys';
import {
  checkFollows,
  isNextOf,
  openReceipt,
  peekReceipt,
  type Receipt,
  type Traffic,
} from './receipt';
import { archive, type ArchiveFile } from './ustar';

const RECEIPTS_MAX = 4000;
const PAPERS_MAX = 64;
/** The last receipt of a transport may be on its way when another node carries us already. */
const BEFORE_S = 10;
/** LIMIT: lines of losses in the evidence. */
const LOSSES_MAX = 1000;
/** Packets, and what comes in so many seconds: the two sides do not look at the same moment. */
const TOLERANCE = 16;
const TOLERANCE_S = 2;

/** What the book knows; when it heard of it, its keeper knows. */
export type BookView = Omit<ReceiptsView, 'heardAt'>;

export interface ReceiptIds {
  readonly meeting: Bytes;
  readonly member: Bytes;
}

interface Certificate {
  readonly note: Uint8Array;
  readonly proof: Uint8Array;
  readonly leaf: Bytes;
  readonly cert: NodeCert;
}

interface Logged {
  readonly note: Uint8Array;
  readonly proof: Uint8Array;
}

/** Of the receipts of one transport that follow each other, in packets. */
interface Run {
  readonly sent: number;
  readonly came: number;
  readonly received: number;
  readonly went: number;
}

const NO_RUN: Run = { sent: 0, came: 0, received: 0, went: 0 };
const NO_COUNTS: TransportCounts = {
  packetsSent: 0,
  bytesSent: 0,
  packetsReceived: 0,
  bytesReceived: 0,
};

export class ReceiptBook {
  readonly #policy: Policy;
  readonly #policyBytes: Uint8Array;
  readonly #policyHash: Bytes;
  readonly #ids: ReceiptIds;
  /** in seconds since 1970 */
  readonly #since: number;
  readonly #certs: Certificate[] = [];
  readonly #sets: Logged[] = [];
  readonly #seen: string[] = [];
  readonly #notes: Uint8Array[] = [];
  readonly #own: string[] = [];
  readonly #lost: string[] = [];
  #papers: NodePapers | null = null;
  #last: Receipt | undefined;
  #counted: TransportCounts = NO_COUNTS;
  #run: Run | null = NO_RUN;
  /** a transport stands, whose last receipt has not come */
  #isOpen = false;
  /** the newest receipt came or the transport was made, in seconds since 1970 */
  #cameAt = 0;
  /** of whose certificate our transport is composed; undefined: there is none */
  #carrier: string | undefined;
  /** ... the one before was, and until when it may say its last, in seconds since 1970 */
  #before: { readonly node: string; readonly until: number } | undefined;
  /** we lost the node since the newest receipt */
  #isLost = false;
  #view: BookView = { isWriting: null, count: 0, seconds: 0, copies: [], fault: null };

  private constructor(
    policy: Policy,
    policyBytes: Uint8Array,
    policyHash: Bytes,
    ids: ReceiptIds,
    since: number,
  ) {
    this.#policy = policy;
    this.#policyBytes = policyBytes;
    this.#policyHash = policyHash;
    this.#ids = ids;
    this.#since = since;
  }

  /** now: in seconds since 1970 */
  static async open(
    policy: Policy,
    policyBytes: Bytes,
    ids: ReceiptIds,
    now: number,
  ): Promise<ReceiptBook> {
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', policyBytes));
    return new ReceiptBook(policy, policyBytes, hash, ids, now);
  }

  get view(): BookView {
    return this.#view;
  }

  get ids(): ReceiptIds {
    return this.#ids;
  }

  /** The newest receipt, for a node that goes on from it; undefined: none has come. */
  get newest(): { readonly seq: number; readonly sha256: Bytes } | undefined {
    return this.#last;
  }

  /** A transport is composed of the certificate of this node: nobody else signs for it. */
  carriedBy(node: string, now: number): void {
    if (this.#carrier !== undefined && this.#carrier !== node) {
      this.#before = { node: this.#carrier, until: now + BEFORE_S };
    }
    this.#carrier = node;
  }

  /** Whether the node writes receipts of the transport that was just made; since when the line was gone
   * before it, null: it was not. Times in seconds since 1970. */
  tell(isWriting: boolean, now: number, lostAt: number | null): void {
    if (this.#isOpen && lostAt !== null) this.#noteLoss(Math.max(lostAt, this.#cameAt), now);
    this.#isOpen = isWriting;
    this.#counted = NO_COUNTS;
    this.#cameAt = now;
    this.#view = { ...this.#view, isWriting };
  }

  /** The node before was gone without the last receipt: what was then is ours alone to tell. */
  #noteLoss(lostAt: number, now: number): void {
    this.#isLost = true;
    if (this.#lost.length === LOSSES_MAX) return;
    const times = [this.#cameAt, lostAt, now].map(timeText);
    this.#lost.push(`${this.#last?.seq ?? 0} ${times.join(' ')}\n`);
  }

  /** Papers that were proven, at a time in seconds since 1970. */
  async accept(papers: NodePapers, now: number): Promise<void> {
    this.#papers = papers;
    const text = readNote(fromUtf8(papers.nodeCert) ?? '')?.text;
    const cert = text === undefined ? 'line' : await readNodeCert(text);
    if (typeof cert === 'string') return; // never of papers that were proven
    const leaf = await leafHash(papers.nodeCert);
    const { nodeCert, nodeCertProof, nodeSet, nodeSetProof } = papers;
    const certAt = place(this.#certs, { note: nodeCert, proof: nodeCertProof, leaf, cert });
    const setAt = place(this.#sets, { note: nodeSet, proof: nodeSetProof });
    const pair = ` ${certAt} ${setAt}\n`;
    const isKnown = this.#seen.some((line) => line.endsWith(pair));
    if (certAt > 0 && setAt > 0 && !isKnown) this.#seen.push(timeText(now) + pair);
  }

  /** The nodes that a receipt names as ends of a relay, and of which no certificate is here yet. */
  async unknownRelays(note: Uint8Array): Promise<readonly string[]> {
    const receipt = await peekReceipt(note);
    if (typeof receipt === 'string' || this.#policy.maxHops <= 1) return [];
    const named = [...receipt.relayTo, ...receipt.relayFrom].map(({ node }) => node);
    return [...new Set(named)].filter((node) => !this.#isShown(node));
  }

  /** The counts are those of the transport as the receipt came; null: the browser does not tell them. */
  async take(note: Uint8Array, counts: TransportCounts | null, now: number): Promise<void> {
    if (this.#notes.length === RECEIPTS_MAX) return; // the gap shows in the evidence
    this.#notes.push(note.slice());
    this.#cameAt = now;
    const peeked = await peekReceipt(note);
    const before = this.#last;
    const reason = typeof peeked === 'string' ? peeked : await this.#judge(note, peeked, now);
    const count = this.#notes.length;
    if (typeof peeked === 'string') this.#run = null;
    else {
      this.#view = { ...this.#view, seconds: this.#view.seconds + peeked.length };
      this.#last = peeked;
      this.#isOpen = this.#isOpen && peeked.end === 'no';
    }
    const counted = typeof peeked === 'string' ? undefined : this.#count(before, peeked, counts);
    const first = reason ?? counted;
    this.#isLost = false;
    const fault = this.#view.fault ?? (first ? { number: count, reason: first } : null);
    const isRight = typeof peeked !== 'string' && first === undefined;
    const copies = isRight ? this.#copiesWith(peeked) : this.#view.copies;
    this.#view = { ...this.#view, count, copies, fault };
  }

  /** All of it as one file; now: in seconds since 1970. */
  async evidence(now: number): Promise<Bytes> {
    const lists = await listsFrom(this.#papers?.operatorKeys ?? [], this.#policy.operatorKeysHash);
    const { meeting, member } = this.#ids;
    const span = `${timeText(this.#since)} ${timeText(now)} ${base64(meeting)} ${base64(member)}\n`;
    const files: ArchiveFile[] = [
      { name: 'policy', bytes: this.#policyBytes },
      ...numbered('operator-keys', lists),
      ...(this.#papers ? [{ name: 'log-policy', bytes: this.#papers.logPolicy }] : []),
      ...logged('node-set', this.#sets),
      ...logged('node-cert', this.#certs),
      { name: 'seen', bytes: utf8(this.#seen.join('')) },
      ...numbered('receipt', this.#notes),
      { name: 'own', bytes: utf8(this.#own.join('')) },
      ...(this.#lost.length > 0 ? [{ name: 'lost', bytes: utf8(this.#lost.join('')) }] : []),
      { name: 'span', bytes: utf8(span) },
    ];
    return archive(files);
  }

  /** Checks 2 to 9. */
  async #judge(
    note: Uint8Array,
    receipt: Receipt,
    now: number,
  ): Promise<ReceiptReason | undefined> {
    const known = this.#certs.find(({ leaf }) => areEqual(leaf, receipt.cert));
    if (!known) return 'foreign_node';
    const opened = await openReceipt(note, known.cert.receiptKey);
    if (typeof opened === 'string') return opened;
    const { node, serial, country, notBefore, notAfter } = known.cert;
    const isOfCert =
      receipt.node === node && receipt.certSerial === serial && receipt.country === country;
    if (!isOfCert || !this.#mayCarry(node, now)) return 'foreign_node';
    if (receipt.start < notBefore || receipt.start + receipt.length > notAfter) return 'not_valid';
    if (!this.#policy.countries.includes(country)) return 'region_not_allowed';
    const isOurs =
      areEqual(receipt.meeting, this.#ids.meeting) &&
      areEqual(receipt.member, this.#ids.member) &&
      areEqual(receipt.policy, this.#policyHash);
    if (!isOurs) return 'ids';
    return checkFollows(this.#last, receipt, this.#isLost) ?? this.#judgeRelays(receipt);
  }

  /** Both ends of a relay are proven: that one of them signs does not say that it carried us. */
  #mayCarry(node: string, now: number): boolean {
    if (node === this.#carrier) return true;
    return node === this.#before?.node && now <= this.#before.until;
  }

  /** Check 9. */
  #judgeRelays({ relayTo, relayFrom, in: came }: Receipt): ReceiptReason | undefined {
    const relays = [...relayTo, ...relayFrom];
    if (relays.length > 0 && this.#policy.maxHops <= 1) return 'hops';
    if (!relays.every(({ node }) => this.#isShown(node))) return 'hidden_relay';
    return relayTo.every(({ packets }) => packets <= came.packets) ? undefined : 'relay_counts';
  }

  #copiesWith({ relayTo }: Receipt): readonly CopiesView[] {
    const { copies } = this.#view;
    const more = relayTo.flatMap(({ node, packets }) => {
      const isNew = packets > 0 && !copies.some((copy) => copy.node === node);
      const cert = this.#certs.find((each) => each.cert.node === node)?.cert;
      return isNew && cert ? [{ node, country: cert.country }] : [];
    });
    return more.length === 0 ? copies : [...copies, ...more];
  }

  #isShown(node: string): boolean {
    return this.#certs.some(({ cert }) => cert.node === node);
  }

  /** Check 10: the sums of a run. After a gap another one begins, without its first receipt. */
  #count(
    before: Receipt | undefined,
    receipt: Receipt,
    counts: TransportCounts | null,
  ): ReceiptReason | undefined {
    if (!counts) {
      this.#run = null;
      return undefined;
    }
    const own = since(counts, this.#counted);
    this.#counted = receipt.end === 'no' ? counts : NO_COUNTS;
    const { packetsSent, bytesSent, packetsReceived, bytesReceived } = own;
    this.#own.push(
      `${receipt.seq} ${packetsSent} ${bytesSent} ${packetsReceived} ${bytesReceived}\n`,
    );
    const isNext = before !== undefined && !this.#isLost && isNextOf(before, receipt);
    const isWhole = checkFollows(before, receipt, this.#isLost) === undefined;
    const run = isNext && this.#run ? this.#run : NO_RUN;
    this.#run = isWhole ? added(run, own, receipt.in, receipt.out) : null;
    return this.#run && !isWithin(this.#run, own, receipt) ? 'counters' : undefined;
  }
}

function added(run: Run, own: TransportCounts, came: Traffic, went: Traffic): Run {
  return {
    sent: run.sent + own.packetsSent,
    came: run.came + came.packets,
    received: run.received + own.packetsReceived,
    went: run.went + went.packets,
  };
}

function isWithin(run: Run, own: TransportCounts, receipt: Receipt): boolean {
  const slack = (one: number, other: number): number =>
    TOLERANCE + Math.floor(Math.max(one, other) / receipt.length) * TOLERANCE_S;
  return (
    run.came <= run.sent + slack(own.packetsSent, receipt.in.packets) &&
    run.received <= run.went + slack(own.packetsReceived, receipt.out.packets)
  );
}

/** A transport that was made anew counts from nothing. */
function since(counts: TransportCounts, before: TransportCounts): TransportCounts {
  const isNew =
    counts.packetsSent < before.packetsSent || counts.packetsReceived < before.packetsReceived;
  const from = isNew ? NO_COUNTS : before;
  return {
    packetsSent: counts.packetsSent - from.packetsSent,
    bytesSent: Math.max(0, counts.bytesSent - from.bytesSent),
    packetsReceived: counts.packetsReceived - from.packetsReceived,
    bytesReceived: Math.max(0, counts.bytesReceived - from.bytesReceived),
  };
}

/** Its number from 1, kept once; 0: there are too many. */
function place<T extends Logged>(list: T[], paper: T): number {
  const at = list.findIndex(({ note }) => areEqual(note, paper.note));
  if (at >= 0) return at + 1;
  return list.length < PAPERS_MAX ? list.push(paper) : 0;
}

function numbered(name: string, list: readonly Uint8Array[]): readonly ArchiveFile[] {
  return list.map((bytes, at) => ({ name: `${name}/${at + 1}`, bytes }));
}

function logged(name: string, list: readonly Logged[]): readonly ArchiveFile[] {
  return list.flatMap(({ note, proof }, at) => [
    { name: `${name}/${at + 1}`, bytes: note },
    { name: `${name}/${at + 1}.tlog-proof`, bytes: proof },
  ]);
}

function timeText(seconds: number): string {
  return new Date(Math.floor(seconds) * 1000).toISOString().replace('.000Z', 'Z');
}
