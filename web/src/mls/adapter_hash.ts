// Hashes of a ratchet tree (RFC 9420 7.8 and 7.9), each subtree hashed once. ts-mls checks the same parent
// hashes (verifyParentHashes), but hashes about half of the tree anew for every leaf: two seconds of a
// newcomer's time in a meeting of 200.

import { encode } from 'ts-mls/codec/tlsEncoder.js';
import type { Hash } from 'ts-mls/crypto/hash.js';
import { parentHashInputEncoder } from 'ts-mls/parentHash.js';
import type { RatchetTree } from 'ts-mls/ratchetTree.js';
import { leafNodeHashInputEncoder, parentNodeHashInputEncoder } from 'ts-mls/treeHash.js';
import { left, leafWidth, parent, right, root, toNodeIndex } from 'ts-mls/treemath.js';
import { areEqual } from '../wire/bytes';

type Parent = Extract<NonNullable<RatchetTree[number]>, { nodeType: 'parent' }>['parent'];

const NOBODY: ReadonlySet<number> = new Set();

export class TreeHashes {
  readonly #tree: RatchetTree;
  readonly #hash: Hash;
  readonly #known = new Map<number, Promise<Uint8Array>>();

  constructor(tree: RatchetTree, hash: Hash) {
    this.#tree = tree;
    this.#hash = hash;
  }

  root(): Promise<Uint8Array> {
    return this.#of(root(leafWidth(this.#tree.length)));
  }

  /**
   * RFC 9420 7.9.2: every parent that is not blank was made together with exactly one of its children, and
   * that one with one of its own, down to the leaf of a commit.
   */
  async areParentsSound(): Promise<boolean> {
    const made = new Set<number>();
    for (let leaf = 0; leaf < this.#tree.length; leaf += 2) {
      let child = leaf;
      for (;;) {
        const above = this.#parentThatMade(child);
        if (above === null) break;
        const { index, node, told } = above;
        if (!areEqual(told, await this.#parentHash(node, index, child))) break;
        if (made.has(index)) return false;
        made.add(index);
        child = index;
      }
    }
    return this.#tree.every((node, index) => node?.nodeType !== 'parent' || made.has(index));
  }

  /** The nearest ancestor that is not blank, if the node tells a parent hash at all. */
  #parentThatMade(child: number): { index: number; node: Parent; told: Uint8Array } | null {
    const told = parentHashOf(this.#tree[child]);
    if (told === null) return null;
    const leaves = leafWidth(this.#tree.length);
    for (let index = child; index !== Number(root(leaves));) {
      index = parent(toNodeIndex(index), leaves);
      const node = this.#tree[index];
      if (node?.nodeType === 'parent') return { index, node: node.parent, told };
    }
    return null;
  }

  /** 7.9: what the child holds of its parent; of the sibling, as it was before the unmerged leaves came. */
  async #parentHash(node: Parent, index: number, child: number): Promise<Uint8Array> {
    const at = toNodeIndex(index);
    const sibling = child < index ? right(at) : left(at);
    const input = {
      encryptionKey: node.hpkePublicKey,
      parentHash: node.parentHash,
      originalSiblingTreeHash: await this.#without(sibling, new Set(node.unmergedLeaves)),
    };
    return this.#hash.digest(encode(parentHashInputEncoder)(input));
  }

  #of(index: number): Promise<Uint8Array> {
    const known = this.#known.get(index) ?? this.#digest(index, NOBODY);
    this.#known.set(index, known);
    return known;
  }

  #without(index: number, removed: ReadonlySet<number>): Promise<Uint8Array> {
    // Who is unmerged at a node is a leaf below it (isSoundStructure): without one of these, nothing differs.
    const { first, last } = leavesBelow(index);
    const isSame = [...removed].every((leaf) => leaf < first || leaf > last);
    return isSame ? this.#of(index) : this.#digest(index, removed);
  }

  async #digest(index: number, removed: ReadonlySet<number>): Promise<Uint8Array> {
    const node = this.#tree[index];
    if (index % 2 === 0) {
      const leafIndex = index / 2;
      const leafNode = node?.nodeType === 'leaf' && !removed.has(leafIndex) ? node.leaf : undefined;
      const input = { nodeType: 'leaf' as const, leafIndex, leafNode };
      return this.#hash.digest(encode(leafNodeHashInputEncoder)(input));
    }
    const [leftHash, rightHash] = await Promise.all([
      this.#without(left(toNodeIndex(index)), removed),
      this.#without(right(toNodeIndex(index)), removed),
    ]);
    const own = node?.nodeType === 'parent' ? node.parent : undefined;
    const parentNode = own && {
      ...own,
      unmergedLeaves: own.unmergedLeaves.filter((leaf) => !removed.has(leaf)),
    };
    const input = { nodeType: 'parent' as const, parentNode, leftHash, rightHash };
    return this.#hash.digest(encode(parentNodeHashInputEncoder)(input));
  }
}

/** Null: it was not made by a commit, and tells nothing of its parent. */
function parentHashOf(node: RatchetTree[number]): Uint8Array | null {
  if (node?.nodeType === 'parent') return node.parent.parentHash;
  if (node?.nodeType !== 'leaf') return null;
  return node.leaf.leafNodeSource === 'commit' ? node.leaf.parentHash : null;
}

/** The numbers of the leaves below a node, whose level is the number of its ones from the right. */
function leavesBelow(index: number): { readonly first: number; readonly last: number } {
  let reach = 0;
  for (let rest = index; rest % 2 === 1; rest = (rest - 1) / 2) reach = 2 * reach + 1;
  return { first: (index - reach) / 2, last: (index + reach) / 2 };
}
