// What the server says, and what follows from it. All that belongs to the group goes on to its worker,
// which trusts none of it.

import { isLastReceipt } from '../wire/last_receipt';
import type { ErrorCode, Joined, NodeRefused, ServerMessage } from '../wire/message';
import { failureOf, meaningOf } from './failure';
import { onLateReceipt } from './farewell';
import { onAnswer, onResumed, slotSetMeant } from './media';
import { notify } from './notice';
import { exit, fail, joinAnew, knockAnew, moveMedia, stayWithMedia } from './place';
import { isForGood, onNodeSaysNo } from './node_choice';
import {
  cutLine,
  loseLine,
  moveLine,
  onGreeted,
  onHeard,
  retryRefused,
  tryNext,
} from './reconnect';
import {
  movingRoster,
  rosterOf,
  withoutPeer,
  withPart,
  withPeer,
  withSlots,
  type Roster,
} from './roster';
import { NEVER } from './state';
import type { Turn } from './turn';

export function onMessage(turn: Turn, message: ServerMessage | undefined): void {
  // The sets of both sides are the same and strict: what is not understood comes from another version.
  if (message === undefined) return fail(turn, 'version');
  onHeard(turn);
  if (turn.state.leaveBy !== NEVER) return onLateMessage(turn, message);
  const { roster } = turn.state;
  switch (message.type) {
    case 'waiting':
      onGreeted(turn);
      onWaiting(turn, message.session);
      return toGroup(turn, message);
    case 'resumed':
      onGreeted(turn);
      onResumed(turn, message.is_in_worker);
      // What was said on the old socket may not have arrived.
      turn.set({ announced: null, roster: rosterOf(roster, message.peer) });
      return toGroup(turn, message);
    case 'restored':
      // Whether its group is ours, the worker says.
      turn.set({ announced: null, roster: rosterOf(shownMeanwhile(turn), message.peer) });
      storeSession(turn, message.session);
      return toGroup(turn, message);
    case 'joined':
      return onJoined(turn, message);
    case 'peers':
      turn.set({ roster: withPart(roster, message.peers, message.complete) });
      return toGroup(turn, message);
    case 'peer':
      turn.set({ roster: withPeer(roster, message.peer) });
      return toGroup(turn, message);
    case 'gone':
      turn.set({ roster: withoutPeer(roster, message.peer) });
      return toGroup(turn, message);
    case 'slots':
      return turn.set({ roster: withSlots(roster, message.slots, slotSetMeant(turn.state)) });
    case 'codec':
      return turn.emit({ type: 'use-codec', codec: message.codec });
    case 'pong':
      return;
    case 'draining':
      return notify(turn, { kind: 'server-restarting' });
    case 'moving':
      return moveLine(turn, message.node);
    case 'media_moving':
      return moveMedia(turn);
    case 'error':
      if (asksAnother(turn, message)) return;
      if (message.fatal) toGroup(turn, message);
      if (message.code === 'node_refused') return onNodeRefused(turn, message);
      return onError(turn, message.code, message.fatal);
    case 'receipts':
      turn.set({ isMetered: message.writing });
      return turn.emit({
        type: 'tell-group',
        command: { type: 'receipts-written', isWriting: message.writing },
      });
    case 'receipt':
      return takeReceipt(turn, message.receipt);
    case 'created':
    case 'knock':
    case 'knock_gone':
    case 'welcome':
    case 'commit':
    case 'message':
    case 'refused':
    case 'epoch_ready':
      return toGroup(turn, message);
  }
}

/** While we leave, the server has but the last receipt to say. */
function onLateMessage(turn: Turn, message: ServerMessage): void {
  if (message.type !== 'receipt') return;
  takeReceipt(turn, message.receipt);
  onLateReceipt(turn, isLastReceipt(message.receipt));
}

/** What our own transport has counted is read where it is (shell/room.ts). */
function takeReceipt(turn: Turn, receipt: string): void {
  const command = { type: 'receipt-came', receipt, counts: null } as const;
  turn.emit({ type: 'tell-group', command });
}

type ErrorMessage = Extract<ServerMessage, { type: 'error' }>;

function toGroup(turn: Turn, message: ServerMessage): void {
  turn.emit({ type: 'tell-group', command: { type: 'heard', message } });
}

function onWaiting(turn: Turn, session: string): void {
  storeSession(turn, session);
  turn.set({ joinBy: NEVER });
}

function storeSession(turn: Turn, session: string): void {
  if (turn.state.session !== session) turn.emit({ type: 'store-session', session });
  turn.set({ session });
}

/** A node that has handed the meeting over carries people until they have come to the next one. */
function shownMeanwhile({ state: { roster, nodes }, now }: Turn): Roster {
  return nodes.carriesUntil > now ? movingRoster(roster) : roster;
}

function onJoined(turn: Turn, joined: Joined): void {
  onAnswer(turn, joined);
  turn.set({
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

/** A node that says no is no reason to end a call, as long as another one of the allowed region can be asked.
 * The group's worker hears nothing of it. */
function asksAnother(turn: Turn, error: ErrorMessage): boolean {
  if (!error.fatal) return false;
  const isAttempt = turn.state.line.phase === 'greeting';
  const isNo = error.code === 'node_refused' || (isAttempt && isAnswerOfOne(error.code));
  const isLasting =
    error.code === 'node_refused'
      ? isForGood(error.reason, error.retry_after)
      : meaningOf(error.code).kind === 'final';
  if (!isNo || !onNodeSaysNo(turn, isLasting)) return false;
  cutLine(turn);
  tryNext(turn);
  return true;
}

/** Another node may answer otherwise. */
function isAnswerOfOne(code: ErrorCode): boolean {
  const { kind } = meaningOf(code);
  return kind === 'passing' || (kind === 'final' && code !== 'declined' && code !== 'link_expired');
}

/** Wherever we are: it may not carry the meeting, and there is none that may be asked in its place. */
function onNodeRefused(turn: Turn, { reason, countries }: NodeRefused): void {
  cutLine(turn);
  fail(turn, failureOf(reason), countries);
}

function onError(turn: Turn, code: ErrorCode, isFatal: boolean): void {
  const meaning = meaningOf(code);
  const isFirstJoin = turn.view.joinedAt === null && turn.view.screen !== 'lobby';
  if (meaning.kind === 'media-gone' && !isFatal) {
    const isBlocked = isFirstJoin && turn.state.media.phase !== 'closed';
    return isBlocked ? fail(turn, 'media-blocked') : joinAnew(turn);
  }
  if (!isFatal) return code === 'busy' ? stayWithMedia(turn) : undefined;
  cutLine(turn); // the server closes after a fatal error
  switch (meaning.kind) {
    case 'final':
      return fail(turn, meaning.failure);
    case 'passing':
      return isFirstJoin ? fail(turn, meaning.failure) : retryRefused(turn);
    case 'media-gone':
      return loseLine(turn);
    case 'session-gone':
      return isFirstJoin && turn.state.session === null ? fail(turn, 'internal') : knockAnew(turn);
    case 'taken-over':
      return exit(turn, 'moved');
    case 'removed':
      return turn.state.handedOverUntil > turn.now ? exit(turn, 'moved') : fail(turn, 'removed');
  }
}
