// What the group worker says, and what follows from it: from the knock to the admission, the people,
// the alarms. Timers:
//   lobby     0.8 s: somebody who is let in at once never sees the lobby
//   reaction  5 s on the screen

import { areEqual } from '../wire/bytes';
import type { GroupAct, GroupEvent, GroupPerson, GroupView } from '../wire/group';
import { composeLink } from '../wire/link';
import type { ClientMessage } from '../wire/message';
import type { ShellEvent } from './event';
import { groupOf, NO_GROUP } from './group';
import { kindOf } from './media';
import type { ChatLine } from './model';
import { notify } from './notice';
import { say } from './reconnect';
import { leafMeant } from './roster';
import { NEVER, type CallState } from './state';
import type { Turn } from './turn';

const LOBBY_MS = 800;
const REACTION_MS = 5000;
/** LIMIT: lines of the chat that are kept. */
const CHAT_MAX = 500;

type UndecodableEvent = Extract<ShellEvent, { type: 'undecodable' }>;
type EventOf<T extends GroupEvent['type']> = Extract<GroupEvent, { type: T }>;

export function startGroup(turn: Turn): void {
  turn.emit({ type: 'start-group', name: turn.view.name, isAnother: turn.state.isAnother });
  turn.set({ members: null, isHushed: false, removed: [], lobbyAt: NEVER, reactions: [] });
  turn.show({ group: NO_GROUP });
}

export function act(turn: Turn, wish: GroupAct): void {
  turn.emit({ type: 'tell-group', command: { type: 'act', act: wish } });
}

/** True while the group has let us in and nothing is wrong with it. */
export function mayTalk({ members, isHushed, leaveBy }: CallState): boolean {
  return members?.phase === 'in' && members.alarm === null && !isHushed && leaveBy === NEVER;
}

/** Somebody inside has let us in. */
export function isAdmitted({ members }: CallState): boolean {
  return members?.phase === 'joining' || members?.phase === 'in';
}

export function onView(turn: Turn, view: GroupView): void {
  const before = turn.state.members;
  turn.set({ members: view, isHushed: turn.state.isHushed || view.alarm !== null });
  if (before?.phase === 'in' && view.phase === 'in') tellOfPeople(turn, before, view);
  if (view.newSecret !== null) takeSecret(turn, view.newSecret);
  const hasNewCaller = view.knockers.some(
    ({ knock }) => !before?.knockers.some((known) => known.knock === knock),
  );
  if (hasNewCaller && view.mayAdmit) turn.emit({ type: 'chime' });
  turn.show({ group: groupOf(view, turn.view.group.hasNewLink) });
}

function tellOfPeople(turn: Turn, before: GroupView, now: GroupView): void {
  const isThere = (view: GroupView, person: GroupPerson): boolean =>
    view.people.some((each) => isSamePerson(each, person));
  for (const person of before.people) {
    const isTold = turn.state.removed.includes(person.leaf);
    if (!isThere(now, person) && !isTold) notify(turn, { kind: 'gone', name: person.name });
  }
  for (const person of now.people) {
    if (!isThere(before, person)) notify(turn, { kind: 'joined', name: person.name });
  }
  const isLeft = (leaf: number): boolean => now.people.some((person) => person.leaf === leaf);
  turn.set({ removed: turn.state.removed.filter(isLeft) });
}

/** A leaf that is blank can be given to somebody else; a person who loads the page again gets another. */
function isSamePerson(one: GroupPerson, other: GroupPerson): boolean {
  return one.deviceKey !== null && other.deviceKey !== null
    ? one.deviceKey === other.deviceKey
    : one.leaf === other.leaf;
}

/** The link has a new secret: the address and what is copied follow at once. */
function takeSecret(turn: Turn, newSecret: Uint8Array): void {
  const { meeting, origin, wantsLink } = turn.state;
  if (!meeting || areEqual(meeting.secret, newSecret)) return;
  const next = { ...meeting, secret: new Uint8Array(newSecret) };
  const link = composeLink(origin, next);
  turn.set({ meeting: next, wantsLink: false });
  turn.show({ link, group: { ...turn.view.group, hasNewLink: true } });
  turn.emit({ type: 'replace-address', link });
  if (wantsLink) turn.emit({ type: 'copy', text: link, which: 'link' });
  else notify(turn, { kind: 'link-changed' });
}

export function onChat(turn: Turn, { leaf, id, text }: EventOf<'chat'>): void {
  const person = personAt(turn, leaf);
  if (!person || turn.view.chat.some((line) => line.id === id && line.leaf === leaf)) return;
  const { name, isSelf } = person;
  const line: ChatLine = { id, leaf, name, text, at: turn.now, isSelf };
  const isUnread = !isSelf && !turn.state.isChatOpen;
  turn.show({
    chat: [...turn.view.chat, line].slice(-CHAT_MAX),
    unread: turn.view.unread + Number(isUnread),
  });
  if (isUnread) notify(turn, { kind: 'chat', name, text });
}

