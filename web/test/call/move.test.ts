// The node of the meeting is lost: to which one the line goes, when, and what is shown of it.

import { describe, expect, it } from 'vitest';
import type { ErrorCode, NodeRefused } from '../../src/wire/message';
import { findNodes, loseNode, type Loss } from '../support/nodes';
import { World } from '../support/world';

const DE1 = 'de1.example.org';
const NL1 = 'nl1.example.org';

const refusedWith = (reason: NodeRefused['reason'], retryAfter?: number): NodeRefused => ({
  type: 'error',
  code: 'node_refused',
  fatal: true,
  reason,
  countries: ['DE', 'FR'],
  ...(retryAfter !== undefined && { retry_after: retryAfter }),
});

/** A call that has been going on for a while, with others that could carry it. */
function call(...others: readonly string[]): World {
  const world = new World().add(1).join({ microphone: true, camera: false });
  findNodes(world, ...others);
  world.wait(10_000).clear();
  world.nodes.asked.length = 0;
  return world;
}

/** How long it takes until all is well again. */
function msUntilWell(world: World, most = 30_000): number {
  const from = world.now;
  let isGone = world.state.line.phase !== 'open';
  while (world.now - from < most) {
    world.wait(10);
    const { line, media } = world.state;
    isGone ||= line.phase !== 'open';
    if (isGone && line.phase === 'open' && media.phase === 'connected') return world.now - from;
  }
  return Infinity;
}

describe('a node that hands the meeting over', () => {
  const moving = (node: string) => ({ type: 'moving', node }) as const;

  it('is left for the one that it names, at once, and media stay until that one has us', () => {
    const world = call(NL1, DE1);
    world.hear(moving(DE1));
    expect(world.nodes.asked).toEqual([DE1]);
    expect([world.state.media.phase, world.asked('open-peer')]).toEqual(['connected', 0]);
    expect(msUntilWell(world)).toBeLessThan(1000);
    expect([world.nodes.asked, world.nodes.told]).toEqual([[DE1], [DE1]]);
    expect(world.state.nodes).toMatchObject({ at: DE1, trying: DE1 });
    expect(world.view.node).toMatchObject({ movedFrom: 'eu-fra-1.meet.example.org' });
    expect(world.noticeKinds).toContain('moved');
    expect(world.said('leave')).toEqual([]);
  });

  it('cannot send us to where we have not found that the meeting may go', () => {
    const world = call(DE1);
    world.hear(moving('us1.example.org'));
    world.wait(5000);
    expect(world.nodes.asked).toEqual([]);
    expect(world.view.connection).toBe('connected');
    world.hear(refusedWith('taken_over', 5)); // and then it ends the meeting there
    expect(msUntilWell(world)).toBeLessThan(2000);
    expect(world.state.nodes.at).toBe(DE1);
    expect(world.nodes.asked).not.toContain('us1.example.org');
  });

  it('names one that does not answer, says no, or is not fit: another one has its turn', () => {
    for (const fault of ['killed', 'silent', 'no', 'unfit'] as const) {
      const world = call(DE1, NL1);
      if (fault === 'no') world.nodes.refusals.set(DE1, refusedWith('no_capacity_in_region', 5));
      else if (fault === 'unfit') world.nodes.unfit.add(DE1);
      else world.nodes.lost.set(DE1, fault);
      world.hear(moving(DE1));
      expect(msUntilWell(world)).toBeLessThan(4000);
      expect(world.nodes.asked.slice(0, 2)).toEqual([DE1, NL1]);
      expect(world.state.nodes.at).toBe(NL1);
    }
  });
});

