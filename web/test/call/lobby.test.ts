import { describe, expect, it } from 'vitest';
import { World } from '../support/world';

function atTheDoor(): World {
  const world = new World();
  world.isDoorOpen = false;
  return world.join().wait(1000);
}

describe('the lobby', () => {
  it('is not seen by who is let in at once', () => {
    const screens = new Set<string>();
    const world = new World();
    world.onStep = (before) => screens.add(before.view.screen);
    world.join().wait(5000);
    expect([...screens]).toEqual(['pre-join', 'call']);
    expect(world.asked('chime')).toBe(0);
  });

  it('keeps the own picture and has no connection for media', () => {
    const world = atTheDoor();
    expect(world.view).toMatchObject({ screen: 'lobby', connection: 'connected' });
    expect(world.view.lobby).toMatchObject({ hasHost: true, note: null });
    world.wait(60_000);
    expect(world.asked('open-peer') + world.asked('attach')).toBe(0);
    expect(world.said('join')).toEqual([]);
    expect(world.asked('close-device')).toBe(0);
    expect(world.view.devices).toMatchObject({ hasCamera: true, cameraOn: true });
  });

  it('has a connection ready beforehand where nobody has to be asked, until it is shown', () => {
    const world = new World();
    world.isDoorOpen = false;
    world.join().tell({ phase: 'waiting', hasLobby: false }).wait(100);
    expect(world.view.screen).toBe('call');
    expect([world.asked('open-peer'), world.asked('close-peer')]).toEqual([1, 0]);
    expect(world.said('join')).toEqual([]);
    world.wait(1000);
    expect(world.view.screen).toBe('lobby');
    expect([world.asked('open-peer'), world.asked('close-peer')]).toEqual([1, 1]);
    world.clear().admit().wait(500);
    expect(world.asked('open-peer')).toBe(1);
    expect(world.view.connection).toBe('connected');
  });

  it('ends when the server owes the transport for too long after the admission', () => {
    const world = new World();
    world.isDoorOpen = false;
    world.join().tell({ phase: 'waiting', hasLobby: false }).wait(100);
    world.refusal = 'busy';
    world.tell({ phase: 'joining' }).wait(11_000);
    expect(world.view).toMatchObject({ screen: 'failed', failure: 'server-unreachable' });
  });

  it('counts the time from the beginning', () => {
    const world = atTheDoor();
    const { since } = world.view.lobby ?? { since: 0 };
    expect(world.now - since).toBeGreaterThan(900);
    world.tell({ phase: 'waiting-for-host' }).wait(5000);
    expect(world.view.lobby).toMatchObject({ since, hasHost: false });
  });

  it('takes one line for the host', () => {
    const world = atTheDoor().clear();
    world.send({ type: 'note', text: '  It is me ' });
    expect(world.acts).toEqual([{ type: 'note', text: 'It is me' }]);
    expect(world.view.lobby?.note).toBe('It is me');
  });

  it('ends with a sound and a call when somebody opens', () => {
    const world = atTheDoor().clear();
    world.admit();
    expect(world.view).toMatchObject({ screen: 'call', connection: 'joining', lobby: null });
    expect(world.asked('chime')).toBe(1);
    world.wait(500);
    expect(world.view.connection).toBe('connected');
    expect(world.said('join')).toHaveLength(1);
    expect(world.asked('attach')).toBe(2);
  });

  it('is left without a word to the group', () => {
    const world = atTheDoor().clear();
    world.send({ type: 'leave' });
    expect(world.view.screen).toBe('left');
    expect(world.acts).toEqual([]);
    expect(world.said('leave')).toHaveLength(1);
    expect(world.asked('close-socket')).toBe(1);
  });

  it.each([
    ['declined', 'declined'],
    ['link_expired', 'link-expired'],
  ] as const)('ends with its own screen when the host says %s', (code, failure) => {
    const world = atTheDoor();
    world.hear({ type: 'error', code, fatal: true });
    expect(world.view).toMatchObject({ screen: 'failed', failure });
    world.wait(60_000);
    expect(world.view.screen).toBe('failed');
  });

  it('survives the loss of the line: a second knock takes the place of the first', () => {
    const world = atTheDoor().clear();
    world.isNetworkUp = false;
    world.wait(6000);
    expect(world.view).toMatchObject({ screen: 'lobby', connection: 'reconnecting' });
    world.isNetworkUp = true;
    world.wait(4000);
    expect(world.view).toMatchObject({ screen: 'lobby', connection: 'connected' });
    expect(world.said('knock')[0]?.replaces).toBe('session-00000000000001');
    world.clear().admit().wait(500);
    expect(world.view.connection).toBe('connected');
  });

  it('is waited in patiently while the server is busy', () => {
    const world = atTheDoor();
    world.refusal = 'busy';
    world.hang().wait(20_000);
    expect(world.view.screen).toBe('lobby');
    world.refusal = null;
    world.wait(40_000);
    expect(world.view).toMatchObject({ screen: 'lobby', connection: 'connected' });
  });
});

describe('a group that cannot be trusted', () => {
  it.each([
    ['wrong-policy', 'wrong-policy'],
    ['fake-meeting', 'fake-meeting'],
    ['broken', 'untrusted'],
  ] as const)('ends the call before any media: %s', (reason, failure) => {
    const world = atTheDoor().clear();
    world.tell({ phase: 'joining' });
    world.send({ type: 'group', event: { type: 'refused', reason } }).wait(1000);
    expect(world.view).toMatchObject({ screen: 'failed', failure });
    expect(world.said('join')).toEqual([]);
    expect(world.asked('attach')).toBe(0);
    expect(world.asked('stop-group')).toBe(1);
    expect(world.asked('close-peer')).toBe(1);
  });

  it('a worker that dies ends the call', () => {
    const world = new World().join().clear();
    world.send({ type: 'group-broken' });
    expect(world.view).toMatchObject({ screen: 'failed', failure: 'internal' });
    expect(world.asked('close-peer')).toBe(1);
  });
});

describe('what the server says of the group', () => {
  it('goes to the worker, and nothing else does', () => {
    const world = new World().join().clear();
    world.hear(
      { type: 'epoch_ready', epoch: 1 },
      { type: 'commit', message: 'AAAA', log: { size: 1, checkpoint: 'x' } },
      { type: 'draining' },
      { type: 'pong', id: 1 },
      { type: 'codec', codec: 'vp9' },
      { type: 'gone', peer: 'x', reason: 'left' },
    );
    const told = world.told('heard').map(({ message }) => message.type);
    expect(told).toEqual(['epoch_ready', 'commit', 'gone']);
    expect(world.effects).toContainEqual({ type: 'use-codec', codec: 'vp9' });
  });

  it('what the worker says goes to the server only when it is its turn', () => {
    const world = new World().join().clear();
    const say = (): World =>
      world.send({
        type: 'group',
        event: { type: 'say', message: { type: 'ready', epoch: 1 } },
      });
    say();
    expect(world.said('ready')).toHaveLength(1);
    world.clear().send({ type: 'socket-closed' });
    say();
    while (world.state.line.phase !== 'greeting') world.wait(1);
    say();
    expect(world.said('ready')).toEqual([]);
    expect(world.told('line')).toEqual([
      { type: 'line', isUp: false, node: null },
      { type: 'line', isUp: true, node: null },
    ]);
  });
});
