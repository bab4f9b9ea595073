// Asks nodes for route receipts (docs/protocol/receipts.md), has each one checked, and shows the page what
// came of them. The ids are those of our first leaf in the meeting, so that all receipts are one chain.

import { base64url, fromBase64url } from '../wire/base64';
import { asBytes, type Bytes } from '../wire/bytes';
import type { ClientMessage } from '../wire/message';
import type { NodePapers } from '../wire/node_papers';
import type { ReceiptAsk, ReceiptTold, TransportCounts } from '../wire/receipts_view';
import type { ReceiptTerms } from '../mls/outlets';
import { ReceiptBook } from '../verify/receipt_book';

export interface KeeperOutlets {
  /** ms since 1970 */
  readonly now: () => number;
  readonly say: (message: ClientMessage) => void;
  readonly tell: (told: ReceiptTold) => void;
  /** Of another node to which packets went or from which they came, proven; null: nothing can be shown of it. */
  readonly relayPapers: (node: string) => Promise<NodePapers | null>;
}

export class ReceiptKeeper {
  readonly #outlets: KeeperOutlets;
  #book: ReceiptBook | null = null;
  #heardAt = 0;
  /** since when there has been no line or no transport, in seconds since 1970; null: nothing was lost with it */
  #lostAt: number | null = null;
  /** that came before we were in the group */
  #early: readonly (readonly [NodePapers, number])[] = [];
  /** one thing after the other, in the order in which it came */
  #turn: Promise<void> = Promise.resolve();

  constructor(outlets: KeeperOutlets) {
    this.#outlets = outlets;
  }

  /** We are in the group: a transport that is joined from now on has receipts. */
  begin(terms: ReceiptTerms): void {
    // What the first transport needs is said at once: nothing of it waits.
    if (!this.#book) this.#say(terms.meeting, terms.member);
    this.#next(async () => {
      if (this.#book) return this.again();
      const { policy, policyBytes, meeting, member } = terms;
      const ids = { meeting, member };
      this.#book = await ReceiptBook.open(policy, policyBytes, ids, this.#seconds());
      for (const [papers, at] of this.#early) await this.#book.accept(papers, at);
      this.#early = [];
    });
  }

  /** The line to the node came or went. */
  line(isUp: boolean): void {
    if (!isUp) this.#lostAt ??= this.#seconds();
  }

  /** The node still has our transport: no receipt is missing. */
  resume(isInWorker: boolean): void {
    if (isInWorker) this.#lostAt = null;
    this.again();
  }

  /** Another connection, perhaps to another node: it goes on from our newest receipt. */
  again(): void {
    const { ids, newest } = this.#book ?? {};
    if (ids) this.#say(ids.meeting, ids.member, newest);
  }

  /** Papers of a node that was proven. */
  accept(papers: NodePapers): void {
    const at = this.#seconds();
    this.#next(async () => {
      if (this.#book) await this.#book.accept(papers, at);
      else this.#early = [...this.#early, [papers, at]];
    });
  }

  /** A transport is composed of the certificate of this node. */
  carriedBy(node: string): void {
    const at = this.#seconds();
    this.#next(() => {
      this.#book?.carriedBy(node, at);
      return Promise.resolve();
    });
  }

  /** Our transport is gone, and another one is asked for: a node that still had it signs for it before that. */
  mediaLost(): void {
    this.#lostAt ??= this.#seconds();
  }

  ask(ask: ReceiptAsk): void {
    if (ask.type !== 'write-evidence') this.#heardAt = this.#outlets.now();
    const at = this.#seconds();
    const lostAt = this.#lostAt;
    if (ask.type === 'receipts-written') this.#lostAt = null;
    this.#next(async () => {
      switch (ask.type) {
        case 'receipts-written':
          this.#book?.tell(ask.isWriting, at, lostAt);
          return this.#show();
        case 'receipt-came':
          await this.#take(asBytes(fromBase64url(ask.receipt) ?? new Uint8Array()), ask.counts, at);
          return this.#show();
        case 'write-evidence': {
          const file = (await this.#book?.evidence(this.#seconds())) ?? null;
          return this.#outlets.tell({ type: 'evidence', file });
        }
      }
    });
  }

  /** Packets that were carried on: by whom, is found out before the receipt is judged. */
  async #take(note: Bytes, counts: TransportCounts | null, at: number): Promise<void> {
    const book = this.#book;
    if (!book) return;
    for (const node of await book.unknownRelays(note)) {
      const papers = await this.#outlets.relayPapers(node).catch(() => null);
      if (papers) await book.accept(papers, at);
    }
    await book.take(note, counts, at);
  }

  #show(): void {
    if (!this.#book) return;
    const receipts = { ...this.#book.view, heardAt: this.#heardAt };
    this.#outlets.tell({ type: 'receipts', receipts });
  }

  #say(
    meeting: Uint8Array,
    member: Uint8Array,
    newest?: { readonly seq: number; readonly sha256: Uint8Array },
  ): void {
    this.#outlets.say({
      type: 'receipt_ids',
      meeting: base64url(meeting),
      member: base64url(member),
      seq: newest?.seq ?? 0,
      ...(newest && { prev: base64url(newest.sha256) }),
    });
  }

  #next(task: () => Promise<void>): void {
    this.#turn = this.#turn.then(task, task);
  }

  #seconds(): number {
    return Math.floor(this.#outlets.now() / 1000);
  }
}