export function openChat(turn: Turn, isOpen: boolean): void {
  turn.set({ isChatOpen: isOpen });
  if (isOpen) turn.show({ unread: 0 });
}

export function onReaction(turn: Turn, { leaf, emoji }: EventOf<'reaction'>): void {
  const others = turn.state.reactions.filter((each) => each.leaf !== leaf);
  turn.set({ reactions: [...others, { leaf, emoji, until: turn.now + REACTION_MS }] });
}

export function onRemovedBy(turn: Turn, { leaf, by }: EventOf<'removed-by'>): void {
  const person = personAt(turn, leaf);
  const remover = personAt(turn, by);
  if (!person || !remover) return;
  turn.set({ removed: [...turn.state.removed, leaf] });
  notify(turn, { kind: 'removed', name: person.name, by: remover.name });
}

/** Frames arrive in a slot and cannot be read. They name a leaf, but anybody can write that name: who is
 * well read elsewhere is not blamed for it. */
export function onUndecodable(turn: Turn, event: UndecodableEvent): void {
  const { mid, isSo } = event;
  const { blank, roster, media } = turn.state;
  const others = blank.filter((each) => each.mid !== mid);
  const was = blank.find((each) => each.mid === mid);
  const leaf = isSo ? (event.leaf ?? leafMeant(roster, mid)) : (was?.leaf ?? event.leaf);
  turn.set({ blank: isSo ? [...others, { mid, leaf }] : others });
  if (leaf === null) return;
  const kind = kindOf(media, mid);
  const isReadElsewhere = [...roster.leaves].some(
    ([other, each]) =>
      each === leaf &&
      other !== mid &&
      kindOf(media, other) === kind &&
      !others.some((one) => one.mid === other),
  );
  const isStillBlank = others.some((each) => each.leaf === leaf);
  if (isSo ? isReadElsewhere : isStillBlank) return;
  turn.emit({ type: 'tell-group', command: { type: 'undecodable', leaf, isSo } });
}

function personAt(turn: Turn, leaf: number): GroupPerson | undefined {
  return turn.state.members?.people.find((person) => person.leaf === leaf);
}

/** Who waits is shown the lobby after a moment; who is let in leaves it with a sound. */
export function settleLobby(turn: Turn): void {
  const { members, lobbyAt } = turn.state;
  const { screen } = turn.view;
  if (!members || (screen !== 'lobby' && screen !== 'call')) return;
  const isWaiting = members.phase === 'waiting' || members.phase === 'waiting-for-host';
  if (!isWaiting) {
    turn.set({ lobbyAt: NEVER });
    const isIn = members.phase === 'joining' || members.phase === 'in';
    if (screen === 'lobby' && isIn) {
      turn.show({ screen: 'call', lobby: null });
      turn.emit({ type: 'chime' });
    }
    return;
  }
  if (screen === 'call' && lobbyAt === NEVER) turn.set({ lobbyAt: turn.now + LOBBY_MS });
  const hasHost = members.phase === 'waiting';
  if (screen === 'lobby' && turn.view.lobby?.hasHost !== hasHost) {
    turn.show({ lobby: { ...(turn.view.lobby ?? { since: turn.now, note: null }), hasHost } });
  }
}

export function tickLobby(turn: Turn): void {
  const { lobbyAt, members } = turn.state;
  if (lobbyAt > turn.now) return;
  const hasHost = members?.phase === 'waiting';
  turn.set({ lobbyAt: NEVER });
  turn.show({
    screen: 'lobby',
    joinedAt: null,
    lobby: { since: lobbyAt - LOBBY_MS, hasHost, note: null },
  });
}

export function expireReactions(turn: Turn): void {
  const kept = turn.state.reactions.filter(({ until }) => until > turn.now);
  if (kept.length < turn.state.reactions.length) turn.set({ reactions: kept });
}

export function membersDeadline({ lobbyAt, reactions }: CallState): number {
  return Math.min(lobbyAt, ...reactions.map(({ until }) => until));
}

const GREETINGS: readonly ClientMessage['type'][] = ['knock', 'resume', 'restore'];

/** On a fresh WebSocket the server hears one of these first, and nothing else. */
export function onSay(turn: Turn, { message, node }: EventOf<'say'>): void {
  const { line, replaces, nodes } = turn.state;
  const isGreeting = GREETINGS.includes(message.type);
  const isInTurn = line.phase === 'open' || (line.phase === 'greeting' && isGreeting);
  // What is meant for one node is said to no other one, nor twice.
  const isMeant = node === undefined || (node === nodes.trying && line.phase === 'greeting');
  if (!isInTurn || !isMeant) return;
  // The worker knows its own seat; the one of the page before this one is known here only.
  const isReturn = message.type === 'knock' && message.replaces === undefined && replaces !== null;
  say(turn, isReturn ? { ...message, replaces } : message);
}
