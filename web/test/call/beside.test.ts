// A node hands the meeting over: the connection to it goes on beside the one to the next node, so that nobody
// is silent or gone meanwhile.

import { expect, it } from 'vitest';
import { OUTSIDE, seat } from '../support/joined';
import { findNodes, loseNode } from '../support/nodes';
import { World } from '../support/world';

const DE1 = 'de1.example.org';
const PERSON = 1;
const [OLD, NEW] = ['2', '2/second'];

/** A call in which somebody is heard. */
function call(): World {
  const world = new World().add(PERSON).join({ microphone: true, camera: false });
  world.send({ type: 'slot-leaf', mid: OLD, leaf: PERSON });
  findNodes(world, DE1);
  return world.wait(10_000).clear();
}

const hears = (world: World): string | null | undefined =>
  world.view.people.find(({ leaf }) => leaf === PERSON)?.audioMid;

const indexOf = (world: World, type: string): number =>
  world.effects.findIndex((effect) => effect.type === type);

/** Until the connection to the next node is being made. */
function open(world: World): World {
  world.hear({ type: 'moving', node: DE1 });
  for (let ms = 0; ms < 2000 && world.asked('open-peer') === 0; ms += 5) world.wait(5);
  return world;
}

function connect(world: World): World {
  for (let ms = 0; ms < 2000 && world.state.media.phase !== 'connected'; ms += 5) world.wait(5);
  return world;
}

it('what is sent goes to the old node until it goes to the next, and is listened to for a while more', () => {
  const world = open(call());
  expect(world.effects).toContainEqual({ type: 'open-peer', set: 1, keepsOld: true });
  expect(world.asked('cut-old-peer') + world.asked('detach')).toBe(0);
  connect(world);
  expect(world.effects).toContainEqual({ type: 'attach', source: 'microphone' });
  expect(world.effects).toContainEqual({ type: 'cut-old-peer', source: 'microphone' });
  expect(indexOf(world, 'attach')).toBeLessThan(indexOf(world, 'cut-old-peer'));
  expect(world.asked('drop-old-peer')).toBe(0);
  world.wait(5000);
  expect(world.effects).toContainEqual({ type: 'drop-old-peer', set: 0 });
  expect(world.state.media.before).toBeNull();
});

it('the call is whole all the time, and everybody is heard where the keys say that they are', () => {
  const world = call();
  const seen = new Set<string>();
  const heard = new Set<string | null | undefined>();
  world.onStep = () => {
    seen.add(world.view.connection);
    heard.add(hears(world));
  };
  connect(open(world));
  expect([...seen].filter((each) => each !== 'connected' && each !== 'interrupted')).toEqual([]);
  expect([...heard]).toEqual([OLD]);
  world.send({ type: 'slot-leaf', mid: NEW, leaf: PERSON });
  expect(hears(world)).toBe(NEW);
  world.wait(6000);
  expect([...heard]).toEqual([OLD, NEW]);
});

it('whoever has not come over is as before for 5 s, and then is not', () => {
  const world = call();
  world.seats.set(PERSON, seat(PERSON, { state: 'away', microphone: false }));
  connect(open(world)).wait(100);
  const [, person] = world.view.people;
  expect(person).toMatchObject({ state: 'connected', microphone: true, audioMid: OLD });
  world.wait(6000);
  expect(world.view.people[1]).toMatchObject({ state: 'reconnecting', audioMid: null });
});

it.each([
  ['mutes', (world: World) => world.send({ type: 'toggle', source: 'microphone' })],
  [
    'is warned',
    (world: World) =>
      world.tell({ ...OUTSIDE, ...world.state.members, phase: 'in', alarm: 'fork' }),
  ],
] as const)('who %s meanwhile is not heard at the old node either', (_, act) => {
  const world = open(call());
  act(world);
  expect(world.asked('cut-old-peer')).toBe(1);
  connect(world).wait(100);
  expect(world.asked('attach')).toBe(0);
});

it('an old connection that ends by itself is over', () => {
  const world = open(call());
  world.send({ type: 'old-peer-ended' });
  expect(world.effects).toContainEqual({ type: 'drop-old-peer', set: 0 });
  expect(hears(world)).toBeNull();
  expect(connect(world).state.media).toMatchObject({ phase: 'connected', set: 1, before: null });
});

it('leaving ends both', () => {
  const world = open(call()).send({ type: 'leave' });
  expect(world.state.media).toMatchObject({ phase: 'closed', before: null });
});

it('of a node that is lost nothing goes on', () => {
  const world = call();
  loseNode(world, null, 'killed');
  world.wait(4000);
  expect(world.state.nodes.at).toBe(DE1);
  expect(world.effects).toContainEqual({ type: 'open-peer', set: 0, keepsOld: false });
});

it('the next move goes back to the first slots', () => {
  const world = connect(open(call())).wait(6000).clear();
  findNodes(world, 'nl1.example.org');
  world.hear({ type: 'moving', node: 'nl1.example.org' });
  world.wait(2000);
  expect(world.effects).toContainEqual({ type: 'open-peer', set: 0, keepsOld: true });
});

