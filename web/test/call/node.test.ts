import { describe, expect, it } from 'vitest';
import { PROOF_MS } from '../../src/call/node';
import type { NodeAsk, NodeRefusal } from '../../src/wire/node_view';
import { CARRIER, FACTS, JOINED } from '../support/joined';
import { World } from '../support/world';

const refusalOf = (to: NodeAsk['type']): NodeRefusal =>
  to === 'prove-node'
    ? { reason: 'region_not_allowed', part: 'node_cert' }
    : { reason: 'address', part: 'transport' };

const refused = (to: NodeAsk['type']): World => {
  const world = new World();
  world.nodeRefusal = { to, refusal: refusalOf(to) };
  return world;
};

describe('a node that carries us', () => {
  it('has shown its papers before it is asked for transport, and its address before anything is sent', () => {
    const world = new World().join();
    const order = world.effects.flatMap((effect) => {
      if (effect.type === 'tell-group') return [effect.command.type];
      if (effect.type === 'say') return [effect.message.type];
      return [effect.type];
    });
    const steps = ['prove-node', 'join', 'compose', 'answer-peer', 'check-pair', 'attach'];
    expect(order.filter((each) => steps.includes(each))).toEqual([...steps, 'attach']);
    expect(world.view.node).toMatchObject({ facts: FACTS, address: '192.0.2.1' });
  });

  it('is held against its certificate with what it offers', () => {
    const world = new World().join();
    const { fingerprint, candidates } = JOINED.transport;
    expect(world.told('compose').map(({ offered }) => offered)).toEqual([
      { fingerprint, candidates },
    ]);
  });

  it('is not known any more when the call is over', () => {
    expect(new World().join().send({ type: 'leave' }).wait(1000).view.node).toBeNull();
  });
});

describe('a node that may not carry us', () => {
  it.each(['prove-node', 'compose', 'check-pair'] as const)(
    'ends the call at %s, with its reason, and nothing was sent',
    (to) => {
      const world = refused(to).join();
      expect(world.view).toMatchObject({
        screen: 'failed',
        failure: 'node-refused',
        refusal: { ...refusalOf(to), wasSent: false },
        node: null,
      });
      expect(world.view.refusals).toEqual([refusalOf(to)]);
      expect(world.asked('attach')).toBe(0);
      expect(world.asked('close-peer')).toBeGreaterThan(0);
      if (to === 'prove-node') expect(world.said('join')).toEqual([]);
      if (to !== 'check-pair') expect(world.asked('answer-peer')).toBe(0);
    },
  );

  it('can be tried again', () => {
    const world = refused('prove-node').join();
    world.nodeRefusal = null;
    world.send({ type: 'rejoin' }).wait(500);
    expect(world.view).toMatchObject({ screen: 'call', connection: 'connected', refusal: null });
  });

  it('ends a call that goes on, when its papers are not right any more', () => {
    const world = new World().join().clear();
    const { id } = world.state.node;
    const refusal = { reason: 'expired', part: 'node_cert' } as const;
    world.send({ type: 'group', event: { type: 'node-refused', id, refusal } });
    expect(world.view).toMatchObject({ screen: 'failed', failure: 'node-refused' });
    expect(world.view.refusal).toEqual({ ...refusal, wasSent: true });
    expect(world.asked('close-peer')).toBe(1);
  });

  it('and one of before has nothing to say any more', () => {
    const world = new World().join();
    const refusal = { reason: 'expired', part: 'node_cert' } as const;
    const id = world.state.node.id - 1;
    world.send({ type: 'group', event: { type: 'node-refused', id, refusal } });
    expect(world.view.connection).toBe('connected');
  });
});

describe('a path that is gone', () => {
  it('gets nothing more, and the one that the browser finds instead nothing before it is proven', () => {
    const world = new World().join().clear();
    world.send({ type: 'peer-state', state: 'disconnected', address: null });
    expect([world.asked('detach'), world.view.node?.address]).toEqual([2, null]);
    world.nodeRefusal = { to: 'check-pair', refusal: refusalOf('check-pair') };
    world.move('203.0.113.9');
    world.send({ type: 'peer-state', state: 'connected', address: '203.0.113.9' }).wait(100);
    expect(world.asked('attach')).toBe(0);
    expect(world.view.failure).toBe('node-refused');
  });
});

describe('a proof', () => {
  it('that is not renewed ends, and a new one is asked for', () => {
    const world = new World().join().clear();
    world.wait(PROOF_MS);
    expect(world.told('prove-node')).toHaveLength(1);
    expect(world.view.connection).toBe('connected');
  });

  it('that is renewed lets the call go on, with the address that it holds now', () => {
    const world = new World().join();
    const { id } = world.state.node;
    world.wait(PROOF_MS / 2).clear();
    world.send({ type: 'group', event: { type: 'node-proven', id, facts: FACTS, carrier: null } });
    expect(world.told('check-pair')).toMatchObject([{ address: '192.0.2.1' }]);
    world.wait(PROOF_MS / 2 + 1000);
    expect(world.asked('open-peer')).toBe(0);
  });
});