describe('a call whose node is lost', () => {
  it.each([
    ['killed', 1000],
    ['silent', 4000],
  ] as const)('%s: goes on at another one within %i ms', (how: Loss, most: number) => {
    for (let seed = 1; seed <= 20; seed++) {
      const world = call(DE1, NL1);
      world.wait(seed * 97);
      loseNode(world, null, how);
      expect(msUntilWell(world)).toBeLessThan(most);
      expect(world.nodes.asked).toEqual([null, DE1]);
      expect(world.nodes.told).toEqual([DE1]);
    }
  });

  it('keeps people, devices, mute and worker, and says where it is', () => {
    const world = call(DE1);
    world.send({ type: 'toggle', source: 'microphone' }).wait(100);
    const { devices, people } = world.view;
    const ids = people.map(({ id }) => id);
    const seen: number[] = [];
    world.onStep = () => seen.push(world.view.people.length);
    loseNode(world, null, 'killed');
    msUntilWell(world);
    expect(Math.min(...seen)).toBe(ids.length);
    expect(world.view.devices).toEqual(devices);
    expect(world.view.devices.microphoneOn).toBe(false);
    expect(world.asked('start-group') + world.asked('open-devices')).toBe(0);
    expect(world.asked('attach')).toBe(0); // muted, and stays so
    expect([world.asked('open-peer'), world.said('join').length]).toEqual([1, 1]);
    expect(world.noticeKinds).toContain('moved');
    expect(world.view.node).toMatchObject({ movedFrom: 'eu-fra-1.meet.example.org' });
    expect(world.effects).toContainEqual({
      type: 'store-session',
      session: 'session-restored-00000',
    });
  });

  it('asks for a path only when the worker believes what the node says', () => {
    const world = call(DE1);
    world.nodes.landing = 'fork';
    loseNode(world, null, 'killed');
    world.wait(20_000);
    expect(world.said('join')).toEqual([]);
    expect(world.view.group.alarm).toBe('fork');
    expect(world.state.line.phase).toBe('closed');
    expect(world.nodes.told).toEqual([DE1]); // and nobody else is told
  });

  it('ends where another node has an older state of it', () => {
    const world = call(DE1, NL1);
    world.nodes.landing = 'behind';
    loseNode(world, null, 'killed');
    world.wait(5000);
    expect(world.view).toMatchObject({ screen: 'failed', failure: 'not-moved' });
    expect(world.nodes.told).toEqual([DE1]);
    expect(world.said('join')).toEqual([]);
  });

  it('knocks again at the same node where a commit is missing', () => {
    const world = call(DE1);
    world.nodes.landing = 'ahead';
    loseNode(world, null, 'killed');
    expect(msUntilWell(world)).toBeLessThan(2000);
    expect(world.nodes.asked).toEqual([null, DE1, DE1]);
    expect(world.said('knock')).toHaveLength(1);
    expect(world.view.node?.facts).toBeDefined();
  });

  it('comes back to the node that it has now', () => {
    const world = call(DE1);
    loseNode(world, null, 'killed');
    msUntilWell(world);
    world.clear().wait(5000).hang().wait(2000);
    expect(world.view.connection).toBe('connected');
    expect(world.said('resume')).toHaveLength(1);
    expect(world.nodes.asked.at(-1)).toBe(DE1);
  });

  it('moves on, and back to the first one by its name', () => {
    const world = call(DE1);
    loseNode(world, null, 'killed');
    msUntilWell(world);
    findNodes(world, NL1);
    loseNode(world, DE1, 'silent');
    expect(msUntilWell(world)).toBeLessThan(4000);
    expect(world.state.nodes).toMatchObject({
      at: NL1,
      trying: NL1,
      movedFrom: expect.anything() as unknown,
    });
  });

  it('stays where it is when only its own line was cut', () => {
    const world = call(DE1);
    world.hang();
    expect(msUntilWell(world)).toBeLessThan(500);
    expect(world.nodes.asked).toEqual([null]);
    expect(world.asked('open-peer')).toBe(0);
  });

  it('goes nowhere else while there is no other node', () => {
    const world = call();
    loseNode(world, null, 'killed');
    world.wait(20_000);
    expect(new Set(world.nodes.asked)).toEqual(new Set([null]));
    world.nodes.lost.clear();
    world.wait(3000);
    expect(world.view.connection).toBe('connected');
  });

  it('passes over a node whose papers are not right, and tells it nothing', () => {
    const world = call(DE1, NL1);
    world.nodes.unfit.add(DE1);
    loseNode(world, null, 'killed');
    expect(msUntilWell(world)).toBeLessThan(1500);
    expect(world.nodes.told).toEqual([NL1]);
  });

  it('passes over what the worker meant for another node', () => {
    const world = call(DE1, NL1);
    loseNode(world, null, 'silent');
    loseNode(world, DE1, 'silent');
    world.wait(3500);
    const [restore] = [{ type: 'restore' } as never];
    world.send({ type: 'group', event: { type: 'say', message: restore, node: DE1 } });
    expect(world.said('restore')).toEqual([]);
  });

  it('does not wait long for anybody who knocks only', () => {
    const world = new World();
    world.isDoorOpen = false;
    world.join();
    findNodes(world, DE1);
    loseNode(world, null, 'killed');
    world.wait(5000);
    expect(new Set(world.nodes.asked)).toEqual(new Set([null])); // there is nothing to bring
  });
});

