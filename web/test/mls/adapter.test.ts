// The adapter against messages that are not what they seem, and the two phases of a commit.

import { describe, expect, it, vi } from 'vitest';
import {
  createGroupInfoWithExternalPubAndRatchetTree,
  joinGroupExternal,
} from 'ts-mls/createCommit.js';
import { Group, hex, readCommit } from '../../src/mls/adapter';
import { addProposal, commitOf, pskProposal, spy, suite, writeMessage } from './support/attacker';
import { Circle, hosted, person, POLICY, PSK, pskOf } from './support/circle';
import { stage } from './support/stage';

// Each takes 0.2 to 1 s of a core; cores are shared.
vi.setConfig({ testTimeout: 60_000 });

describe('what is not authentic', () => {
  it('is a commit said again', async () => {
    const circle = await Circle.of(3);
    const message = await circle.play(0, { removes: [2], data: hosted() });
    const read = readCommit(message);
    if (!read) throw new Error('the commit cannot be read');
    expect(await circle.at(1).isAuthentic(read)).toBe(false);
  });

  it('is an external commit', async () => {
    const { circle, attacker } = await stage();
    const cs = await suite;
    const info = await createGroupInfoWithExternalPubAndRatchetTree(attacker.state, [], cs);
    // RFC 9420 12.4.3.2: the library forgets the inner length of external_pub, and reads it so.
    const intruder = await person();
    const { publicMessage } = await joinGroupExternal(
      info,
      intruder.own.publicPackage,
      intruder.own.privatePackage,
      false,
      cs,
    );
    const message = writeMessage({
      version: 'mls10',
      wireformat: 'mls_public_message',
      publicMessage,
    });
    const read = readCommit(message);
    if (!read) throw new Error('the commit cannot be read');
    expect(read.facts.sender).toBeNull();
    expect(await circle.at(0).isAuthentic(read)).toBe(false);
    expect(circle.judge(0, read, [intruder])).toBe('proposal');
  });

  it('is a commit whose bytes were changed on the way', async () => {
    const { circle } = await stage();
    const { message } = await circle.make(0, { removes: [1], data: hosted() });
    let read = 0;
    for (let at = 0; at < message.length; at += 13) {
      const changed = message.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      const commit = readCommit(changed);
      if (commit === null) continue;
      read++;
      expect(await circle.at(2).isAuthentic(commit)).toBe(false);
    }
    expect(read).toBeGreaterThan(10);
  });
});

describe('a Welcome', () => {
  async function welcomed(options: { hasPsk: boolean; value?: Uint8Array; policy?: Uint8Array }) {
    const circle = await Circle.begin();
    const attacker = await spy(circle);
    const victim = await person();
    const proposals = [addProposal(victim), ...(options.hasPsk ? [pskProposal()] : [])];
    const { message, welcome } = await commitOf(attacker, proposals);
    await circle.tree.apply(message);
    if (welcome === null) throw new Error('no Welcome');
    return Group.join({
      welcome,
      tree: circle.tree.encoded(),
      own: victim.own,
      pskOf: (id) => pskOf(id) && { id, value: options.value ?? PSK.value },
      policy: options.policy ?? POLICY,
    });
  }

  it('of a meeting that does not know the link is refused', async () => {
    expect(await welcomed({ hasPsk: false })).toBe('no-psk');
    expect(await welcomed({ hasPsk: true, value: new Uint8Array(32).fill(4) })).toBe('no-psk');
  });

  it('into another policy is refused', async () => {
    expect(await welcomed({ hasPsk: true, policy: new Uint8Array(80).fill(6) })).toBe('policy');
  });

  it('into a tree in which ancestors have different unmerged leaves is taken', async () => {
    // ts-mls 1.6.4 itself refuses this tree.
    const circle = await Circle.of(8);
    for (const leaf of [0, 6, 2, 4]) await circle.play(leaf, { data: hosted() });
    await circle.play(6, { removes: [5], data: hosted() });
    await circle.play(6, { adds: [await person()], data: hosted() });
    await circle.play(0, { data: hosted() });
    await circle.play(0, { adds: [await person()], data: hosted() });
    const unmerged = circle.tree.nodes.map((node) =>
      node?.nodeType === 'parent' ? node.parent.unmergedLeaves : [],
    );
    expect([unmerged[11], unmerged[7]]).toEqual([[5], []]);
    await circle.agreement();
  });

  it('that is right is taken', async () => {
    const joined = await welcomed({ hasPsk: true });
    expect(typeof joined).toBe('object');
  });

  it('gives a ghost who does not know the link nothing', async () => {
    const circle = await Circle.of(2);
    const ghost = await person();
    const made = await circle.make(0, { adds: [ghost], data: hosted() });
    await circle.deliver(0, made, { known: [ghost] });
    if (made.welcome === null) throw new Error('no Welcome');
    const joined = await Group.join({
      welcome: made.welcome,
      tree: circle.tree.encoded(),
      own: ghost.own,
      pskOf: (id) => ({ id, value: new Uint8Array(32) }),
      policy: POLICY,
    });
    expect(joined).toBe('no-psk');
  });

  it('with a tree of which a byte was changed is refused', async () => {
    const circle = await Circle.of(4);
    const guest = await person();
    const made = await circle.make(1, { adds: [guest], data: hosted() });
    await circle.deliver(1, made, { known: [guest] });
    if (made.welcome === null) throw new Error('no Welcome');
    const tree = circle.tree.encoded();
    for (let at = 0; at < tree.length; at += 41) {
      const changed = tree.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      const joined = await Group.join({
        welcome: made.welcome,
        tree: changed,
        own: guest.own,
        pskOf,
        policy: POLICY,
      });
      expect(joined, `byte ${at}`).toBe('unsound');
    }
  });
});

