// Every rule for a commit, broken once by somebody who can: the commit is authentic (rightly signed and
// tagged by a member), and each member refuses it.

import { describe, expect, it, vi } from 'vitest';
import type { Proposal } from 'ts-mls/proposal.js';
import { makeCredential, makeKeyPackage, makeSignatureKey } from '../../src/mls/adapter';
import { checkCommit } from '../../src/mls/checks';
import { encodeCommitData, type Act } from '../../src/wire/commit_data';
import {
  addProposal,
  commitOf,
  pathlessCommit,
  pskProposal,
  removeProposal,
  suite,
  type Attacker,
} from './support/attacker';
import { hosted, person, PSK, type Person } from './support/circle';
import { authentic, bare, stage, withActs } from './support/stage';

// Each takes 0.2 to 1 s of a core; cores are shared.
vi.setConfig({ testTimeout: 60_000 });

describe('a commit that is refused', () => {
  it('changes the GroupContext', async () => {
    const { refused, attacker } = await stage();
    const extensions = [...attacker.state.groupContext.extensions];
    const change: Proposal = {
      proposalType: 'group_context_extensions',
      groupContextExtensions: { extensions },
    };
    await refused([change], 'proposal');
  });

  it('brings an external sender in', async () => {
    const { refused, attacker } = await stage();
    const change: Proposal = {
      proposalType: 'group_context_extensions',
      groupContextExtensions: { extensions: [...attacker.state.groupContext.extensions].reverse() },
    };
    await refused([removeProposal(1), change], 'proposal');
  });

  it('has a proposal of a type that we do not know', async () => {
    const { circle, attacker } = await stage();
    const custom: Proposal = { proposalType: 0xf00d, proposalData: new Uint8Array(4) };
    const tree = attacker.state.ratchetTree;
    const read = await authentic(circle, await pathlessCommit(attacker, [custom], tree));
    expect(circle.judge(0, read, [])).toBe('proposal');
  });

  it('starts another group', async () => {
    const { refused, attacker } = await stage();
    const { groupContext } = attacker.state;
    const reinit: Proposal = {
      proposalType: 'reinit',
      reinit: {
        groupId: new Uint8Array(32),
        version: 'mls10',
        cipherSuite: groupContext.cipherSuite,
        extensions: groupContext.extensions,
      },
    };
    await refused([reinit], 'proposal');
  });

  it('adds without the PSK', async () => {
    const { refused } = await stage();
    const ghost = await person();
    await refused([addProposal(ghost)], 'psk', { known: [ghost] });
  });

  it('adds with the PSK of another generation', async () => {
    const { circle, attacker } = await stage();
    const guest = await person();
    const { message } = await commitOf(attacker, [addProposal(guest), pskProposal()]);
    const read = await authentic(circle, message);
    const commit = {
      facts: read.facts,
      data: hosted(),
      isAuthorityValid: true,
      newcomers: circle.newcomers([guest.read], [guest]),
    };
    const before = { ...circle.before(0), pskId: new Uint8Array(20).fill(2) };
    expect(checkCommit(commit, before)).toBe('psk');
    expect(checkCommit(commit, circle.before(0))).toBeNull();
  });

  it('has a PSK and adds nobody', async () => {
    const { refused } = await stage();
    await refused([removeProposal(1), pskProposal()], 'psk');
  });

  it('has its proposals in another order', async () => {
    const { refused } = await stage();
    const guest = await person();
    await refused([addProposal(guest), removeProposal(1), pskProposal()], 'order', {
      known: [guest],
    });
    await refused([pskProposal(), addProposal(guest)], 'order', { known: [guest] });
  });

  it('removes without a path', async () => {
    const { circle, attacker } = await stage();
    const tree = attacker.state.ratchetTree;
    const message = await pathlessCommit(attacker, [removeProposal(1)], tree);
    expect(circle.judge(0, await authentic(circle, message), [])).toBe('path');
  });

  it('is empty without a path', async () => {
    const { circle, attacker } = await stage();
    const message = await pathlessCommit(attacker, [], attacker.state.ratchetTree);
    expect(circle.judge(0, await authentic(circle, message), [])).toBe('path');
  });

  it('removes a leaf that is not there, or its own', async () => {
    const { circle, attacker } = await stage();
    const tree = attacker.state.ratchetTree;
    for (const leaf of [7, 300, attacker.leaf]) {
      const message = await pathlessCommit(attacker, [removeProposal(leaf)], tree);
      expect(circle.judge(0, await authentic(circle, message), [])).toBe('remove');
    }
    const twice = [removeProposal(1), removeProposal(1)];
    const message = await pathlessCommit(attacker, twice, tree);
    expect(circle.judge(0, await authentic(circle, message), [])).toBe('remove');
  });

  it('adds more than 50', async () => {
    const { circle } = await stage();
    const guest = await person();
    const commit = {
      facts: {
        groupId: new Uint8Array(32),
        epoch: 1n,
        sender: 0,
        proposals: Array.from({ length: 51 }, () => ({
          kind: 'add' as const,
          keyPackage: guest.read,
        })),
        path: null,
        data: new Uint8Array(),
      },
      data: hosted(),
      isAuthorityValid: true,
      newcomers: [],
    };
    expect(checkCommit(commit, circle.before(0))).toBe('too-many');
  });

  it('adds a KeyPackage that lives too long, or not now', async () => {
    const { refused, circle, attacker } = await stage();
    const old = await person({ now: Date.now() - 700_000 });
    const { message } = await pretend(attacker, old);
    expect(circle.judge(0, await authentic(circle, message), [old])).toBe('lifetime');
    const early = await person({ now: Date.now() + 200_000 });
    const made = await pretend(attacker, early);
    expect(circle.judge(0, await authentic(circle, made.message), [early])).toBe('lifetime');
    const fresh = await person();
    const long = { ...fresh.read, notAfter: fresh.read.notBefore + 601 };
    const read = await authentic(
      circle,
      (await commitOf(attacker, [addProposal(fresh), pskProposal()])).message,
    );
    const commit = {
      facts: {
        ...read.facts,
        proposals: [{ kind: 'add' as const, keyPackage: long }, ...read.facts.proposals.slice(1)],
      },
      data: hosted(),
      isAuthorityValid: true,
      newcomers: circle.newcomers([fresh.read], [fresh]),
    };
    expect(checkCommit(commit, circle.before(0))).toBe('lifetime');
    await refused([addProposal(fresh), pskProposal()], null, { known: [fresh] });
  });

  it('adds a leaf of another shape', async () => {
    const { circle } = await stage();
    const guest = await person();
    const misshapen = { ...guest.read, isWellShaped: false };
    const commit = {
      facts: {
        groupId: new Uint8Array(32),
        epoch: 1n,
        sender: 0,
        proposals: [
          { kind: 'add' as const, keyPackage: misshapen },
          { kind: 'psk' as const, id: PSK.id },
        ],
        path: null,
        data: new Uint8Array(),
      },
      data: hosted(),
      isAuthorityValid: true,
      newcomers: circle.newcomers([guest.read], [guest]),
    };
    expect(checkCommit(commit, circle.before(0))).toBe('key-package');
  });

  it('adds a signature key that is there', async () => {
    const { circle, attacker, refused } = await stage();
    const key = await makeSignatureKey();
    const twin = async () => {
      const own = await makeKeyPackage({
        key,
        identityHash: new Uint8Array(32).fill(1),
        credential: await makeCredential(),
        now: Date.now(),
      });
      const one = await person();
      return { ...one, own };
    };
    const [first, second] = [await twin(), await twin()];
    const both = [addProposal(first), addProposal(second), pskProposal()];
    // The library itself refuses to make it, so the twins are put in after the fact.
    await expect(commitOf(attacker, both)).rejects.toThrow();
    const read = await authentic(
      circle,
      (await commitOf(attacker, [addProposal(first), pskProposal()])).message,
    );
    const again = read.facts.proposals[0];
    if (again === undefined) throw new Error('no Add');
    const commit = {
      facts: { ...read.facts, proposals: [again, ...read.facts.proposals] },
      data: hosted(),
      isAuthorityValid: true,
      newcomers: circle.newcomers([first.read, second.read], [first, second]),
    };
    expect(checkCommit(commit, circle.before(0))).toBe('twice');
    await refused([addProposal(second), pskProposal()], null, { known: [second] });
  });

  it('changes the signature key in its path', async () => {
    const { circle, attacker } = await stage();
    const cs = await suite;
    const { publicKey } = await cs.signature.keygen();
    const tree = attacker.state.ratchetTree.slice();
    const own = tree[2 * attacker.leaf];
    if (own?.nodeType !== 'leaf') throw new Error('no leaf');
    tree[2 * attacker.leaf] = { ...own, leaf: { ...own.leaf, signaturePublicKey: publicKey } };
    const { message } = await commitOf(
      { ...attacker, state: { ...attacker.state, ratchetTree: tree } },
      [],
      bare,
    );
    const read = await authentic(circle, message);
    expect(circle.judge(0, read, [])).toBe('path');
  });

  it('changes the identity in its path', async () => {
    const { circle, attacker } = await stage();
    const tree = attacker.state.ratchetTree.slice();
    const own = tree[2 * attacker.leaf];
    if (own?.nodeType !== 'leaf') throw new Error('no leaf');
    const extensions = [{ extensionType: 0xf1cb, extensionData: new Uint8Array(32).fill(8) }];
    tree[2 * attacker.leaf] = { ...own, leaf: { ...own.leaf, extensions } };
    const { message } = await commitOf(
      { ...attacker, state: { ...attacker.state, ratchetTree: tree } },
      [],
      bare,
    );
    expect(circle.judge(0, await authentic(circle, message), [])).toBe('path');
  });

  it('has an authority that is none, or data that is none', async () => {
    const { refused } = await stage();
    const wrong = { hostKeyIndex: 0, signature: new Uint8Array(64).fill(6) };
    const authenticatedData = encodeCommitData({ authority: wrong, acts: [] });
    await refused([], 'data', { commit: { authenticatedData } });
    await refused([], 'data', { commit: { authenticatedData: new Uint8Array([1, 2, 3]) } });
  });

  it('acts without authority, or out of turn', async () => {
    const { circle, attacker, refused } = await stage();
    const { message } = await commitOf(attacker, [], bare);
    const read = await authentic(circle, message);
    const data = { authority: null, acts: [{ type: 'lock' as const, on: true }] };
    const commit = { facts: read.facts, data, isAuthorityValid: false, newcomers: [] };
    expect(checkCommit(commit, circle.before(0))).toBe('acts');
    const next: Act = { type: 'generation', generation: 2 };
    await refused([], 'acts', { commit: withActs({ type: 'generation', generation: 3 }) });
    await refused([], 'data', { commit: { authenticatedData: withLastActTwice(next) } });
    const guest = await person();
    await refused([addProposal(guest), pskProposal()], 'acts', {
      known: [guest],
      commit: withActs(next),
    });
    await refused([], null, { commit: withActs(next, { type: 'lock', on: true }) });
  });
});

/** Our own writer refuses to say an act twice. A generation act has 6 bytes, the list's length 2. */
function withLastActTwice(act: Act): Uint8Array {
  const { authenticatedData = new Uint8Array() } = withActs(act);
  const [head, acts] = [authenticatedData.subarray(0, -8), authenticatedData.subarray(-6)];
  return new Uint8Array([...head, 0, 12, ...acts, ...acts]);
}

/** A KeyPackage that does not hold now, which the library does not add: with its clock set aside. */
async function pretend(attacker: Attacker, guest: Person) {
  const real = Date.now;
  const { leafNode } = guest.own.publicPackage;
  const at = Number(
    leafNode.leafNodeSource === ('key_package' as string) ? leafNode.lifetime.notBefore : 0n,
  );
  Date.now = () => (at + 100) * 1000;
  try {
    return await commitOf(attacker, [addProposal(guest), pskProposal()]);
  } finally {
    Date.now = real;
  }
}
