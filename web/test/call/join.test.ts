import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/wire/message';
import { member } from '../support/joined';
import { LINK, World } from '../support/world';

describe('the first page', () => {
  it.each([
    ['home', { place: 'home', meeting: null }, 'home'],
    ['/new', { place: 'new', meeting: null }, 'new'],
    ['a meeting', {}, 'pre-join'],
    ['a link without its fragment', { meeting: null }, 'bad-link'],
    ['a meeting that another tab is in', { isInOtherTab: true }, 'other-tab'],
    ['an old browser', { isSupported: false }, 'unsupported'],
  ] as const)('is right for %s', (_, boot, screen) => {
    expect(new World(boot).view.screen).toBe(screen);
  });

  it('makes a meeting on /new and opens it', () => {
    const world = new World({ place: 'new', meeting: null });
    world.send({ type: 'make-meeting' });
    expect(world.asked('make-meeting')).toBe(1);
    expect(world.view.newMeeting?.status).toBe('making');
    world.send({ type: 'meeting-failed', failure: 'busy' });
    expect(world.view.newMeeting).toEqual({ status: 'failed', link: null, failure: 'busy' });
    world.send({ type: 'make-meeting' }).send({ type: 'meeting-made', link: 'https://x/m/1#2' });
    world.clear().send({ type: 'copy-link' }).send({ type: 'open-meeting' });
    expect(world.effects).toEqual([
      { type: 'copy', text: 'https://x/m/1#2' },
      { type: 'go', to: 'https://x/m/1#2' },
    ]);
  });
});

describe('joining', () => {
  it('is not done before the person presses join', () => {
    const world = new World();
    world.send({ type: 'use-devices', microphone: true, camera: true }).wait(60_000);
    expect(world.view.screen).toBe('pre-join');
    expect(world.asked('open-socket') + world.asked('open-peer')).toBe(0);
  });

  it('says what the browser offers, and who comes', () => {
    const world = new World().join({ microphone: true });
    const [join] = world.said('join');
    expect(join).toMatchObject({
      meeting: LINK.meeting,
      name: 'Teacher',
      media: { microphone: true, camera: false },
    });
    expect(join?.sections).toHaveLength(4);
    expect(join).not.toHaveProperty('replaces');
    expect(world.said('media')).toEqual([]);
  });

  it('says what changed on the way in', () => {
    const world = new World().send({ type: 'use-devices', microphone: true, camera: false });
    world.wait(100).send({ type: 'join' }).wait(45);
    expect(world.said('join')).toHaveLength(1);
    world.send({ type: 'toggle', source: 'microphone' }).wait(500);
    expect(world.said('media')).toEqual([{ type: 'media', microphone: false, camera: false }]);
  });

  it('attaches tracks only when media is connected', () => {
    const world = new World();
    world.isMediaOpen = false;
    world.join();
    expect(world.view.connection).toBe('joining');
    expect(world.asked('attach')).toBe(0);
    world.send({ type: 'peer-state', state: 'connected' });
    expect(world.view.connection).toBe('connected');
    expect(world.asked('attach')).toBe(2);
  });

  it('needs a name', () => {
    const world = new World({ name: '' });
    world.send({ type: 'join' });
    expect(world.view.screen).toBe('pre-join');
    world.send({ type: 'set-name', name: '  \u202eAna\u0007 ' }).send({ type: 'join' });
    expect(world.view.name).toBe('Ana');
    expect(world.effects).toContainEqual({ type: 'store-name', name: 'Ana' });
  });

  it('works with no device at all, and says that one is muted', () => {
    const world = new World().join({});
    expect(world.view.connection).toBe('connected');
    expect(world.noticeKinds).toContain('you-are-muted');
  });

  it.each<[ErrorCode, string]>([
    ['not_found', 'not-found'],
    ['room_full', 'room-full'],
    ['server_full', 'server-full'],
    ['busy', 'busy'],
    ['unsupported_version', 'version'],
    ['bad_message', 'internal'],
    ['internal', 'internal'],
  ])('ends with its own text on %s', (code, failure) => {
    const world = new World();
    world.refusal = code;
    world.join();
    expect(world.view).toMatchObject({ screen: 'failed', failure, connection: 'idle' });
    expect(world.asked('close-peer')).toBe(1);
    expect(world.asked('close-device')).toBe(2);
  });

  it('ends when no server answers', () => {
    const world = new World();
    world.isNetworkUp = false;
    world.join();
    expect(world.view.connection).toBe('joining');
    world.wait(10_000);
    expect(world.view).toMatchObject({ screen: 'failed', failure: 'server-unreachable' });
  });

  it('ends when media does not get through in 10 s, and tells the addresses', () => {
    const world = new World();
    world.isMediaOpen = false;
    world.join().wait(9000);
    expect(world.view.connection).toBe('joining');
    world.wait(1500);
    expect(world.view).toMatchObject({
      screen: 'failed',
      failure: 'media-blocked',
      mediaAddresses: ['192.0.2.1:10000', '[2001:db8::1]:10001'],
    });
  });

  it('ends when the browser refuses our answer, or the server speaks another language', () => {
    expect(new World().join().send({ type: 'peer-refused' }).view.failure).toBe('internal');
    const world = new World().join();
    world.send({ type: 'socket-message', message: undefined });
    expect(world.view.failure).toBe('version');
    world.clear().send({ type: 'rejoin' });
    expect(world.effects).toEqual([{ type: 'reload' }]);
  });

  it('can be tried again after a failure', () => {
    const world = new World();
    world.refusal = 'busy';
    world.join();
    world.refusal = null;
    world.send({ type: 'rejoin' }).wait(500);
    expect(world.view).toMatchObject({ screen: 'call', connection: 'connected', failure: null });
    expect(world.view.devices.microphoneOn).toBe(true);
  });
});