describe('messages', () => {
  it('are read once, by those who are there, and tell who says them', async () => {
    const circle = await Circle.of(3);
    const plaintext = new TextEncoder().encode('the words');
    const sealed = await circle.at(2).seal(plaintext);
    expect(await circle.at(0).open(sealed)).toEqual({ leaf: 2, epoch: 1, plaintext });
    expect(await circle.at(0).open(sealed), 'said again').toBeNull();
    const changed = sealed.slice();
    changed[changed.length - 3] = (changed[changed.length - 3] ?? 0) ^ 1;
    expect(await circle.at(1).open(changed)).toBeNull();
    expect(await circle.at(1).open(sealed), 'garbage before does not matter').not.toBeNull();
    expect(await circle.at(1).open(new Uint8Array(200)), 'no message').toBeNull();
  });

  it('are padded to a multiple of 256 bytes', async () => {
    const circle = await Circle.of(2);
    const lengths = new Set<number>();
    for (const size of [1, 50, 150, 185, 200, 400, 3000]) {
      lengths.add((await circle.at(0).seal(new Uint8Array(size).fill(65))).length);
    }
    const [least = 0, ...rest] = [...lengths].sort((a, b) => a - b);
    // The length of the vector takes 2 bytes up to 16,383.
    expect(rest.every((length) => (length - least) % 256 === 0)).toBe(true);
    expect(lengths.size).toBe(3);
  });

  it('of the epoch before are read until it is forgotten, also when they came before our commit', async () => {
    const circle = await Circle.of(3);
    const one = await circle.at(1).seal(new Uint8Array([1]));
    const two = await circle.at(1).seal(new Uint8Array([2]));
    const made = await circle.make(0, { removes: [2], data: hosted() });
    // Read between the making of a commit and its return: this generation is used up.
    expect(await circle.at(0).open(one)).not.toBeNull();
    await circle.deliver(0, made, { removes: [2] });
    expect(await circle.at(0).open(one), 'said again').toBeNull();
    const late = await circle.at(0).open(two);
    expect([late?.epoch, late?.plaintext[0]]).toEqual([1, 2]);
    const three = await circle.at(1).seal(new Uint8Array([3]));
    await circle.play(0, {});
    circle.at(0).forget(2);
    expect(await circle.at(0).open(three)).toBeNull();
  });

  it('do not speak for somebody else who has the leaf now', async () => {
    const circle = await Circle.of(3);
    const late = await circle.at(2).seal(new Uint8Array([9]));
    const guest = await person();
    await circle.play(0, { removes: [2], adds: [guest], data: hosted() });
    expect(circle.people.get(2)).toBe(guest);
    expect(await circle.at(1).open(late)).toBeNull();
  });
});

describe('a commit of our own', () => {
  it('changes nothing until it comes back, and nothing of it stays when another one is first', async () => {
    const circle = await Circle.of(3);
    const before = hex(circle.at(1).epochAuthenticator());
    await circle.make(1, { removes: [2], data: hosted() });
    expect([circle.at(1).epoch, hex(circle.at(1).epochAuthenticator())]).toEqual([1, before]);
    await circle.play(0, { data: hosted() });
    expect(circle.at(1).isPending).toBe(false);
    await circle.agreement();
    // Rebased: made anew in the epoch that came first.
    await circle.play(1, { removes: [2], data: hosted() });
    await circle.agreement();
  });

  it('is out of reach once the group is wiped', async () => {
    const circle = await Circle.of(2);
    const sealed = await circle.at(0).seal(new Uint8Array([1]));
    circle.at(1).wipe();
    expect(hex(circle.at(1).epochAuthenticator())).toMatch(/^0+$/);
    expect(await circle.at(1).open(sealed)).toBeNull();
  });
});
