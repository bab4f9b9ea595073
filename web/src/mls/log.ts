// Our own log of the meeting's commits (docs/protocol/encryption.md 10): every commit is appended as it
// was delivered, and compared with what the server signed and with what the others tell.

import { fromBase64url } from '../wire/base64';
import { areEqual, type Bytes } from '../wire/bytes';
import { openCheckpoint, originOf } from '../verify/checkpoint';
import { append, EMPTY, frontierOf, leafHash, rootOf, type Frontier } from '../verify/merkle';
import type { VerifierKey } from '../verify/note';
import { hex } from './adapter';

/** Heads that others may still tell of: they are behind us by the messages that are on their way. */
const ROOTS_MAX = 64;
/** Heads of a future that has not reached us; more are nobody's honest ones. */
const AHEAD_MAX = 64;

export interface LogHead {
  readonly size: number;
  readonly checkpoint: string;
}

export class CommitLog {
  #frontier: Frontier;
  #key: VerifierKey;
  #origin: string;
  readonly #entries = new Set<string>();
  readonly #roots = new Map<number, Bytes>();
  /** by size, what each leaf told of it */
  readonly #ahead = new Map<number, Map<number, Bytes>>();
  readonly #dissenters = new Set<number>();

  private constructor(frontier: Frontier, key: VerifierKey, origin: string) {
    this.#frontier = frontier;
    this.#key = key;
    this.#origin = origin;
  }

  /** The log's origin has the name of its key: the host that people see first. */
  static begin(key: VerifierKey, groupId: Uint8Array): CommitLog {
    return new CommitLog(EMPTY, key, originOf(key.name, groupId));
  }

  /** As a Welcome comes with it; null: not the log that the committer signed for. */
  static async enter(
    begun: { readonly key: VerifierKey; readonly groupId: Uint8Array },
    told: { readonly size: number; readonly frontier: readonly string[] },
    signed: { readonly size: number; readonly root: Uint8Array },
  ): Promise<CommitLog | null> {
    const hashes = told.frontier.map((hash) => fromBase64url(hash, 32) ?? new Uint8Array());
    const frontier = frontierOf(told.size, hashes);
    if (!frontier || told.size !== signed.size) return null;
    if (!areEqual(await rootOf(frontier), signed.root)) return null;
    return new CommitLog(frontier, begun.key, originOf(begun.key.name, begun.groupId));
  }

  get size(): number {
    return this.#frontier.size;
  }

  /** Roots of the complete subtrees, the largest first. */
  get frontier(): readonly Bytes[] {
    return this.#frontier.hashes;
  }

  root(): Promise<Bytes> {
    return rootOf(this.#frontier);
  }

  /** Whether these bytes are an entry already. */
  async holds(entry: Uint8Array): Promise<boolean> {
    return this.#entries.has(hex(await leafHash(entry)));
  }

  /** One more entry. False: the server signed another history. */
  async append(entry: Uint8Array, { size, checkpoint }: LogHead): Promise<boolean> {
    this.#frontier = await append(this.#frontier, entry);
    this.#entries.add(hex(await leafHash(entry)));
    for (const oldest of this.#entries)
      if (this.#entries.size > ROOTS_MAX) this.#entries.delete(oldest);
    const root = await rootOf(this.#frontier);
    this.#roots.set(this.size, root);
    this.#roots.delete(this.size - ROOTS_MAX);
    for (const [leaf, told] of this.#ahead.get(this.size) ?? []) {
      if (!areEqual(told, root)) this.#dissenters.add(leaf);
    }
    this.#ahead.delete(this.size);
    const signed = await openCheckpoint(checkpoint, this.#key, this.#origin);
    return (
      signed !== undefined &&
      size === this.size &&
      signed.size === this.size &&
      areEqual(signed.root, root)
    );
  }

  /** The meeting is at another node: the entries go on, its key signs. False: the head is not ours. */
  async move(key: VerifierKey, groupId: Uint8Array, head: LogHead): Promise<boolean> {
    const origin = originOf(key.name, groupId);
    const signed = await openCheckpoint(head.checkpoint, key, origin);
    const isOurs =
      signed !== undefined &&
      head.size === this.size &&
      signed.size === this.size &&
      areEqual(signed.root, await this.root());
    if (!isOurs) return false;
    this.#key = key;
    this.#origin = origin;
    return true;
  }

  /**
   * Whether others have another history. One alone may say so falsely, and must not stop everybody;
   * a server that gives others another log gives it to more than one, or there are only two.
   */
  isDisputed(members: number): boolean {
    return this.#dissenters.size >= Math.min(2, members - 1) && this.#dissenters.size > 0;
  }

  /** The head that the member with this leaf tells. */
  compare(leaf: number, size: number, root: Bytes): void {
    const own = this.#roots.get(size);
    if (own && !areEqual(own, root)) this.#dissenters.add(leaf);
    if (size <= this.size) return; // known, or older than what we keep
    const told = this.#ahead.get(size) ?? new Map<number, Bytes>();
    told.set(leaf, root);
    if (this.#ahead.size < AHEAD_MAX) this.#ahead.set(size, told);
  }

  /** Somebody else has this leaf, or nobody. */
  forget(leaf: number): void {
    this.#dissenters.delete(leaf);
    for (const told of this.#ahead.values()) told.delete(leaf);
  }
}
