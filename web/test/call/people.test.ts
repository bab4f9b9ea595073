import { describe, expect, it } from 'vitest';
import { JOINED, member, seat } from '../support/joined';
import { OWN_LEAF, World } from '../support/world';

const MICROPHONE = '2';
const CAMERA = '11';

function withAna(): World {
  const world = new World().add(1, { name: 'Ana', deviceKey: 'ana' });
  world.slots = [
    { mid: MICROPHONE, peer: 'peer-1', source: 'microphone' },
    { mid: CAMERA, peer: 'peer-1', source: 'camera' },
  ];
  return world.join();
}

const ana = (world: World) => world.view.people.find(({ leaf }) => leaf === 1);

describe('the people', () => {
  it('are those of the group, oneself first', () => {
    const world = withAna();
    expect(world.view.people).toMatchObject([
      { leaf: OWN_LEAF, name: 'Teacher', isSelf: true, microphone: true, state: 'connected' },
      { leaf: 1, name: 'Ana', isSelf: false, standing: { kind: 'guest' }, state: 'connected' },
    ]);
    expect(world.view.peopleMax).toBe(200);
  });

  it('do not come from the server: a seat without a leaf in the tree is nobody', () => {
    const world = withAna();
    world.hear({ type: 'peer', peer: seat(7) });
    expect(world.view.people).toHaveLength(2);
    expect(world.noticeKinds).not.toContain('joined');
  });

  it('are shown as connecting while the server does not say how they are connected', () => {
    const world = withAna();
    world.people.set(2, member(2, { name: 'Bo' }));
    world.tellPeople();
    expect(world.view.people[2]).toMatchObject({ state: 'connecting', camera: false });
    world.hear({ type: 'peer', peer: seat(2, { state: 'away', camera: false }) });
    expect(world.view.people[2]).toMatchObject({ state: 'reconnecting', camera: false });
  });

  it('come and go with a word', () => {
    const world = withAna();
    world.add(2, { name: 'Bo' }).tellPeople();
    expect(world.view.notices.at(-1)?.notice).toEqual({ kind: 'joined', name: 'Bo' });
    world.people.delete(2);
    world.tellPeople();
    expect(world.view.notices.at(-1)?.notice).toEqual({ kind: 'gone', name: 'Bo' });
    world.wait(10_000);
    expect(world.view.notices).toEqual([]);
  });

  it('who loads the page again has neither gone nor come', () => {
    const world = withAna();
    const notices = world.noticeKinds;
    world.people.delete(1);
    world.add(3, { name: 'Ana', deviceKey: 'ana' }).tellPeople();
    expect(world.noticeKinds).toEqual(notices);
    expect(world.view.people[1]).toMatchObject({ leaf: 3, name: 'Ana' });
  });

  it('a leaf that is given to somebody else is another person', () => {
    const world = withAna();
    world.people.delete(1);
    world.add(1, { name: 'Eve', deviceKey: 'eve' }).tellPeople();
    expect(world.noticeKinds.slice(-2)).toEqual(['gone', 'joined']);
  });

  it('who is removed is told with who did it, once', () => {
    const world = withAna().add(2, { name: 'Bo' }).tellPeople();
    world.send({ type: 'group', event: { type: 'removed-by', leaf: 1, by: 2 } });
    world.people.delete(1);
    world.tellPeople();
    const told = world.view.notices.map(({ notice }) => notice);
    expect(told).toContainEqual({ kind: 'removed', name: 'Ana', by: 'Bo' });
    expect(told.filter(({ kind }) => kind === 'gone')).toEqual([]);
  });

  it('stay the same objects while nothing about them changes', () => {
    const world = withAna();
    const { people } = world.view;
    world.tellPeople().wait(5000);
    expect(world.view.people).toBe(people);
    world.add(2).tellPeople();
    expect(world.view.people[1]).toBe(people[1]);
  });

  it('show a reaction for a while', () => {
    const world = withAna();
    world.send({ type: 'group', event: { type: 'reaction', leaf: 1, emoji: '👍' } });
    expect(ana(world)?.reaction).toBe('👍');
    world.send({ type: 'group', event: { type: 'reaction', leaf: 1, emoji: '🎉' } });
    expect(ana(world)?.reaction).toBe('🎉');
    world.wait(5000);
    expect(ana(world)?.reaction).toBeNull();
  });
});

