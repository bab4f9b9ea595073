import { describe, expect, it } from 'vitest';
import { World } from '../support/world';

/** A call that has been going on for a while, and that has just lost its network. */
function cutOff(devices = { microphone: true, camera: false }): World {
  const world = new World().join(devices).wait(10_000).clear();
  world.isNetworkUp = false;
  return world;
}

describe('the heartbeat', () => {
  it('is a ping each second', () => {
    const world = new World().join().clear().wait(10_000);
    expect(world.said('ping').length).toBeGreaterThanOrEqual(9);
    expect(world.said('ping').length).toBeLessThanOrEqual(10);
    expect(world.view.connection).toBe('connected');
  });

  it('shows nothing below two seconds of silence, then "reconnecting", then "still trying"', () => {
    const world = cutOff();
    world.wait(1000);
    expect(world.view.connection).toBe('connected');
    world.wait(1100);
    expect(world.view.connection).toBe('reconnecting');
    expect(world.view.people[0]?.state).toBe('reconnecting');
    world.wait(26_000);
    expect(world.view.connection).toBe('reconnecting');
    world.wait(3000);
    expect(world.view.connection).toBe('still-trying');
  });

  it('takes a short loss for no loss', () => {
    const world = cutOff().wait(1200);
    world.isNetworkUp = true;
    world.wait(5000);
    expect(world.view.connection).toBe('connected');
    expect(world.asked('open-socket')).toBe(0);
  });

  it('does not take a sleeping page for a silent server', () => {
    const world = new World().join();
    world.now += 60_000;
    world.send({ type: 'tick' });
    expect(world.view.connection).toBe('connected');
    expect(world.asked('open-socket')).toBe(1);
    world.wait(5000);
    expect(world.view.connection).toBe('connected');
  });
});

describe('a lost socket', () => {
  it('that closes is shown only after two seconds', () => {
    const world = new World().join();
    world.isNetworkUp = false;
    world.send({ type: 'socket-closed' });
    expect(world.view.connection).toBe('interrupted');
    world.wait(2000);
    expect(world.view.connection).toBe('reconnecting');
  });

  it('is tried again soon: no attempt lasts longer than 1.5 s, no pause longer than 1.2 s', () => {
    const world = cutOff();
    const opened: number[] = [];
    world.onStep = (_, __, effects) => {
      if (effects.some(({ type }) => type === 'open-socket')) opened.push(world.now);
    };
    world.wait(25_000);
    const gaps = opened.slice(1).map((at, index) => at - (opened[index] ?? 0));
    expect(opened.length).toBeGreaterThan(8);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1500 + 1200);
  });

  it('is tried again at once when the browser says that there is a network', () => {
    const world = cutOff().wait(6000);
    while (world.state.line.phase !== 'waiting') world.wait(10);
    world.clear().send({ type: 'online' });
    expect(world.asked('open-socket')).toBe(1);
  });

  it('is resumed on the same peer connection, and what one sends is said again', () => {
    const world = cutOff().wait(10_000);
    world.isNetworkUp = true;
    world.clear().wait(3000);
    expect(world.view.connection).toBe('connected');
    expect(world.said('resume')).toHaveLength(1);
    expect(world.said('media')).toEqual([{ type: 'media', microphone: true, camera: false }]);
    expect(world.asked('open-peer')).toBe(0);
  });

  it('leaves mute as it is, whatever the person does meanwhile', () => {
    const world = cutOff().wait(3000);
    world.send({ type: 'toggle', source: 'microphone' });
    world.isNetworkUp = true;
    world.wait(5000);
    expect(world.view.devices.microphoneOn).toBe(false);
    expect(world.said('media').at(-1)).toEqual({ type: 'media', microphone: false, camera: false });
  });

  it('keeps the people until the new list is here, and then has no double', () => {
    const world = new World().add(1).add(2).join();
    world.isNetworkUp = false;
    world.wait(5000);
    expect(world.view.people).toHaveLength(3);
    world.isNetworkUp = true;
    world.seats.delete(1);
    world.people.delete(1);
    world.wait(4000).tellPeople();
    expect(world.view.people.map(({ leaf }) => leaf)).toEqual([0, 2]);
  });
});

describe('a seat that the server does not know any more', () => {
  it('is followed by a new knock as a return, and nothing else changes', () => {
    const world = new World().join().wait(5000).clear();
    world.sessions.clear();
    world.hang().wait(4000);
    expect(world.view.connection).toBe('connected');
    expect(world.said('resume')).toHaveLength(1);
    expect(world.said('knock')[0]?.replaces).toBe('session-00000000000001');
    expect(world.asked('start-group')).toBe(0);
    expect(world.asked('open-peer')).toBe(1);
    expect(world.asked('open-devices') + world.asked('close-device')).toBe(0);
    expect(world.asked('attach')).toBe(2);
    expect(world.view.devices).toMatchObject({ microphoneOn: true, cameraOn: true });
  });

  it('may end in the lobby, where nothing is sent', () => {
    const world = new World().join().wait(5000).clear();
    world.isDoorOpen = false;
    world.sessions.clear();
    world.hang().wait(5000);
    expect(world.view.screen).toBe('lobby');
    expect(world.state.media.phase).toBe('closed');
    expect(world.asked('close-peer')).toBe(1);
    world.clear().admit().wait(500);
    expect(world.view).toMatchObject({ screen: 'call', connection: 'connected' });
  });
});

