import { describe, expect, it } from 'vitest';
import { problemOf } from '../../src/call/problem';
import { World } from '../support/world';

const ASK = { type: 'use-devices', microphone: true, camera: true } as const;

describe('asking for devices', () => {
  it('is one question for both', () => {
    const world = new World().send(ASK);
    expect(world.view.devices.permission).toBe('asking');
    expect(world.effects).toEqual([
      {
        type: 'open-devices',
        wanted: [
          { source: 'microphone', id: null },
          { source: 'camera', id: null },
        ],
      },
    ]);
    world.wait(100);
    expect(world.view.devices).toMatchObject({
      permission: 'answered',
      microphoneOn: true,
      hasMicrophone: true,
      hasCamera: true,
      microphoneId: 'default',
    });
  });

  it('is not done for somebody who wants none', () => {
    const world = new World().send({ type: 'use-devices', microphone: false, camera: false });
    expect(world.view.devices.permission).toBe('answered');
    expect(world.effects).toEqual([]);
  });

  it('tells of each device by itself why it is not there', () => {
    const world = new World();
    world.problems.camera = 'in-use';
    world.send(ASK).wait(100);
    expect(world.view.devices).toMatchObject({
      permission: 'answered',
      microphoneOn: true,
      microphoneProblem: null,
      cameraOn: false,
      hasCamera: false,
      cameraProblem: 'in-use',
    });
    delete world.problems.camera;
    world.send({ type: 'retry-device', source: 'camera' }).wait(100);
    expect(world.view.devices).toMatchObject({ cameraOn: true, cameraProblem: null });
  });

  it('brings nothing for what was switched off meanwhile', () => {
    const world = new World().send(ASK);
    world.send({ type: 'toggle', source: 'camera' });
    expect(world.effects.at(-1)).toEqual({ type: 'close-device', source: 'camera' });
    world.wait(100);
    expect(world.view.devices).toMatchObject({ cameraOn: false, permission: 'answered' });
  });
});

describe('mute', () => {
  it('takes the track out first and closes the device then', () => {
    const world = new World().join().clear();
    world.send({ type: 'toggle', source: 'microphone' });
    expect(world.effects).toEqual([
      { type: 'detach', source: 'microphone' },
      { type: 'close-device', source: 'microphone' },
      { type: 'say', message: { type: 'media', microphone: false, camera: true } },
    ]);
    expect(world.view.devices).toMatchObject({ microphoneOn: false, hasMicrophone: true });
    expect(world.view.people[0]?.microphone).toBe(false);
  });

  it('ends by opening the device again and attaching its track', () => {
    const world = new World().join().send({ type: 'toggle', source: 'microphone' }).clear();
    world.send({ type: 'toggle', source: 'microphone' });
    expect(world.asked('attach')).toBe(0);
    world.wait(100);
    expect(world.effects.map(({ type }) => type)).toEqual(['open-devices', 'attach', 'say']);
    expect(world.said('media')).toEqual([{ type: 'media', microphone: true, camera: true }]);
  });
});