describe('whose picture it is', () => {
  it('is said by the key alone: a slot without a reported leaf shows nobody', () => {
    const world = withAna();
    expect(ana(world)).toMatchObject({ audioMid: null, videoMid: null });
    world.send({ type: 'slot-leaf', mid: CAMERA, leaf: 1 });
    expect(ana(world)).toMatchObject({ audioMid: null, videoMid: CAMERA });
    world.send({ type: 'slot-leaf', mid: MICROPHONE, leaf: 1 });
    expect(ana(world)).toMatchObject({ audioMid: MICROPHONE, videoMid: CAMERA });
  });

  it('is not changed by what the server says of the slot', () => {
    const world = withAna().add(2, { name: 'Bo' }).tellPeople();
    world.hear({ type: 'peer', peer: seat(2) });
    world.send({ type: 'slot-leaf', mid: CAMERA, leaf: 1 });
    world.hear({ type: 'slots', slots: [{ mid: CAMERA, peer: 'peer-2', source: 'camera' }] });
    expect(ana(world)?.videoMid).toBe(CAMERA);
    expect(world.view.people[2]?.videoMid).toBeNull();
    world.send({ type: 'slot-leaf', mid: CAMERA, leaf: 2 });
    expect(ana(world)?.videoMid).toBeNull();
    expect(world.view.people[2]?.videoMid).toBe(CAMERA);
  });

  it('is forgotten with the connection', () => {
    const world = withAna().send({ type: 'slot-leaf', mid: CAMERA, leaf: 1 });
    world.send({ type: 'peer-state', state: 'failed', address: null }).wait(500);
    expect(world.view.connection).toBe('connected');
    expect(ana(world)?.videoMid).toBeNull();
  });
});

describe('frames that cannot be read', () => {
  const undecodable = (isSo: boolean, leaf: number | null = 1) =>
    ({ type: 'undecodable', mid: CAMERA, leaf, isSo }) as const;

  it('blank that picture, and the group is told', () => {
    const world = withAna().send({ type: 'slot-leaf', mid: CAMERA, leaf: 1 }).clear();
    world.send(undecodable(true));
    expect(ana(world)?.videoMid).toBeNull();
    expect(world.told('undecodable')).toEqual([{ type: 'undecodable', leaf: 1, isSo: true }]);
    world.people.set(1, member(1, { name: 'Ana', deviceKey: 'ana', isUndecodable: true }));
    world.tellPeople();
    expect(ana(world)?.isUndecodable).toBe(true);
    expect(world.state.sending.camera).toBe(true);
    world.clear().send(undecodable(false));
    expect(world.told('undecodable')).toEqual([{ type: 'undecodable', leaf: 1, isSo: false }]);
    expect(ana(world)?.videoMid).toBe(CAMERA);
  });

  it('that name nobody are laid to whom the server means to be there', () => {
    const world = withAna().clear();
    world.send(undecodable(true, null));
    expect(world.told('undecodable')).toEqual([{ type: 'undecodable', leaf: 1, isSo: true }]);
  });

  it('of everybody are told to the group, which judges', () => {
    const world = withAna().clear();
    world.send({ type: 'nobody-decodable', isSo: true });
    expect(world.told('undecodable')).toEqual([{ type: 'undecodable', leaf: null, isSo: true }]);
  });
});

describe('the list of the server', () => {
  it('arrives in parts, and the last part replaces what one knew', () => {
    const world = withAna();
    const self = seat(OWN_LEAF, { peer: JOINED.peer });
    world.hear({ type: 'peers', peers: [self], complete: false });
    expect(ana(world)?.camera).toBe(true);
    world.hear({ type: 'peers', peers: [seat(1, { camera: false })], complete: true });
    expect(ana(world)?.camera).toBe(false);
    world.hear({ type: 'gone', peer: 'peer-1', reason: 'lost' });
    expect(ana(world)?.state).toBe('connecting');
  });
});