/** The node that carries the media alone goes out of service: until the connection to another one is being made. */
function openElsewhere(world: World): World {
  world.hear({ type: 'media_moving' });
  for (let ms = 0; ms < 2000 && world.asked('open-peer') === 0; ms += 5) world.wait(5);
  return world;
}

it('media alone move: the line and the seat stay, and the server hears when the new connection is sent with', () => {
  const world = openElsewhere(call());
  expect(world.effects).toContainEqual({ type: 'open-peer', set: 1, keepsOld: true });
  connect(world);
  expect(world.said('join')).toHaveLength(1);
  expect(world.asked('open-socket') + world.asked('drop-socket')).toBe(0);
  expect(indexOf(world, 'attach')).toBeLessThan(indexOf(world, 'cut-old-peer'));
  expect(world.said('media')).toEqual([{ type: 'media', microphone: true, camera: false }]);
  world.wait(5000);
  expect(world.effects).toContainEqual({ type: 'drop-old-peer', set: 0 });
  expect(world.said('media')).toHaveLength(1);
});

it('media alone move: who sends nothing says so, too', () => {
  const world = call().send({ type: 'toggle', source: 'microphone' }).wait(100).clear();
  connect(openElsewhere(world));
  expect(world.said('media')).toEqual([{ type: 'media', microphone: false, camera: false }]);
});

it('media alone move: the call is whole, and what is said of slots meanwhile is of the old connection', () => {
  const world = call();
  const seen = new Set<string>();
  world.onStep = () => seen.add(world.view.connection);
  openElsewhere(world);
  const { peer } = seat(PERSON);
  world.hear({ type: 'slots', slots: [{ mid: '3', peer, source: 'microphone' }] });
  expect([...world.state.roster.slots]).toContainEqual(['3', peer]);
  connect(world);
  world.hear({ type: 'slots', slots: [{ mid: '2', peer, source: 'microphone' }] });
  expect([...world.state.roster.slots]).toContainEqual([NEW, peer]);
  expect([...seen]).toEqual(['connected']);
});

it('media alone move: where none stand, none are kept', () => {
  const world = call().send({ type: 'peer-state', state: 'disconnected', address: null });
  world.hear({ type: 'media_moving' });
  expect(world.effects).toContainEqual({ type: 'open-peer', set: 0, keepsOld: false });
  const outside = new World().hear({ type: 'media_moving' });
  expect(outside.asked('open-peer')).toBe(0);
});

const BUSY = { type: 'error', code: 'busy', fatal: false } as const;

it('media alone move: where there is no room after all, the old connection is the only one again', () => {
  const world = openElsewhere(call()).hear(BUSY);
  expect(world.effects).toContainEqual({ type: 'take-back-peer', set: 1 });
  expect(indexOf(world, 'detach')).toBeGreaterThan(indexOf(world, 'take-back-peer'));
  expect(world.state.media).toMatchObject({ phase: 'returning', set: 0, before: null });
  world.clear().wait(2000);
  expect(world.state.media).toMatchObject({ phase: 'connected', set: 0, returning: null });
  expect(world.told('check-pair')).toHaveLength(1);
  expect(world.asked('attach')).toBe(1);
  expect(world.said('media')).toEqual([{ type: 'media', microphone: true, camera: false }]);
  expect(world.asked('open-peer') + world.asked('answer-peer')).toBe(0);
  expect(world.said('join')).toEqual([]);
  world.hear(BUSY).wait(100); // late
  expect(world.state.media.phase).toBe('connected');
  openElsewhere(world);
  expect(world.effects).toContainEqual({ type: 'open-peer', set: 1, keepsOld: true });
});

it('media alone move: whoever mutes on the way back stays mute', () => {
  const world = openElsewhere(call()).hear(BUSY);
  world.clear().send({ type: 'toggle', source: 'microphone' }).wait(2000);
  expect(world.state.media).toMatchObject({ phase: 'connected', set: 0 });
  expect(world.asked('attach')).toBe(0);
  expect(world.said('media')).toEqual([{ type: 'media', microphone: false, camera: false }]);
});

it('media alone move: an old connection that is not what it was is made anew', () => {
  const news = [
    { type: 'peer-address', address: '203.0.113.77:443' },
    { type: 'peer-state', state: 'disconnected', address: null },
  ] as const;
  for (const event of news) {
    const world = openElsewhere(call()).hear(BUSY).clear().send(event);
    expect(world.effects).toContainEqual({ type: 'open-peer', set: 0, keepsOld: false });
    expect(world.asked('attach')).toBe(0);
  }
});

it('media alone move: without an old connection the media are made anew', () => {
  const world = openElsewhere(call()).send({ type: 'old-peer-ended' }).clear().hear(BUSY);
  expect(world.effects).toContainEqual({ type: 'open-peer', set: 1, keepsOld: false });
});