describe('a restarted server', () => {
  it('knows the group; the path for media is made anew', () => {
    const world = new World().join().wait(5000).clear();
    world.restartServer().wait(4000);
    expect(world.view.connection).toBe('connected');
    expect(world.said('resume')).toHaveLength(1);
    expect(world.said('knock')).toEqual([]);
    expect(world.said('join')).toHaveLength(1);
    expect(world.asked('open-peer')).toBe(1);
    expect(world.asked('attach')).toBe(2);
  });

  it('is waited for patiently while it is busy', () => {
    const world = new World().join();
    world.refusal = 'busy';
    world.restartServer().clear().wait(60_000);
    expect(world.view).toMatchObject({ screen: 'call', connection: 'still-trying' });
    expect(world.asked('open-socket')).toBeLessThan(10);
    world.refusal = null;
    world.wait(50_000);
    expect(world.view.connection).toBe('connected');
  });

  it('ends the call when the meeting itself is gone', () => {
    const world = new World().join();
    world.refusal = 'not_found';
    world.restartServer().wait(4000);
    expect(world.view).toMatchObject({ screen: 'failed', failure: 'not-found' });
  });
});

describe('a lost media path', () => {
  it('may come back by itself', () => {
    const world = new World().join().clear();
    world.send({ type: 'peer-state', state: 'disconnected', address: null }).wait(2500);
    expect(world.view.connection).toBe('reconnecting');
    world.send({ type: 'peer-state', state: 'connected', address: world.address }).wait(10);
    expect(world.view.connection).toBe('connected');
    expect(world.asked('open-peer')).toBe(0);
    expect([world.asked('detach'), world.asked('attach')]).toEqual([2, 2]); // to whom, meanwhile?
  });

  it('is replaced over the same socket when it does not', () => {
    const world = new World().join().clear();
    world.send({ type: 'peer-state', state: 'disconnected', address: null }).wait(6500);
    expect(world.view.connection).toBe('connected');
    expect(world.said('join')).toHaveLength(1);
    expect(world.asked('open-socket')).toBe(0);
  });

  it('is replaced at once when it has failed, or when the server gives it up', () => {
    const failed = new World().join().clear();
    failed.send({ type: 'peer-state', state: 'failed', address: null }).wait(500);
    expect(failed.view.connection).toBe('connected');
    const given = new World().join().clear();
    given.hear({ type: 'error', code: 'media_lost', fatal: false }).wait(500);
    expect(given.view.connection).toBe('connected');
    expect(given.said('join')).toHaveLength(1);
    expect(given.said('knock')).toEqual([]);
  });

  it('waits for signalling to come back, and gets its time then', () => {
    const world = cutOff();
    world.send({ type: 'peer-state', state: 'disconnected', address: null }).wait(20_000);
    expect(world.asked('open-peer')).toBe(0);
    world.isNetworkUp = true;
    world.wait(4000);
    expect(world.view.connection).toBe('reconnecting');
    world.send({ type: 'peer-state', state: 'connected', address: world.address }).wait(10);
    expect(world.view.connection).toBe('connected');
    expect(world.asked('open-peer')).toBe(0);
  });

  it('is asked for again when the answer was lost with the line', () => {
    const world = new World();
    world.isMediaOpen = true;
    world.send({ type: 'use-devices', microphone: true, camera: true }).wait(100);
    world.send({ type: 'join' });
    while (world.said('join').length === 0) world.wait(1);
    world.hang().wait(3000);
    expect(world.said('join')).toHaveLength(2);
    expect(world.view.connection).toBe('connected');
  });

  it('is tried for as long as it takes, once the person was in', () => {
    const world = new World().join();
    world.isMediaOpen = false;
    world.send({ type: 'peer-state', state: 'failed', address: null }).wait(45_000);
    expect(world.view).toMatchObject({ screen: 'call', connection: 'still-trying' });
    world.isMediaOpen = true;
    world.send({ type: 'rejoin' }).wait(1000);
    expect(world.view.connection).toBe('connected');
  });
});

describe('a server that restarts', () => {
  it('is announced, and the call goes on', () => {
    const world = new World().join();
    world.hear({ type: 'draining' });
    expect(world.noticeKinds).toContain('server-restarting');
    expect(world.view.connection).toBe('connected');
  });
});
