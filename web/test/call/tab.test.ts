import { describe, expect, it } from 'vitest';
import { World } from '../support/world';

const HANDOVER = {
  session: 'session-of-other-tab00',
  name: 'Ana',
  devices: { microphoneOn: false, cameraOn: true, hasMicrophone: true, hasCamera: true },
};

describe('a second tab', () => {
  it('may join as another person, and never replaces the first one', () => {
    const world = new World({ isInOtherTab: true, session: 'session-that-was-copied' });
    world.send({ type: 'join-as-another' });
    expect(world.view.screen).toBe('pre-join');
    world.join();
    expect(world.said('knock')[0]).not.toHaveProperty('replaces');
    expect(world.effects).toContainEqual({
      type: 'start-group',
      name: 'Teacher',
      isAnother: true,
    });
  });

  it('takes the first one over: its session, its name, its wishes', () => {
    const world = new World({ isInOtherTab: true });
    world.send({ type: 'move-here' });
    expect(world.asked('ask-handover')).toBe(1);
    world.send({ type: 'handover', handover: HANDOVER }).wait(500);
    expect(world.view).toMatchObject({ screen: 'call', connection: 'connected', name: 'Ana' });
    expect(world.said('knock')[0]?.replaces).toBe(HANDOVER.session);
    expect(world.view.devices).toMatchObject(HANDOVER.devices);
    expect(world.asked('open-devices')).toBe(1);
  });

  it('goes on to the pre-join page when the first one does not answer', () => {
    const world = new World({ isInOtherTab: true }).send({ type: 'move-here' }).wait(1500);
    expect(world.view.screen).toBe('pre-join');
    world.send({ type: 'handover', handover: HANDOVER });
    expect(world.view.screen).toBe('pre-join');
  });
});

describe('the first tab', () => {
  it('gives its session away, and goes when the server says so, not before', () => {
    const world = new World().join().send({ type: 'toggle', source: 'microphone' }).clear();
    world.send({ type: 'handover-asked' });
    expect(world.effects).toEqual([
      {
        type: 'give-handover',
        handover: {
          session: 'session-00000000000001',
          name: 'Teacher',
          devices: { ...HANDOVER.devices },
        },
      },
    ]);
    expect(world.view.screen).toBe('call');
    world.hear({ type: 'error', code: 'taken_over', fatal: true });
    expect(world.view.screen).toBe('moved');
    expect(world.said('leave')).toEqual([]);
    expect(world.asked('close-socket')).toBe(0);
    expect(world.asked('close-device')).toBe(1);
    expect(world.effects.at(-1)).toEqual({ type: 'hold-page', on: false });
  });

  it('knows its removal from the group as the move that it is', () => {
    const world = new World().join().send({ type: 'handover-asked' });
    world.tell({ phase: 'out' });
    expect(world.view.screen).toBe('moved');
    const other = new World().join().send({ type: 'handover-asked' });
    other.hear({ type: 'error', code: 'removed', fatal: true });
    expect(other.view.screen).toBe('moved');
  });

  it('has nothing to give as another person: that device key is only here', () => {
    const world = new World({ isInOtherTab: true }).send({ type: 'join-as-another' }).join();
    world.clear().send({ type: 'handover-asked' });
    expect(world.effects).toEqual([]);
  });

  it('has nothing to give before it has joined', () => {
    const world = new World().send({ type: 'handover-asked' });
    expect(world.effects).toEqual([]);
  });
});
