// Merkle trees of RFC 6962: the log of a meeting's commits (docs/protocol/encryption.md 10). Sizes go
// up to 2^53 - 1, so no operator on bits is used on them.

import { areEqual, asBytes, concat, type Bytes } from '../wire/bytes';

export const HASH_BYTES = 32;

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** The roots of the complete subtrees of a log, the largest first: enough to append and to know the root. */
export interface Frontier {
  readonly size: number;
  readonly hashes: readonly Bytes[];
}

export const EMPTY: Frontier = { size: 0, hashes: [] };

/** RFC 6962 2.1: MTH({d(0)}) = SHA-256(0x00 || d(0)) */
export async function leafHash(entry: Uint8Array): Promise<Bytes> {
  return sha256(concat(LEAF, entry));
}

/** RFC 6962 2.1: SHA-256(0x01 || MTH(D[0:k]) || MTH(D[k:n])) */
export async function nodeHash(left: Uint8Array, right: Uint8Array): Promise<Bytes> {
  return sha256(concat(NODE, left, right));
}

/** What somebody else says of a log; undefined when it cannot be. */
export function frontierOf(size: number, hashes: readonly Bytes[]): Frontier | undefined {
  const isOne =
    Number.isSafeInteger(size) &&
    size >= 0 &&
    hashes.length === onesOf(size) &&
    hashes.every(({ length }) => length === HASH_BYTES);
  return isOne ? { size, hashes } : undefined;
}

/** The log with one more entry. */
export async function append({ size, hashes }: Frontier, entry: Uint8Array): Promise<Frontier> {
  const left = [...hashes];
  let hash = await leafHash(entry);
  // Every trailing one of the size is a complete subtree as large as what is being added.
  for (let rest = size; rest % 2 === 1; rest = half(rest)) {
    hash = await nodeHash(left.pop() ?? hash, hash);
  }
  return { size: size + 1, hashes: [...left, hash] };
}

export async function rootOf({ hashes }: Frontier): Promise<Bytes> {
  const [smallest, ...larger] = [...hashes].reverse();
  if (!smallest) return sha256(new Uint8Array()); // RFC 6962 2.1: the hash of an empty list
  let root = smallest;
  for (const hash of larger) root = await nodeHash(hash, root);
  return root;
}

/** RFC 9162 2.1.3.2: the leaf stands at that index of the log. */
export async function isIncluded(
  leaf: Uint8Array,
  index: number,
  { size, root }: Head,
  proof: readonly Uint8Array[],
): Promise<boolean> {
  if (index < 0 || index >= size || !areHashes([leaf, root, ...proof])) return false;
  let [at, last] = [index, size - 1];
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      hash = await nodeHash(sibling, hash);
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      hash = await nodeHash(hash, sibling);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && areEqual(hash, root);
}

export interface Head {
  readonly size: number;
  readonly root: Uint8Array;
}

/** RFC 9162 2.1.4.2: the later log begins with the whole earlier one. */
export async function isConsistent(
  earlier: Head,
  later: Head,
  proof: readonly Uint8Array[],
): Promise<boolean> {
  if (earlier.size < 1 || earlier.size > later.size) return false; // nothing follows from an empty log
  if (earlier.size === later.size) return proof.length === 0 && areEqual(earlier.root, later.root);
  if (!areHashes([earlier.root, later.root, ...proof])) return false;
  const path = isPowerOfTwo(earlier.size) ? [earlier.root, ...proof] : [...proof];
  const first = path.shift();
  if (!first || proof.length === 0) return false;
  let [at, last] = [earlier.size - 1, later.size - 1];
  while (at % 2 === 1) [at, last] = [half(at), half(last)];
  let [hashOfEarlier, hashOfLater] = [first, first];
  for (const sibling of path) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      hashOfEarlier = await nodeHash(sibling, hashOfEarlier);
      hashOfLater = await nodeHash(sibling, hashOfLater);
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      hashOfLater = await nodeHash(hashOfLater, sibling);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && areEqual(hashOfEarlier, earlier.root) && areEqual(hashOfLater, later.root);
}

async function sha256(bytes: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', asBytes(bytes)));
}

function half(number: number): number {
  return Math.floor(number / 2);
}

function onesOf(size: number): number {
  let ones = 0;
  for (let rest = size; rest > 0; rest = half(rest)) ones += rest % 2;
  return ones;
}

function isPowerOfTwo(size: number): boolean {
  return onesOf(size) === 1;
}

function areHashes(values: readonly Uint8Array[]): boolean {
  return values.every(({ length }) => length === HASH_BYTES);
}
