// Whoever is removed is out: with everything that he knew, every key that he had, and every byte that
// the server sees, the next epoch's secrets do not come out. The same attack is shown to work where the
// path is missing (as ts-mls 1.6.2 and 2.0.0-rc.10 commit a Remove), and our client refuses such a commit.

import { removeLeafNode } from 'ts-mls/ratchetTree.js';
import { toLeafIndex } from 'ts-mls/treemath.js';
import { describe, expect, it, vi } from 'vitest';
import { readCommit } from '../../src/mls/adapter';
import {
  commitOf,
  deriveNext,
  infiltrate,
  openPath,
  pathlessCommit,
  pskProposal,
  removeProposal,
  spy,
  type Attacker,
} from './support/attacker';
import { Circle, hosted, person, type Move } from './support/circle';

// Each takes 0.2 to 1 s of a core; cores are shared.
vi.setConfig({ testTimeout: 60_000 });

async function expectLockedOut(circle: Circle, removed: Attacker, message: Uint8Array) {
  const commit = readCommit(message);
  expect(commit?.facts.path, 'a Remove has a path').not.toBeNull();
  await circle.tree.apply(message);
  const guess = await deriveNext(removed.state, message, circle.tree.nodes);
  expect(guess.isRight, 'without the commit secret').toBe(false);
  const secrets = await openPath(removed.state, message, circle.tree.nodes);
  expect(secrets, 'path secrets that an old key opens').toHaveLength(0);
}

describe('a removed member', () => {
  const variants: readonly [string, (leaf: number) => Promise<Move>][] = [
    ['by one Remove', (leaf) => Promise.resolve({ removes: [leaf] })],
    ['by Remove and Add', async (leaf) => ({ removes: [leaf], adds: [await person()] })],
    ['by Removes of two', (leaf) => Promise.resolve({ removes: [1, leaf] })],
  ];
  it.each(variants)('%s cannot derive the next epoch', async (_, moveOf) => {
    const circle = await Circle.of(5);
    const attacker = await spy(circle);
    const move = { ...(await moveOf(attacker.leaf)), data: hosted() };
    const made = await circle.make(0, move);
    await expectLockedOut(circle, attacker, made.message);
  });

  it('by Remove and PSK cannot derive the next epoch', async () => {
    // No client of ours makes this commit; the library is asked for it.
    const circle = await Circle.of(4);
    const [committer, removed] = await infiltrate(circle, 2);
    if (!committer || !removed) throw new Error('they are not in');
    const proposals = [removeProposal(removed.leaf), pskProposal()];
    const { message } = await commitOf(committer, proposals);
    await expectLockedOut(circle, removed, message);
  });

  it('would be in without the path: the attack works, and every member refuses the commit', async () => {
    const circle = await Circle.of(4);
    const committer = await spy(circle);
    const tree = removeLeafNode([...committer.state.ratchetTree], toLeafIndex(1));
    const message = await pathlessCommit(committer, [removeProposal(1)], tree);
    const guess = await deriveNext(committer.state, message, tree);
    expect(guess.isRight, 'the attack of this file works where it should').toBe(true);
    const commit = readCommit(message);
    if (!commit) throw new Error('the commit cannot be read');
    expect(await circle.at(0).isAuthentic(commit)).toBe(true);
    expect(circle.judge(0, commit, [])).toBe('path');
  });

  it('is no member for the others, and those who stay agree', async () => {
    const circle = await Circle.of(5);
    const before = await circle.agreement();
    await circle.play(0, { removes: [3], data: hosted() });
    expect(
      circle
        .at(0)
        .members()
        .map(({ leaf }) => leaf),
    ).toEqual([0, 1, 2, 4]);
    expect(await circle.agreement()).not.toBe(before);
  });
});
