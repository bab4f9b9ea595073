import { describe, expect, it } from 'vitest';
import type { ErrorCode, NodeRefused } from '../../src/wire/message';
import { PLACE_REASONS, type PlaceReason } from '../../src/wire/place_reason';
import { World } from '../support/world';

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
});

const PLACES = { home: 'DE', nodes: ['DE', 'FR'], isComplete: true };
const MADE = {
  type: 'meeting-made',
  link: 'https://x/m/1#2',
  hostLink: 'https://x/m/1#2.3',
  countries: ['DE'],
} as const;

const refused = (reason: PlaceReason): NodeRefused => ({
  type: 'error',
  code: 'node_refused',
  fatal: true,
  reason,
  countries: ['DE'],
});

describe('making a meeting', () => {
  it('is done on a page of its own', () => {
    const world = new World({ place: 'home', meeting: null });
    world.send({ type: 'make-meeting', lobby: 'lobby' });
    expect(world.effects).toEqual([{ type: 'go', to: '/new' }]);
  });

  it('waits for the choice of who comes in', () => {
    const world = new World({ place: 'new', meeting: null }).wait(5000);
    expect(world.view.newMeeting?.status).toBe('choosing');
    expect(world.effects).toEqual([{ type: 'ask-places' }]);
    world.clear().send({ type: 'places', places: PLACES });
    world.send({ type: 'make-meeting', lobby: 'open', countries: ['AT', 'DE'] });
    const chosen = { lobby: 'open', countries: ['AT', 'DE'] };
    expect(world.effects).toEqual([{ type: 'make-meeting', ...chosen }]);
    expect(world.view.newMeeting).toMatchObject({ status: 'making', places: PLACES, ...chosen });
  });

  it('shows the countries of the meeting that was made, not those that were asked for', () => {
    const world = new World({ place: 'new', meeting: null });
    world.send({ type: 'places', places: PLACES });
    world.send({ type: 'make-meeting', lobby: 'open' });
    expect(world.view.newMeeting?.countries).toBeNull();
    world.send({ ...MADE, countries: ['DE'] });
    expect(world.view.newMeeting).toMatchObject({ status: 'ready', countries: ['DE'] });
  });

  it('ends before the choice where the server does not prove who it is, until it does', () => {
    const world = new World({ place: 'new', meeting: null });
    const refusal = { part: 'node_set', reason: 'expired' } as const;
    world.clear().send({ type: 'meeting-failed', failure: 'node-refused', refusal });
    expect(world.view.newMeeting).toMatchObject({ status: 'failed', refusal, places: null });
    world.send({ type: 'choose-meeting' });
    expect(world.effects).toEqual([{ type: 'ask-places' }]);
    expect(world.view.newMeeting).toMatchObject({ status: 'choosing', refusal: null });
    world.send({ type: 'places', places: PLACES });
    expect(world.view.newMeeting?.places).toEqual(PLACES);
  });

  it('asks no server where it stands on any other page', () => {
    const world = new World({ place: 'home', meeting: null });
    world.send({ type: 'choose-meeting' }).send({ type: 'places', places: PLACES });
    expect(world.effects).toEqual([]);
    expect(world.view.newMeeting).toBeNull();
  });

  it('can be tried again, and gives two links that are copied apart', () => {
    const world = new World({ place: 'new', meeting: null });
    world.send({ type: 'make-meeting', lobby: 'lobby' });
    world.send({ type: 'meeting-failed', failure: 'busy' });
    expect(world.view.newMeeting).toMatchObject({ status: 'failed', failure: 'busy' });
    world.send({ type: 'make-meeting', lobby: 'lobby' });
    world.send(MADE);
    world.clear().send({ type: 'copy-link' }).send({ type: 'copy-host-link' });
    world.send({ type: 'open-meeting' });
    expect(world.effects).toEqual([
      { type: 'copy', text: 'https://x/m/1#2', which: 'link' },
      { type: 'copy', text: 'https://x/m/1#2.3', which: 'host-link' },
      { type: 'go', to: 'https://x/m/1#2' },
    ]);
  });
});

