// Proofs (RFC 6962 2.1.1, 2.1.2) made out of the hashes of complete subtrees, wherever they are kept.
// Sizes go up to 2^53 - 1, so no operator on bits is used on them.

import type { Bytes } from '../wire/bytes';
import { EMPTY, nodeHash, rootOf } from './merkle';

/** The root of the complete subtree of the 2^level leaves from index * 2^level on, when it is there. */
export type ReadHash = (level: number, index: number) => Promise<Bytes | undefined>;

/** Leaves from .. to - 1; from is a multiple of a power of two that is not less than their number. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** The root of the log as it was when it had so many entries. */
export async function rootAt(size: number, read: ReadHash): Promise<Bytes | undefined> {
  if (size === 0) return rootOf(EMPTY);
  return isSize(size) ? hashOf({ from: 0, to: size }, read) : undefined;
}

/** That the leaf stands at index of the log of so many entries: PATH of RFC 6962 2.1.1. */
export async function proveInclusion(
  index: number,
  size: number,
  read: ReadHash,
): Promise<readonly Bytes[] | undefined> {
  if (!isSize(size) || !Number.isSafeInteger(index) || index < 0 || index >= size) return undefined;
  const ranges: Range[] = [];
  let at: Range = { from: 0, to: size };
  while (at.to - at.from > 1) {
    const [left, right] = split(at);
    const isLeft = index < left.to;
    ranges.push(isLeft ? right : left);
    at = isLeft ? left : right;
  }
  return hashesOf(ranges, read);
}

/** That the later log begins with the earlier one: SUBPROOF of RFC 6962 2.1.2. */
export async function proveConsistency(
  earlier: number,
  later: number,
  read: ReadHash,
): Promise<readonly Bytes[] | undefined> {
  if (!isSize(earlier) || !isSize(later) || earlier > later) return undefined;
  const ranges: Range[] = [];
  let at: Range = { from: 0, to: later };
  while (at.to !== earlier) {
    const [left, right] = split(at);
    const isLeft = earlier <= left.to;
    ranges.push(isLeft ? right : left);
    at = isLeft ? left : right;
  }
  // Who has the earlier root cannot make this hash of it, unless it is that root.
  if (at.from !== 0) ranges.push(at);
  return hashesOf(ranges, read);
}

/** Gathered from the root down; a proof goes from the leaf up. */
async function hashesOf(
  ranges: readonly Range[],
  read: ReadHash,
): Promise<readonly Bytes[] | undefined> {
  const hashes: Bytes[] = [];
  for (const range of [...ranges].reverse()) {
    const hash = await hashOf(range, read);
    if (!hash) return undefined;
    hashes.push(hash);
  }
  return hashes;
}

async function hashOf({ from, to }: Range, read: ReadHash): Promise<Bytes | undefined> {
  const subtrees: Bytes[] = [];
  for (let at = from; at < to;) {
    const level = levelIn(to - at);
    const subtree = await read(level, at / 2 ** level);
    if (!subtree) return undefined;
    subtrees.push(subtree);
    at += 2 ** level;
  }
  let hash = subtrees.pop();
  for (const larger of subtrees.reverse()) hash = hash && (await nodeHash(larger, hash));
  return hash;
}

/** RFC 6962 2.1: "let k be the largest power of two smaller than n" */
function split({ from, to }: Range): readonly [Range, Range] {
  const middle = from + 2 ** levelIn(to - from - 1);
  return [
    { from, to: middle },
    { from: middle, to },
  ];
}

/** Of the largest complete tree that has at most so many leaves. */
function levelIn(leaves: number): number {
  let level = 0;
  while (2 ** (level + 1) <= leaves) level++;
  return level;
}

function isSize(size: number): boolean {
  return Number.isSafeInteger(size) && size > 0;
}
