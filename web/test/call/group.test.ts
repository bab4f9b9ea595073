import { describe, expect, it } from 'vitest';
import type { Alarm } from '../../src/wire/group';
import { composeLink } from '../../src/wire/link';
import { counted } from '../support/bytes';
import { caller } from '../support/joined';
import { LINK, World } from '../support/world';

const ALARMS: readonly Alarm[] = [
  'fork',
  'nobody-decodable',
  'withheld-removal',
  'split',
  'silence',
  'invalid-commit',
];

describe('an alarm', () => {
  it.each(ALARMS)('stops all sending at once, and is not called a reconnect: %s', (alarm) => {
    const world = new World().join().clear();
    world.tell({ alarm });
    expect(world.effects.filter(({ type }) => type === 'detach')).toHaveLength(2);
    expect(world.view.group.alarm).toBe(alarm);
    expect(world.view.people[0]).toMatchObject({ microphone: false, camera: false });
    world.wait(60_000);
    expect(world.view).toMatchObject({ screen: 'call', connection: 'connected' });
    expect(world.asked('attach')).toBe(0);
    expect(world.said('media').at(-1)).toEqual({ type: 'media', microphone: false, camera: false });
  });

  it('holds through everything the person and the network do', () => {
    const world = new World().join();
    world.tell({ alarm: 'fork' }).clear();
    world.send({ type: 'toggle', source: 'camera' }).wait(200);
    world.send({ type: 'toggle', source: 'camera' }).wait(200);
    world.hang().wait(5000);
    world.send({ type: 'peer-state', state: 'failed', address: null }).wait(5000);
    expect(world.view.connection).toBe('connected');
    expect(world.asked('attach')).toBe(0);
  });

  it('ends when the group says so, and not merely when it is not seen any more', () => {
    const world = new World().join();
    world.tell({ alarm: 'nobody-decodable' }).clear();
    world.tell({ alarm: null });
    expect(world.asked('attach')).toBe(0);
    world.send({ type: 'group', event: { type: 'send-again' } });
    expect(world.asked('attach')).toBe(2);
    expect(world.view.group.alarm).toBeNull();
  });

  it('and no alarm: who is not in the group any more has no connection for media', () => {
    const world = new World().join().clear();
    world.tell({ phase: 'waiting' });
    expect(world.asked('close-peer')).toBe(1);
    expect(world.state.sending).toEqual({ microphone: false, camera: false });
  });
});

describe('being removed', () => {
  it('ends the call with its own screen, whoever says it first', () => {
    const byServer = new World().join();
    byServer.hear({ type: 'error', code: 'removed', fatal: true });
    expect(byServer.view).toMatchObject({ screen: 'failed', failure: 'removed' });
    const byGroup = new World().join().clear();
    byGroup.tell({ phase: 'out' });
    expect(byGroup.view).toMatchObject({ screen: 'failed', failure: 'removed' });
    expect(byGroup.asked('close-peer')).toBe(1);
    byGroup.wait(60_000);
    expect(byGroup.view.screen).toBe('failed');
  });
});

describe('a host', () => {
  it('hears a sound for each new knock, and no more', () => {
    const world = new World().join().clear();
    world.tell({ mayAdmit: true, knockers: [caller('a')] });
    world.tell({ knockers: [caller('a')] });
    expect(world.asked('chime')).toBe(1);
    world.tell({ knockers: [caller('a'), caller('b')] });
    expect(world.asked('chime')).toBe(2);
    expect(world.view.group.callers.map(({ name }) => name)).toEqual(['A', 'B']);
  });

  it('asks the group for everything, and the server for nothing', () => {
    const world = new World().join();
    world.tell({ mayAdmit: true, epoch: 4 }).clear();
    world.send({ type: 'admit', knocks: ['a', 'b'] });
    world.send({ type: 'decline', knock: 'c' });
    world.send({ type: 'remove', leaf: 2, ban: true });
    world.send({ type: 'make-cohost', leaf: 3 });
    world.send({ type: 'lock', on: true });
    world.send({ type: 'new-link' });
    world.send({ type: 'code-matches' });
    expect(world.acts).toEqual([
      { type: 'admit', knocks: ['a', 'b'] },
      { type: 'decline', knock: 'c' },
      { type: 'remove', leaf: 2, ban: true },
      { type: 'make-cohost', leaf: 3 },
      { type: 'lock', on: true },
      { type: 'new-link' },
      { type: 'code-matches', epoch: 4 },
    ]);
    expect(world.effects.filter(({ type }) => type === 'say')).toEqual([]);
  });

  it('has no say outside of the meeting', () => {
    const world = new World().send({ type: 'admit', knocks: ['a'] });
    expect(world.effects).toEqual([]);
  });
});