describe('leaving', () => {
  it('is clean, and closes every device', () => {
    const world = new World().join().clear();
    world.send({ type: 'leave' });
    expect(world.view).toMatchObject({ screen: 'left', connection: 'idle', people: [] });
    expect(world.effects.map((effect) => effect.type)).toEqual([
      'store-session',
      'say',
      'close-socket',
      'close-peer',
      'close-device',
      'close-device',
      'hold-page',
    ]);
    expect(world.said('leave')).toHaveLength(1);
    world.wait(60_000);
    expect(world.view.screen).toBe('left');
  });

  it('with the page keeps the session, for the page that is loaded in its place', () => {
    const world = new World().join().clear();
    world.send({ type: 'page-hidden' });
    expect(world.said('leave')).toHaveLength(1);
    expect(world.asked('store-session')).toBe(0);
    const reloaded = new World({ session: 'session-of-before-0000' }).join();
    expect(reloaded.said('join')[0]?.replaces).toBe('session-of-before-0000');
  });
});

describe('the people', () => {
  it('are shown with oneself first and the slots that carry them', () => {
    const world = new World();
    world.others.set('a', member('a'));
    world.slots = [
      { mid: '2', peer: 'a', source: 'microphone' },
      { mid: '11', peer: 'a', source: 'camera' },
    ];
    world.join();
    expect(world.view.people).toMatchObject([
      { id: 'self', name: 'Teacher', isSelf: true, microphone: true, audioMid: null },
      { id: 'a', name: 'A', isSelf: false, audioMid: '2', videoMid: '11' },
    ]);
    expect(world.view.peopleMax).toBe(200);
  });

  it('come and go with a word', () => {
    const world = new World().join();
    world.hear({ type: 'peer', peer: member('a') });
    expect(world.view.notices.at(-1)?.notice).toEqual({ kind: 'joined', name: 'A' });
    world.hear({ type: 'peer', peer: member('a', { state: 'reconnecting' }) });
    expect(world.view.people[1]?.state).toBe('reconnecting');
    world.hear({ type: 'gone', peer: 'a', reason: 'lost' });
    expect(world.view.notices.at(-1)?.notice).toEqual({ kind: 'gone', name: 'A' });
    expect(world.view.people).toHaveLength(1);
    world.wait(10_000);
    expect(world.view.notices).toEqual([]);
  });

  it('stay the same objects while nothing about them changes', () => {
    const world = new World();
    world.others.set('a', member('a'));
    world.join();
    const { people } = world.view;
    world.wait(5000);
    expect(world.view.people).toBe(people);
    world.hear({ type: 'peer', peer: member('b') });
    expect(world.view.people[1]).toBe(people[1]);
  });

  it('arrive in parts, and the last part replaces whom one knew', () => {
    const world = new World();
    world.others.set('a', member('a'));
    world.join();
    world.hear({ type: 'peers', peers: [member('self'), member('b')], complete: false });
    expect(world.view.people.map(({ id }) => id)).toEqual(['self', 'a']);
    world.hear({ type: 'peers', peers: [member('c')], complete: true });
    expect(world.view.people.map(({ id }) => id)).toEqual(['self', 'b', 'c']);
  });

  it('lose and get slots by changes', () => {
    const world = new World();
    world.others.set('a', member('a'));
    world.slots = [{ mid: '2', peer: 'a', source: 'microphone' }];
    world.join();
    world.hear({ type: 'slots', slots: [{ mid: '11', peer: 'a', source: 'camera' }] });
    expect(world.view.people[1]).toMatchObject({ audioMid: '2', videoMid: '11' });
    world.hear({ type: 'slots', slots: [{ mid: '2', peer: null }] });
    expect(world.view.people[1]).toMatchObject({ audioMid: null, videoMid: '11' });
  });
});
