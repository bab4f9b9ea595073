import { describe, expect, it } from 'vitest';

import type { AppState, Caller, Notice, Person } from '../../src/call/model';
import { announce } from '../../src/ui/announce';
import { isolated } from '../../src/ui/i18n';
import { DEVICES, call } from './scenes';

const three = call(3);
const keys = (before: AppState | null, now: AppState): string[] =>
  announce(before, now).map(({ key }) => key);
const somebody = (id: string, part: Partial<Person> = {}): Person => ({
  id,
  leaf: 40,
  name: id,
  standing: { kind: 'guest' },
  isHost: false,
  seenSince: null,
  handUpAt: null,
  isUndecodable: false,
  reaction: null,
  state: 'connected',
  microphone: true,
  camera: true,
  isSelf: false,
  audioMid: null,
  videoMid: null,
  ...part,
});
const withPeople = (...more: readonly Person[]): AppState => ({
  ...three,
  people: [...three.people, ...more],
});
const withNotice = (notice: Notice): AppState => ({ ...three, notices: [{ id: 7, notice }] });

describe('a screen reader hears', () => {
  it('nothing at the start, and nothing when nothing changes', () => {
    expect(keys(null, three)).toEqual([]);
    expect(keys(three, three)).toEqual([]);
  });

  it('that one is in, and not the names of all who already were', () => {
    const before: AppState = { ...three, joinedAt: null, people: [], connection: 'joining' };
    expect(keys(before, three)).toEqual(['say.in']);
  });

  it('who joins and who leaves', () => {
    const more = withPeople(somebody('Kofi'));
    expect(announce(three, more)).toEqual([
      { key: 'notice.joined', values: { name: isolated('Kofi') } },
    ]);
    expect(keys(more, three)).toEqual(['notice.gone']);
  });

  it('a class that comes in as one number', () => {
    const more = withPeople(...['a', 'b', 'c', 'd'].map((id) => somebody(id)));
    expect(announce(three, more)).toEqual([{ key: 'say.joined_many', values: { count: 4 } }]);
    expect(announce(more, three)).toEqual([{ key: 'say.gone_many', values: { count: 4 } }]);
  });

  it('one’s own switches', () => {
    const muted = { ...three, devices: { ...DEVICES, microphoneOn: false } };
    const dark = { ...three, devices: { ...DEVICES, cameraOn: false } };
    expect(keys(three, muted)).toEqual(['say.microphone_off']);
    expect(keys(muted, three)).toEqual(['say.microphone_on']);
    expect(keys(three, dark)).toEqual(['say.camera_off']);
    expect(keys(dark, three)).toEqual(['say.camera_on']);
  });

  it('the line going and coming back, but not the two seconds before', () => {
    const short: AppState = { ...three, connection: 'interrupted' };
    const gone: AppState = { ...three, connection: 'reconnecting' };
    const long: AppState = { ...three, connection: 'still-trying' };
    expect(keys(three, short)).toEqual([]);
    expect(keys(short, three)).toEqual([]);
    expect(keys(short, gone)).toEqual(['say.reconnecting']);
    expect(keys(gone, long)).toEqual(['say.still_trying']);
    expect(keys(long, three)).toEqual(['say.back']);
  });

  it('no farewell to people whom one’s own broken line hides', () => {
    const gone: AppState = { ...three, connection: 'reconnecting', people: [] };
    expect(keys(three, gone)).toEqual(['say.reconnecting']);
  });

  it('another person’s line', () => {
    const well = withPeople(somebody('Kofi'));
    const lost = withPeople(somebody('Kofi', { state: 'reconnecting' }));
    expect(keys(well, lost)).toEqual(['say.person_reconnecting']);
    expect(keys(lost, well)).toEqual(['say.person_back']);
  });

  it('each notice once', () => {
    const muted = withNotice({ kind: 'muted-speech' });
    expect(keys(three, muted)).toEqual(['notice.muted_speech']);
    expect(keys(muted, { ...muted, name: 'other' })).toEqual([]);
  });

  it('no coming and going twice', () => {
    expect(keys(three, withNotice({ kind: 'joined', name: 'Kofi' }))).toEqual([]);
    expect(keys(three, withNotice({ kind: 'gone', name: 'Kofi' }))).toEqual([]);
  });

  it('notices outside of a call too', () => {
    const before: AppState = { ...three, screen: 'new', joinedAt: null };
    const after = {
      ...before,
      notices: [{ id: 1, notice: { kind: 'link-copied', which: 'link' } as const }],
    };
    expect(keys(before, after)).toEqual(['notice.link_copied']);
  });
});

describe('the group is heard', () => {
  const anas = (part: Partial<Person> = {}): AppState => withPeople(somebody('Ana', part));
  const caller = (knock: string): Caller => ({
    knock,
    name: knock,
    standing: { kind: 'guest' },
    seenSince: null,
    note: null,
    since: 0,
    isOldLink: false,
    isBanned: false,
  });
  const knocking = (mayAdmit: boolean, ...knocks: readonly string[]): AppState => ({
    ...three,
    group: { ...three.group, mayAdmit, callers: knocks.map(caller) },
  });

  it('when somebody knocks, by whoever may answer, each knock once', () => {
    expect(announce(knocking(true), knocking(true, 'Ana'))).toEqual([
      { key: 'say.knocking', values: { name: isolated('Ana') } },
    ]);
    expect(keys(knocking(true, 'Ana'), knocking(true, 'Ana'))).toEqual([]);
    expect(keys(knocking(false), knocking(false, 'Ana'))).toEqual([]);
    expect(keys(knocking(true), knocking(true, 'a', 'b', 'c', 'd'))).toEqual(['knock.many']);
  });

  it('when one is let in', () => {
    const lobby: AppState = { ...three, screen: 'lobby', joinedAt: null };
    const coming: AppState = { ...three, joinedAt: null, connection: 'joining' };
    expect(keys(lobby, coming)).toEqual(['say.admitted']);
  });

  it('when a hand goes up or down, and when somebody reacts', () => {
    expect(keys(anas(), anas({ handUpAt: 1 }))).toEqual(['say.hand_up']);
    expect(keys(anas({ handUpAt: 1 }), anas())).toEqual(['say.hand_down']);
    expect(keys(anas(), anas({ reaction: '👍' }))).toEqual(['say.reaction']);
    expect(keys(anas({ reaction: '👍' }), anas())).toEqual([]);
  });

  it('when somebody cannot be decrypted', () => {
    expect(keys(anas(), anas({ isUndecodable: true }))).toEqual(['say.undecodable']);
  });

  it('when the meeting is locked or opened', () => {
    const locked: AppState = { ...three, group: { ...three.group, isLocked: true } };
    expect(keys(three, locked)).toEqual(['say.locked']);
    expect(keys(locked, three)).toEqual(['say.unlocked']);
  });

  it('when somebody is removed: with who did it, and not twice', () => {
    const removed: Notice = { kind: 'removed', name: 'Ana', by: 'Teacher' };
    expect(keys(anas(), withNotice(removed))).toEqual(['notice.removed']);
  });

  it('when a message comes while the chat is closed', () => {
    expect(keys(three, withNotice({ kind: 'chat', name: 'Ana', text: 'hello' }))).toEqual([
      'notice.chat',
    ]);
  });
});
