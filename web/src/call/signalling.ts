// What the server says, and what follows from it.

import type { ErrorCode, Joined, ServerMessage, WirePeer } from '../wire/message';
import { meaningOf } from './failure';
import { onAnswer, onResumed } from './media';
import { notify } from './notice';
import { exit, fail, joinAnew } from './place';
import { cutLine, onGreeted, onHeard, retryRefused } from './reconnect';
import { rosterOf, withMember, withoutMember, withPart, withSlots } from './roster';
import { NEVER } from './state';
import type { Turn } from './turn';

export function onMessage(turn: Turn, message: ServerMessage | undefined): void {
  // The sets of both sides are the same and strict: what is not understood comes from another version.
  if (message === undefined) return fail(turn, 'version');
  onHeard(turn);
  const { roster } = turn.state;
  switch (message.type) {
    case 'joined':
      return onJoined(turn, message);
    case 'resumed':
      onGreeted(turn);
      onResumed(turn);
      // What was said on the old socket may not have arrived.
      return turn.set({ announced: null, roster: rosterOf(roster, message.peer) });
    case 'peers':
      return turn.set({ roster: withPart(roster, message.peers, message.complete) });
    case 'peer':
      return onMember(turn, message.peer);
    case 'gone':
      return onGone(turn, message.peer);
    case 'slots':
      return turn.set({ roster: withSlots(roster, message.slots) });
    case 'pong':
      return;
    case 'draining':
      return notify(turn, { kind: 'server-restarting' });
    case 'error':
      return onError(turn, message.code, message.fatal);
  }
}

function onJoined(turn: Turn, joined: Joined): void {
  onGreeted(turn);
  onAnswer(turn, joined);
  turn.emit({ type: 'store-session', session: joined.session });
  turn.set({
    session: joined.session,
    replaces: null,
    joinBy: NEVER,
    roster: rosterOf(turn.state.roster, joined.peer),
  });
  turn.show({
    peopleMax: joined.limits.members,
    mediaAddresses: joined.transport.candidates.map(addressOf),
  });
}

function addressOf({ address, port }: Joined['transport']['candidates'][number]): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function onMember(turn: Turn, member: WirePeer): void {
  const { roster } = turn.state;
  const isNew = !roster.members.has(member.peer) && member.peer !== roster.self;
  if (isNew) notify(turn, { kind: 'joined', name: member.name });
  turn.set({ roster: withMember(roster, member) });
}

function onGone(turn: Turn, peer: string): void {
  const member = turn.state.roster.members.get(peer);
  if (member) notify(turn, { kind: 'gone', name: member.name });
  turn.set({ roster: withoutMember(turn.state.roster, peer) });
}

function onError(turn: Turn, code: ErrorCode, isFatal: boolean): void {
  const meaning = meaningOf(code);
  const isFirstJoin = turn.view.joinedAt === null;
  if (meaning.kind === 'media-gone') {
    return isFirstJoin ? fail(turn, 'media-blocked') : joinAnew(turn);
  }
  if (!isFatal) return;
  cutLine(turn); // the server closes after a fatal error
  switch (meaning.kind) {
    case 'final':
      return fail(turn, meaning.failure);
    case 'passing':
      return isFirstJoin ? fail(turn, meaning.failure) : retryRefused(turn);
    case 'session-gone':
      turn.set({ session: null });
      return joinAnew(turn);
    case 'taken-over':
      return exit(turn, 'moved');
  }
}