describe('a node that says no', () => {
  it.each([
    ['that another one has the meeting', refusedWith('taken_over', 5)],
    ['that it is full', refusedWith('no_capacity_in_region', 5)],
    ['for good', refusedWith('not_in_set')],
    ['that it is busy', { type: 'error', code: 'busy', fatal: true } as const],
    ['that it does not understand', { type: 'error', code: 'bad_message', fatal: true } as const],
  ])('%s: the next one is asked', (_, answer) => {
    const world = call(DE1, NL1);
    world.nodes.refusals.set(DE1, answer);
    loseNode(world, null, 'killed');
    expect(msUntilWell(world)).toBeLessThan(1500);
    expect(world.nodes.told).toEqual([DE1, NL1]);
  });

  it('for good is not asked again, another one is', () => {
    const world = call(DE1, NL1);
    world.nodes.refusals.set(DE1, refusedWith('not_in_set'));
    world.nodes.refusals.set(NL1, refusedWith('lease_expired', 5));
    loseNode(world, null, 'killed');
    world.wait(10_000);
    expect(world.nodes.told.filter((node) => node === DE1)).toHaveLength(1);
    expect(world.nodes.told.filter((node) => node === NL1).length).toBeGreaterThan(4);
    expect(world.view).toMatchObject({ screen: 'call', move: 'lost' });
  });

  it('in the middle of the call sends to the one that has it', () => {
    const world = call(DE1);
    world.hear(refusedWith('taken_over', 5));
    expect(msUntilWell(world)).toBeLessThan(1000);
    expect(world.nodes.asked).toEqual([DE1]);
    expect(world.told('heard').some(({ message }) => message.type === 'error')).toBe(false);
  });

  it('ends the call as ever when nobody else is left', () => {
    const world = call(DE1);
    world.nodes.refusals.set(DE1, refusedWith('not_in_set'));
    world.hear(refusedWith('removed'));
    world.wait(3000);
    expect(world.view).toMatchObject({
      screen: 'failed',
      failure: 'region-empty',
      failureCountries: ['DE', 'FR'],
    });
    expect(world.told('heard').some(({ message }) => message.type === 'error')).toBe(true);
  });

  it('is believed after ten seconds, when all of them say so', () => {
    const world = call(DE1);
    world.nodes.refusals.set(DE1, refusedWith('no_capacity_in_region', 5));
    world.wallRefusal = refusedWith('taken_over', 5);
    world.hang().wait(9000);
    expect(world.view.screen).toBe('call');
    world.wait(5000);
    expect(world.view.screen).toBe('failed');
    expect(world.nodes.told.length).toBeLessThan(20); // and with pauses
  });

  it('ends the call at once where there is no other one', () => {
    const world = call();
    world.hear(refusedWith('taken_over', 5));
    expect(world.view).toMatchObject({ screen: 'failed', failure: 'region-silent' });
  });

  it.each<ErrorCode>(['taken_over', 'removed', 'declined', 'link_expired'])(
    'to this person (%s) says so for all of them',
    (code) => {
      const world = call(DE1);
      world.refusal = code;
      world.hang().wait(1000);
      expect(world.nodes.asked).toEqual([null]);
      expect(['failed', 'moved']).toContain(world.view.screen);
    },
  );
});