describe('a new link', () => {
  const newSecret = counted(16, 0x60);
  const link = composeLink('https://meet.example.org', { ...LINK, secret: newSecret });

  it('is copied for who asked for it, and stands in the address', () => {
    const world = new World().join();
    world.send({ type: 'new-link' }).clear();
    world.tell({ newSecret, generation: 2 });
    expect(world.view).toMatchObject({ link, group: { hasNewLink: true } });
    expect(world.effects).toContainEqual({ type: 'replace-address', link });
    expect(world.effects).toContainEqual({ type: 'copy', text: link, which: 'link' });
    world.clear().tell({ newSecret });
    expect(world.asked('replace-address')).toBe(0);
  });

  it('is told to the others, and replaces theirs', () => {
    const world = new World().join().clear();
    world.tell({ newSecret });
    expect(world.noticeKinds).toContain('link-changed');
    expect(world.effects).toContainEqual({ type: 'replace-address', link });
    expect(world.asked('copy')).toBe(0);
    world.clear().send({ type: 'copy-link' });
    expect(world.effects).toEqual([{ type: 'copy', text: link, which: 'link' }]);
  });
});

describe('the chat', () => {
  const line = (text: string, leaf = 1, id = text) =>
    ({ type: 'group', event: { type: 'chat', leaf, id, text } }) as const;

  it('is counted until it is read', () => {
    const world = new World().add(1, { name: 'Ana' }).join();
    world.send(line('one')).send(line('two'));
    expect(world.view.unread).toBe(2);
    expect(world.view.chat).toMatchObject([
      { name: 'Ana', text: 'one', isSelf: false },
      { name: 'Ana', text: 'two' },
    ]);
    expect(world.view.notices.at(-1)?.notice).toEqual({ kind: 'chat', name: 'Ana', text: 'two' });
    world.send({ type: 'chat-open', isOpen: true }).send(line('three'));
    expect(world.view.unread).toBe(0);
    expect(world.view.chat).toHaveLength(3);
  });

  it('has no line of somebody who is not in the group, and none twice', () => {
    const world = new World().add(1).join();
    world.send(line('ghost', 9)).send(line('one')).send(line('one'));
    expect(world.view.chat.map(({ text }) => text)).toEqual(['one']);
  });

  it('goes out by the group, without blanks at its ends', () => {
    const world = new World().join().clear();
    world.send({ type: 'chat', text: '  ' }).send({ type: 'chat', text: ' hello\n' });
    expect(world.acts).toEqual([{ type: 'chat', text: 'hello' }]);
  });

  it('keeps what a person wrote under the name of then, and is empty in the next call', () => {
    const world = new World().add(1, { name: 'Ana' }).join().send(line('one'));
    world.add(1, { name: 'Eve' }).tellPeople();
    expect(world.view.chat[0]?.name).toBe('Ana');
    world.send({ type: 'leave' }).wait(500).send({ type: 'rejoin' });
    expect(world.view.chat).toEqual([]);
  });
});

describe('names, hands and reactions', () => {
  it('go out by the group', () => {
    const world = new World().join().clear();
    world.send({ type: 'hand', up: true }).send({ type: 'reaction', emoji: '👍' });
    world.send({ type: 'rename', name: ' Ana\u202e ' }).send({ type: 'rename', name: '  ' });
    expect(world.acts).toEqual([
      { type: 'hand', up: true },
      { type: 'reaction', emoji: '👍' },
      { type: 'rename', name: 'Ana' },
    ]);
    expect(world.effects).toContainEqual({ type: 'store-name', name: 'Ana' });
    expect(world.view.name).toBe('Ana');
  });
});

describe('devices that were met', () => {
  it('are remembered by the shell', () => {
    const world = new World().join().clear();
    world.send({ type: 'group', event: { type: 'seen', deviceKey: 'key' } });
    expect(world.effects).toEqual([{ type: 'remember', deviceKey: 'key' }]);
  });
});
