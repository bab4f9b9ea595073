// A meeting with a spy in it, and what everybody else finds of the commits that he makes.

import { expect } from 'vitest';
import type { CreateCommitOptions } from 'ts-mls/createCommit.js';
import type { Proposal } from 'ts-mls/proposal.js';
import { readCommit, type ReadCommit } from '../../../src/mls/adapter';
import type { Broken } from '../../../src/mls/checks';
import { encodeCommitData, type Act } from '../../../src/wire/commit_data';
import { commitOf, spy, type Attacker } from './attacker';
import { AUTHORITY, Circle, NO_DATA, type Person } from './circle';

export interface Stage {
  readonly circle: Circle;
  readonly attacker: Attacker;
  readonly refused: (
    proposals: Proposal[],
    by: Broken | null,
    options?: { known?: Person[]; commit?: CreateCommitOptions },
  ) => Promise<void>;
}

export async function stage(): Promise<Stage> {
  const circle = await Circle.of(4);
  const attacker = await spy(circle);
  return {
    circle,
    attacker,
    refused: async (proposals, by, { known = [], commit } = {}) => {
      const { message } = await commitOf(attacker, proposals, commit);
      const read = await authentic(circle, message);
      for (const leaf of circle.members.keys()) {
        expect(circle.judge(leaf, read, known)).toBe(by);
      }
    },
  };
}

export async function authentic(circle: Circle, message: Uint8Array): Promise<ReadCommit> {
  const read = readCommit(message);
  if (!read) throw new Error('the commit cannot be read');
  expect(await circle.at(0).isAuthentic(read)).toBe(true);
  return read;
}

export const bare: CreateCommitOptions = { authenticatedData: encodeCommitData(NO_DATA) };
export const withActs = (...acts: Act[]): CreateCommitOptions => ({
  authenticatedData: encodeCommitData({ authority: AUTHORITY, acts }),
});
