// Tree and parent hashes against those of ts-mls, on trees that commits of several people have left.

import { defaultCryptoProvider } from 'ts-mls/crypto/implementation/default/provider.js';
import { getCiphersuiteFromName } from 'ts-mls/crypto/ciphersuite.js';
import type { Hash } from 'ts-mls/crypto/hash.js';
import { verifyParentHashes } from 'ts-mls/parentHash.js';
import type { RatchetTree } from 'ts-mls/ratchetTree.js';
import { treeHashRoot } from 'ts-mls/treeHash.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { TreeHashes } from '../../src/mls/adapter_hash';
import { SUITE_NAME } from '../../src/mls/adapter_suite';
import { Circle, hosted, person } from './support/circle';

let hash: Hash;
let circle: Circle;
const trees: RatchetTree[] = [];

beforeAll(async () => {
  hash = (await defaultCryptoProvider.getCiphersuiteImpl(getCiphersuiteFromName(SUITE_NAME))).hash;
  circle = await Circle.of(7);
  const data = hosted();
  const moves = [
    { by: 0, move: {} },
    { by: 3, move: {} },
    { by: 5, move: { removes: [1, 6] } },
    { by: 0, move: { adds: [await person(), await person(), await person()], data } },
    { by: 4, move: { removes: [2] } },
    { by: 3, move: { adds: [await person()], data } },
  ];
  trees.push(circle.tree.nodes);
  for (const { by, move } of moves) {
    await circle.play(by, move);
    trees.push(circle.tree.nodes);
  }
}, 60_000);

const isSound = (tree: RatchetTree): Promise<boolean> =>
  new TreeHashes(tree, hash).areParentsSound();

/** The tree with one parent changed. */
function changed(tree: RatchetTree, at: number, how: 'hash' | 'key' | 'unmerged'): RatchetTree {
  const node = tree[at];
  if (node?.nodeType !== 'parent') throw new Error('no parent');
  const { parent } = node;
  const other = new Uint8Array(32).fill(1);
  const next = {
    hash: { ...parent, parentHash: other },
    key: { ...parent, hpkePublicKey: other },
    unmerged: { ...parent, unmergedLeaves: parent.unmergedLeaves.slice(1) },
  }[how];
  return tree.with(at, { nodeType: 'parent', parent: next });
}

describe('hashes of a tree', () => {
  it('are those of ts-mls', async () => {
    for (const tree of trees) {
      expect(await new TreeHashes(tree, hash).root()).toEqual(await treeHashRoot(tree, hash));
      expect(await isSound(tree)).toBe(await verifyParentHashes(tree, hash));
    }
  });

  it('hold in every tree that commits have left', async () => {
    expect(trees.some((tree) => tree.some((node) => node?.nodeType === 'parent'))).toBe(true);
    for (const tree of trees) expect(await isSound(tree)).toBe(true);
  });

  it('do not hold when a key or a parent hash of a parent is another one', async () => {
    for (const tree of trees) {
      for (const [at, node] of tree.entries()) {
        if (node?.nodeType !== 'parent') continue;
        expect(await isSound(changed(tree, at, 'key')), `key of ${at}`).toBe(false);
        expect(await isSound(changed(tree, at, 'hash')), `hash of ${at}`).toBe(
          await verifyParentHashes(changed(tree, at, 'hash'), hash),
        );
      }
    }
  });

  it('do not hold when somebody unmerged is left out', async () => {
    let cases = 0;
    for (const tree of trees) {
      for (const [at, node] of tree.entries()) {
        if (node?.nodeType !== 'parent' || node.parent.unmergedLeaves.length === 0) continue;
        const other = changed(tree, at, 'unmerged');
        expect(await isSound(other)).toBe(await verifyParentHashes(other, hash));
        cases++;
      }
    }
    expect(cases).toBeGreaterThan(0);
  });

  it('cost each subtree once, however many leaves there are', async () => {
    let digests = 0;
    const counting: Hash = { ...hash, digest: (bytes) => (digests++, hash.digest(bytes)) };
    const hashes = new TreeHashes(trees.at(-1) ?? [], counting);
    await hashes.root();
    const { length } = trees.at(-1) ?? [];
    expect(digests).toBe(length);
    await hashes.areParentsSound();
    expect(digests).toBeLessThan(2.5 * length);
  });
});