describe('joining', () => {
  it('shows before anything is sent where the meeting may run', () => {
    const world = new World().send({ type: 'policy-known', countries: ['AT', 'DE'] });
    expect(world.view.screen).toBe('pre-join');
    expect(world.view.group.countries).toEqual(['AT', 'DE']);
  });

  it('is not done before the person presses join', () => {
    const world = new World();
    world.send({ type: 'use-devices', microphone: true, camera: true }).wait(60_000);
    expect(world.view.screen).toBe('pre-join');
    expect(world.asked('open-socket') + world.asked('open-peer')).toBe(0);
    expect(world.asked('start-group')).toBe(0);
  });

  it('is a knock first; transport is asked for when the group has let us in', () => {
    const world = new World().join({ microphone: true });
    expect(world.effects).toContainEqual({
      type: 'start-group',
      name: 'Teacher',
      isAnother: false,
    });
    expect(world.said('knock')).toHaveLength(1);
    expect(world.said('knock')[0]).not.toHaveProperty('replaces');
    const [join] = world.said('join');
    expect(join?.media).toEqual({ microphone: true, camera: false });
    expect(join?.sections).toHaveLength(4);
    expect(JSON.stringify(join)).not.toContain('Teacher');
    expect(world.view).toMatchObject({ screen: 'call', connection: 'connected', lobby: null });
    expect(world.said('media')).toEqual([]);
  });

  it('says what changed on the way in', () => {
    const world = new World().send({ type: 'use-devices', microphone: true, camera: false });
    world.wait(100).send({ type: 'join' });
    while (world.said('join').length === 0) world.wait(1);
    world.send({ type: 'toggle', source: 'microphone' }).wait(500);
    expect(world.said('media')).toEqual([{ type: 'media', microphone: false, camera: false }]);
  });

  it('attaches tracks only when media is connected', () => {
    const world = new World();
    world.isMediaOpen = false;
    world.join();
    expect(world.view.connection).toBe('joining');
    expect(world.asked('attach')).toBe(0);
    world.send({ type: 'peer-state', state: 'connected', address: world.address });
    expect(world.asked('attach')).toBe(0); // to whom?
    world.wait(10);
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
    ['declined', 'declined'],
    ['link_expired', 'link-expired'],
  ])('ends with its own text on %s', (code, failure) => {
    const world = new World();
    world.refusal = code;
    world.join();
    expect(world.view).toMatchObject({ screen: 'failed', failure, connection: 'idle' });
    expect(world.asked('stop-group')).toBe(1);
    expect(world.asked('open-peer')).toBe(0);
    expect(world.asked('close-device')).toBe(2);
  });

  it.each<[PlaceReason, string]>([
    ['no_capacity_in_region', 'region-full'],
    ['no_node_in_region', 'region-empty'],
    ['certificate_expired', 'region-uncleared'],
    ['node_set_expired', 'region-uncleared'],
    ['node_set_missing', 'region-silent'],
    ['draining', 'region-silent'],
    ['operator_mismatch', 'other-operator'],
    ['policy_mismatch', 'wrong-policy'],
  ])('ends with words for the region on %s, and goes nowhere else', (reason, failure) => {
    const world = new World();
    world.wallRefusal = refused(reason);
    world.join().wait(60_000);
    expect(world.view).toMatchObject({
      screen: 'failed',
      failure,
      failureCountries: ['DE'],
      connection: 'idle',
    });
    expect(world.asked('open-socket')).toBe(1);
    expect(world.asked('open-peer')).toBe(0);
  });

  it.each(PLACE_REASONS)('has words for %s', (reason) => {
    const world = new World();
    world.wallRefusal = refused(reason);
    expect(world.join().view.failure).not.toBeNull();
  });

  it('asks again only when the person does', () => {
    const world = new World();
    world.wallRefusal = refused('no_capacity_in_region');
    world.join();
    world.wallRefusal = null;
    world.send({ type: 'rejoin' });
    world.wait(1000);
    expect(world.view).toMatchObject({ screen: 'call', failure: null, connection: 'connected' });
  });

  it('ends a call when the node may not carry it any more, without another attempt', () => {
    const world = new World().join().clear();
    world.send({ type: 'socket-message', message: refused('operator_mismatch') });
    world.wait(60_000);
    expect(world.view).toMatchObject({ screen: 'failed', failure: 'other-operator' });
    expect(world.asked('open-socket')).toBe(0);
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
  it('is told inside the group first, then to the server, and closes every device', () => {
    const world = new World().join().clear();
    world.send({ type: 'leave' });
    expect(world.view).toMatchObject({ screen: 'left', connection: 'idle', people: [] });
    expect(world.acts).toEqual([{ type: 'leave' }]);
    expect(world.asked('close-device')).toBe(2);
    expect(world.asked('close-socket')).toBe(0);
    world.wait(50);
    const order = world.effects.flatMap((effect) =>
      effect.type === 'say' ? [effect.message.type] : [effect.type],
    );
    const farewell = ['message', 'leave', 'close-socket', 'stop-group'];
    expect(order.filter((type) => farewell.includes(type))).toEqual(farewell);
    expect(world.effects).toContainEqual({ type: 'store-session', session: null });
    world.wait(60_000);
    expect(world.view.screen).toBe('left');
  });

  it('does not wait for a group that says nothing', () => {
    const world = new World().join().clear();
    world.send({ type: 'leave' });
    world.send({ type: 'socket-closed' }).wait(10);
    expect(world.asked('stop-group')).toBe(1);
    const slow = new World().join().clear();
    slow.isNetworkUp = false;
    slow.send({ type: 'leave' }).wait(400);
    expect(slow.asked('stop-group')).toBe(1);
    expect(slow.state.line.phase).toBe('closed');
  });

  it('and coming back at once is a new knock', () => {
    const world = new World().join().clear();
    world.send({ type: 'leave' }).send({ type: 'rejoin' }).wait(500);
    expect(world.asked('start-group')).toBe(1);
    expect(world.said('knock')[0]).not.toHaveProperty('replaces');
    expect(world.view).toMatchObject({ screen: 'call', connection: 'connected' });
  });

  it('with the page keeps the seat, for the page that is loaded in its place', () => {
    const world = new World().join().clear();
    world.send({ type: 'page-hidden' });
    expect(world.said('leave')).toEqual([]);
    expect(world.acts).toEqual([]);
    expect(world.asked('drop-socket') + world.asked('close-socket')).toBe(0);
    expect(world.asked('stop-group')).toBe(1);
    expect(world.asked('store-session')).toBe(0);
    const reloaded = new World({ session: 'session-of-before-0000' }).join();
    expect(reloaded.said('knock')[0]?.replaces).toBe('session-of-before-0000');
  });
});

describe('signing in', () => {
  const ISSUER = { issuer: 'https://id.example.org', name: 'Example' };

  it('is offered where the server knows issuers, and names who comes', () => {
    const world = new World({ name: '' }).send({ type: 'issuers', issuers: [ISSUER] });
    world.send({ type: 'sign-in', issuer: 'https://other.example.org' });
    expect(world.asked('sign-in')).toBe(0);
    world.send({ type: 'sign-in', issuer: ISSUER.issuer });
    expect(world.view.signIn.asking).toBe(ISSUER.issuer);
    world.send({ type: 'signed-in', issuer: ISSUER.issuer, name: 'Ana Lima' });
    expect(world.view.signIn).toMatchObject({ asking: null, done: { name: 'Ana Lima' } });
    expect(world.view.name).toBe('Ana Lima');
    world.send({ type: 'sign-out' });
    expect(world.view.signIn.done).toBeNull();
    expect(world.asked('sign-out')).toBe(1);
  });

  it('may fail, with a word', () => {
    const world = new World().send({ type: 'issuers', issuers: [ISSUER] });
    world.send({ type: 'sign-in', issuer: ISSUER.issuer }).send({ type: 'sign-in-failed' });
    expect(world.view.signIn.asking).toBeNull();
    expect(world.noticeKinds).toContain('sign-in-failed');
    world.send({ type: 'signed-in', issuer: ISSUER.issuer, name: 'too late' });
    expect(world.view.signIn.done).toBeNull();
  });
});