describe('what is shown meanwhile', () => {
  it('is that it moves, and then that no node is left', () => {
    const world = call(DE1);
    loseNode(world, null, 'silent');
    loseNode(world, DE1, 'silent');
    world.wait(3200);
    expect(world.view).toMatchObject({ connection: 'reconnecting', move: 'moving' });
    world.wait(3000);
    expect(world.view).toMatchObject({ connection: 'reconnecting', move: 'lost' });
    world.nodes.lost.clear();
    world.wait(5000);
    expect(world.view).toMatchObject({ connection: 'connected', move: null });
  });

  it('is that the node is lost where the meeting may go to none of the others', () => {
    const world = call();
    loseNode(world, null, 'killed');
    world.wait(3000);
    expect(world.view.move).toBe('lost');
  });

  it('is nothing of nodes for an operator of one', () => {
    const world = new World().join();
    world.send({ type: 'group', event: { type: 'other-nodes', nodes: [], isAlone: true } });
    loseNode(world, null, 'killed');
    world.wait(5000);
    expect(world.view).toMatchObject({ connection: 'reconnecting', move: null });
  });

  it('is nothing of nodes while this device has no network', () => {
    const world = call(DE1);
    world.send({ type: 'offline' });
    loseNode(world, null, 'killed');
    loseNode(world, DE1, 'killed');
    world.wait(5000);
    expect(world.view.move).toBeNull();
    world.send({ type: 'online' }).wait(1000);
    expect(world.view.move).toBe('lost');
  });
});

describe('a meeting that moves while we wait to be let in', () => {
  const moving = (node: string) => ({ type: 'moving', node }) as const;

  /** In the lobby, with nobody who lets us in. */
  function waiting(): World {
    const world = new World().add(1);
    world.isDoorOpen = false;
    world.join({ microphone: true, camera: false }).wait(2000).clear();
    world.nodes.asked.length = 0;
    expect(world.view.screen).toBe('lobby');
    return world;
  }

  it('is followed to where it has gone, once we have found that it may be there', () => {
    const world = waiting().hear(moving(DE1));
    expect(world.told('prove-node')).toHaveLength(1);
    expect(world.nodes.asked).toEqual([]);
    findNodes(world, NL1, DE1);
    world.wait(1000);
    expect(world.nodes.asked).toEqual([DE1]);
    expect(world.said('knock')).toHaveLength(1);
    expect(world.view).toMatchObject({ screen: 'lobby', failure: null, connection: 'connected' });
    expect(world.state.nodes).toMatchObject({ at: DE1, trying: DE1, next: null });
    world.admit().wait(2000);
    expect(world.view.screen).toBe('call');
    expect(world.state.media.phase).toBe('connected');
  });

  it('is followed to no other node', () => {
    const world = waiting().hear(moving('us1.example.org'));
    findNodes(world, DE1);
    world.wait(2000);
    expect(world.nodes.asked).toEqual([]);
    expect(world.view.screen).toBe('lobby');
  });

  it('is waited for as ever where the node has no papers to go by', () => {
    const world = waiting();
    world.nodeRefusal = {
      to: 'prove-node',
      refusal: { part: 'node_set', reason: 'missing' },
    };
    world.hear(moving(DE1)).wait(2000);
    expect(world.view).toMatchObject({ screen: 'lobby', failure: null });
    expect(world.nodes.asked).toEqual([]);
  });
});