describe('another device', () => {
  it('is opened in place of the old one, and its track attached', () => {
    const world = new World().join().clear();
    world.send({ type: 'choose-device', device: 'camera', id: 'second' }).wait(100);
    expect(world.effects).toContainEqual({
      type: 'open-devices',
      wanted: [{ source: 'camera', id: 'second' }],
    });
    expect(world.effects).toContainEqual({ type: 'attach', source: 'camera' });
    expect(world.view.devices.cameraId).toBe('second');
    expect(world.said('media')).toEqual([]);
  });

  it('is only remembered while it is switched off', () => {
    const world = new World().send({ type: 'choose-device', device: 'microphone', id: 'second' });
    expect(world.effects).toEqual([]);
    world.send({ ...ASK, camera: false });
    expect(world.effects).toMatchObject([{ wanted: [{ source: 'microphone', id: 'second' }] }]);
  });

  it('is tried before the call where the first one was not to be had, and not in the call', () => {
    const world = new World();
    world.problems.camera = 'in-use';
    world.send(ASK).wait(100);
    delete world.problems.camera;
    world.send({ type: 'choose-device', device: 'camera', id: 'second' }).wait(100);
    expect(world.view.devices).toMatchObject({ cameraOn: true, cameraId: 'second' });
    world.send({ type: 'join' }).wait(500);
    world.problems.camera = 'missing';
    world.send({ type: 'device-ended', source: 'camera' }).wait(100);
    delete world.problems.camera;
    world.send({ type: 'choose-device', device: 'camera', id: 'third' }).wait(100);
    expect(world.view.devices).toMatchObject({ cameraOn: false, cameraProblem: null });
    world.send({ type: 'toggle', source: 'camera' }).wait(100);
    expect(world.view.devices).toMatchObject({ cameraOn: true, cameraId: 'third' });
  });

  it('plays the sound', () => {
    const world = new World().send({ type: 'choose-device', device: 'speaker', id: 'loud' });
    world.send({ type: 'test-speaker' });
    expect(world.effects).toEqual([{ type: 'use-speaker', id: 'loud' }, { type: 'test-speaker' }]);
  });
});

describe('a device that is unplugged', () => {
  it('gives way to the default one, with a word', () => {
    const world = new World().join();
    world.send({ type: 'choose-device', device: 'microphone', id: 'second' }).wait(100).clear();
    world.send({ type: 'device-ended', source: 'microphone' }).wait(100);
    expect(world.effects).toContainEqual({
      type: 'open-devices',
      wanted: [{ source: 'microphone', id: null }],
    });
    expect(world.effects).toContainEqual({ type: 'attach', source: 'microphone' });
    expect(world.noticeKinds).toEqual(['device-switched']);
    expect(world.view.devices.microphoneOn).toBe(true);
  });

  it('switches itself off when there is no other, and stays off when one comes', () => {
    const world = new World().join();
    world.problems.microphone = 'missing';
    world.send({ type: 'device-ended', source: 'microphone' }).wait(100);
    expect(world.view.devices).toMatchObject({
      microphoneOn: false,
      hasMicrophone: false,
      microphoneProblem: 'unplugged',
    });
    expect(world.noticeKinds).toContain('device-lost');
    const microphones = [{ id: 'new', label: 'New' }];
    world.send({ type: 'device-list', microphones, cameras: [], speakers: [] }).wait(5000);
    expect(world.view.devices.microphoneOn).toBe(false);
  });

  it('stays muted when it was muted, and is not asked for by name later', () => {
    const world = new World().join();
    world.send({ type: 'choose-device', device: 'microphone', id: 'second' }).wait(100);
    world.send({ type: 'toggle', source: 'microphone' }).clear();
    world.send({ type: 'device-list', microphones: [], cameras: [], speakers: [] });
    expect(world.asked('open-devices')).toBe(0);
    world.send({ type: 'toggle', source: 'microphone' });
    expect(world.effects).toMatchObject([{ wanted: [{ source: 'microphone', id: null }] }]);
  });
});

describe('an open microphone without a sound', () => {
  it('is shown, and not once it is muted', () => {
    const world = new World().join().send({ type: 'microphone-silent', isSilent: true });
    expect(world.view.devices.isSilent).toBe(true);
    world.send({ type: 'toggle', source: 'microphone' });
    expect(world.view.devices.isSilent).toBe(false);
  });
});

describe('the cause of a refusal', () => {
  it.each([
    ['NotAllowedError', 'Permission denied', 'blocked'],
    ['NotAllowedError', 'Permission dismissed', 'blocked'],
    ['NotAllowedError', 'Permission denied by system', 'blocked-by-system'],
    ['NotReadableError', 'Could not start video source', 'in-use'],
    ['AbortError', 'Starting videoinput failed', 'in-use'],
    ['NotFoundError', 'Requested device not found', 'missing'],
    ['OverconstrainedError', '', 'missing'],
    ['TypeError', 'whatever', 'failed'],
  ])('%s (%s) is %s', (name, message, problem) => {
    expect(problemOf(name, message)).toBe(problem);
  });
});