describe('papers that do not come', () => {
  it('let nobody in', () => {
    const world = new World();
    world.arePapersThere = false;
    world.join().wait(11_000);
    expect(world.view).toMatchObject({ screen: 'failed', failure: 'server-unreachable' });
    expect([world.said('join').length, world.asked('attach')]).toEqual([0, 0]);
  });

  it('are no fault of the network, where nobody has to be asked to come in', () => {
    const world = new World();
    world.arePapersThere = world.isDoorOpen = false;
    world.send({ type: 'use-devices', microphone: true, camera: true }).wait(100);
    world.send({ type: 'join' }).wait(100).tell({ phase: 'waiting', hasLobby: false });
    world.wait(200).admit().wait(11_000);
    expect(world.view.failure).toBe('server-unreachable');
  });

  it('hold up a call that comes back, which tries on', () => {
    const world = new World().join();
    world.arePapersThere = false;
    world.send({ type: 'peer-state', state: 'failed', address: null }).wait(25_000);
    expect(world.view.connection).toBe('reconnecting');
    world.arePapersThere = true;
    world.wait(12_000);
    expect(world.view.connection).toBe('connected');
  });
});

describe('another path', () => {
  it('gets nothing before its address is proven', () => {
    const world = new World().join().clear();
    world.move('2001:db8::1');
    expect([world.asked('detach'), world.asked('attach')]).toEqual([2, 0]);
    expect(world.told('check-pair')).toMatchObject([{ address: '2001:db8::1' }]);
    world.wait(100);
    expect(world.asked('attach')).toBe(2);
    expect(world.view.node?.address).toBe('2001:db8::1');
  });

  it.each(['203.0.113.9', null])('to %s ends the call', (address) => {
    const world = new World().join().clear();
    world.nodeRefusal = { to: 'check-pair', refusal: refusalOf('check-pair') };
    world.move(address).wait(100);
    expect(world.view.failure).toBe('node-refused');
    expect(world.asked('attach')).toBe(0);
  });

  it('that is the same is no other', () => {
    const world = new World().join().clear();
    world.move('192.0.2.1').wait(100);
    expect(world.effects).toEqual([]);
  });
});

describe('a second node that the server names', () => {
  const carried = (): World => {
    const world = new World();
    const { candidates } = JOINED.transport;
    const transport = { ...JOINED.transport, candidates, fingerprint: CARRIER.fingerprint };
    world.joined = { ...JOINED, transport, node: CARRIER.node };
    return world;
  };

  it('is judged with what it offers, and both are shown', () => {
    const world = carried().join();
    expect(world.told('compose').map(({ node }) => node)).toEqual([CARRIER.node]);
    expect(world.view).toMatchObject({
      connection: 'connected',
      node: { facts: FACTS, carrier: CARRIER, address: '192.0.2.1' },
    });
    expect(world.asked('open-peer')).toBe(1);
  });

  it.each(['compose', 'check-pair'] as const)('that may not ends the call at %s', (to) => {
    const world = carried();
    const refusal = { ...refusalOf(to), carrier: CARRIER.node };
    world.nodeRefusal = { to, refusal };
    world.join();
    expect(world.view).toMatchObject({
      screen: 'failed',
      failure: 'node-refused',
      refusal: { ...refusal, wasSent: false },
    });
    expect(world.asked('attach')).toBe(0);
    if (to === 'compose') expect(world.asked('answer-peer')).toBe(0);
  });

  it('of which nothing can be known in time gets nothing, and it is no fault of the network', () => {
    const world = carried();
    world.isCarrierKnown = false;
    world.join().wait(11_000);
    expect(world.view.failure).toBe('server-unreachable');
    expect([world.asked('answer-peer'), world.asked('attach')]).toEqual([0, 0]);
  });

  it('stays when it is proven anew, and gets a new connection when it has another key', () => {
    const world = carried().join().clear();
    const { id } = world.state.node;
    const told = { type: 'node-proven', id, facts: FACTS } as const;
    world.send({ type: 'group', event: { ...told, carrier: CARRIER } });
    expect([world.asked('open-peer'), world.told('check-pair').length]).toEqual([0, 1]);
    const other = { ...CARRIER, fingerprint: FACTS.fingerprint };
    world.send({ type: 'group', event: { ...told, carrier: other } });
    expect(world.asked('open-peer')).toBe(1);
  });
});

it('a node with another key gets a connection of its own', () => {
  const world = new World().join().clear();
  const { id } = world.state.node;
  const facts = { ...FACTS, fingerprint: FACTS.fingerprint.replace('B0', 'B1') };
  world.send({ type: 'group', event: { type: 'node-proven', id, facts, carrier: null } });
  expect(world.asked('open-peer')).toBe(1);
  expect(world.told('prove-node')).toHaveLength(1);
});
