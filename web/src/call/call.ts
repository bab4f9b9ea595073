// The call as a pure function: (state, event, now) -> (state, effects). The shell feeds events in,
// carries effects out, and sends a tick when deadline() is reached. `now` is in milliseconds and
// never runs backwards.

import {
  chooseDevice,
  onDeviceEnded,
  onDeviceFailed,
  onDeviceList,
  onDeviceOpened,
  retryDevice,
  settleDevices,
  toggle,
  useDevices,
} from './device';
import { cleanName } from '../wire/name';
import type { CallEvent, Effect, ShellEvent } from './event';
import { onGroupEvent } from './group_event';
import {
  askToJoin,
  closeMedia,
  endBefore,
  isJoined,
  judgeMedia,
  kindOf,
  mediaDeadline,
  onOffer,
  onPeerAddress,
  onPeerState,
  openMedia,
  tickBefore,
} from './media';
import {
  changeMeeting,
  chooseMeeting,
  copyHostLink,
  copyLink,
  makeMeeting,
  onPlaces,
  onPolicyKnown,
  openMeeting,
} from './meeting';
import {
  expireReactions,
  isAdmitted,
  membersDeadline,
  onUndecodable,
  openChat,
  settleLobby,
  tickLobby,
} from './members';
import { settleNode } from './node';
import { farewellDeadline, partFromGroup, tickFarewell } from './farewell';
import { dismiss, expireNotices, noticeDeadline, notify } from './notice';
import { outageDeadline, selfOf, settleConnection } from './outage';
import { enter, exit, fail, hide, joinAnew, rejoin } from './place';
import {
  forgiveSleep,
  lineDeadline,
  onOnline,
  onSocketClosed,
  onSocketOpen,
  say,
  tickLine,
} from './reconnect';
import { peopleOf, withSlotLeaf } from './roster';
import { signIn, signOut, signedIn, signInFailed } from './sign_in';
import { onMessage } from './signalling';
import { initialState, NEVER, type Boot, type CallState } from './state';
import { giveHandover, joinAsAnother, moveHere, takeHandover, tickTab } from './tab';
import { Turn } from './turn';
import { onWish } from './wish';

export interface Step {
  readonly state: CallState;
  readonly effects: readonly Effect[];
}

export function start(boot: Boot, now: number): Step {
  const turn = new Turn(initialState(boot), now);
  chooseMeeting(turn);
  return turn;
}

export function step(state: CallState, event: CallEvent, now: number): Step {
  const turn = new Turn(state, now);
  handle(turn, event);
  settle(turn);
  return turn;
}

/** When a tick is due; Infinity when nothing waits. */
export function deadline(state: CallState): number {
  return Math.min(
    lineDeadline(state),
    mediaDeadline(state),
    noticeDeadline(state),
    outageDeadline(state),
    membersDeadline(state),
    farewellDeadline(state),
    state.joinBy,
    state.handoverBy,
  );
}

function handle(turn: Turn, event: CallEvent): void {
  switch (event.type) {
    case 'make-meeting':
      return makeMeeting(turn, event.lobby, event.countries);
    case 'choose-meeting':
      return chooseMeeting(turn);
    case 'open-meeting':
      return openMeeting(turn);
    case 'copy-link':
      return copyLink(turn);
    case 'copy-host-link':
      return copyHostLink(turn);
    case 'set-name':
      return turn.show({ name: cleanName(event.name) });
    case 'sign-in':
      return signIn(turn, event.issuer);
    case 'sign-out':
      return signOut(turn);
    case 'use-devices':
      return useDevices(turn, event);
    case 'retry-device':
      return retryDevice(turn, event.source);
    case 'choose-device':
      return chooseDevice(turn, event);
    case 'test-speaker':
      return turn.emit({ type: 'test-speaker' });
    case 'toggle':
      return toggle(turn, event.source);
    case 'join':
      return turn.view.screen === 'pre-join' ? enter(turn) : undefined;
    case 'join-as-another':
      return joinAsAnother(turn);
    case 'move-here':
      return moveHere(turn);
    case 'leave':
      return isInside(turn) ? exit(turn, 'left') : undefined;
    case 'rejoin':
      return rejoin(turn);
    case 'dismiss':
      return dismiss(turn, event.notice);
    case 'chat-open':
      return openChat(turn, event.isOpen);
    case 'note':
    case 'admit':
    case 'decline':
    case 'remove':
    case 'make-cohost':
    case 'lock':
    case 'new-link':
    case 'code-matches':
    case 'chat':
    case 'hand':
    case 'reaction':
    case 'rename':
      return isInside(turn) ? onWish(turn, event) : undefined;
    case 'device-ended':
    case 'device-failed':
    case 'device-list':
    case 'device-opened':
    case 'group-broken':
    case 'group':
    case 'handover-asked':
    case 'handover':
    case 'issuers':
    case 'link-copied':
    case 'meeting-failed':
    case 'meeting-made':
    case 'microphone-silent':
    case 'nobody-decodable':
    case 'offline':
    case 'online':
    case 'page-hidden':
    case 'peer-address':
    case 'places':
    case 'old-peer-ended':
    case 'peer-offer':
    case 'peer-refused':
    case 'peer-state':
    case 'policy-known':
    case 'sign-in-failed':
    case 'signed-in':
    case 'slot-leaf':
    case 'socket-closed':
    case 'socket-message':
    case 'socket-open':
    case 'tick':
    case 'undecodable':
      return handleShell(turn, event);
  }
}

function handleShell(turn: Turn, event: ShellEvent): void {
  switch (event.type) {
    case 'tick':
      return tick(turn);
    case 'online':
      turn.set({ isOnline: true });
      return onOnline(turn);
    case 'offline':
      return turn.set({ isOnline: false });
    case 'page-hidden':
      return isInside(turn) ? hide(turn) : undefined;
    case 'socket-open':
      onSocketOpen(turn);
      return tellLine(turn, true);
    case 'socket-closed':
      return onLineLost(turn);
    case 'socket-message':
      return onMessage(turn, event.message);
    case 'old-peer-ended':
      return endBefore(turn);
    case 'peer-offer':
      return onOffer(turn, event.sdp) ? undefined : fail(turn, 'internal');
    case 'peer-state':
      return onPeerState(turn, event.state, event.address);
    case 'peer-address':
      return onPeerAddress(turn, event.address);
    case 'peer-refused':
      return fail(turn, 'internal');
    case 'group':
      return onGroupEvent(turn, event.event);
    case 'group-broken':
      return isInside(turn) ? fail(turn, 'internal') : undefined;
    case 'slot-leaf':
      return turn.set({ roster: withSlotLeaf(turn.state.roster, event.mid, event.leaf) });
    case 'undecodable':
      return onUndecodable(turn, event);
    case 'nobody-decodable':
      return turn.emit({
        type: 'tell-group',
        command: { type: 'undecodable', leaf: null, isSo: event.isSo },
      });
    case 'issuers':
      return turn.show({ signIn: { ...turn.view.signIn, issuers: event.issuers } });
    case 'signed-in':
      return signedIn(turn, event);
    case 'sign-in-failed':
      return signInFailed(turn);
    case 'device-opened':
      return onDeviceOpened(turn, event);
    case 'device-failed':
      return onDeviceFailed(turn, event.source, event.problem);
    case 'device-ended':
      return onDeviceEnded(turn, event.source);
    case 'device-list':
      return onDeviceList(turn, event);
    case 'microphone-silent':
      return turn.showDevices({ isSilent: event.isSilent && turn.state.opened.microphone });
    case 'meeting-made':
      return changeMeeting(turn, {
        status: 'ready',
        link: event.link,
        hostLink: event.hostLink,
        countries: event.countries,
      });
    case 'places':
      return onPlaces(turn, event.places);
    case 'policy-known':
      return onPolicyKnown(turn, event.countries);
    case 'meeting-failed':
      return changeMeeting(turn, {
        status: 'failed',
        failure: event.failure,
        refusal: event.refusal ?? null,
      });
    case 'link-copied':
      return notify(turn, { kind: 'link-copied', which: event.which });
    case 'handover-asked':
      return giveHandover(turn);
    case 'handover':
      return takeHandover(turn, event.handover);
  }
}

function isInside({ view: { screen } }: Turn): boolean {
  return screen === 'call' || screen === 'lobby';
}

function onLineLost(turn: Turn): void {
  if (turn.state.leaveBy !== NEVER) return partFromGroup(turn);
  onSocketClosed(turn);
}

function tick(turn: Turn): void {
  forgiveSleep(turn, deadline(turn.state));
  expireNotices(turn);
  expireReactions(turn);
  if (turn.state.joinBy <= turn.now) return fail(turn, 'server-unreachable');
  tickTab(turn);
  tickFarewell(turn);
  tickLobby(turn);
  tickBefore(turn);
  tickLine(turn);
}

/** What follows from the state, whatever event led to it. */
function settle(turn: Turn): void {
  settleLine(turn);
  settleLobby(turn);
  settleMedia(turn);
  settleNode(turn);
  settleConnection(turn);
  settleDevices(turn);
  announce(turn);
  const isHeld = isInside(turn);
  if (isHeld !== turn.state.isHeld) {
    turn.emit({ type: 'hold-page', on: isHeld });
    turn.set({ isHeld });
  }
  showPeople(turn);
}

function showPeople(turn: Turn): void {
  const { members, roster, reactions, media, blank } = turn.state;
  const sources = {
    members,
    roster,
    reactions,
    kindOf: (mid: string) => kindOf(media, mid),
    isBlank: (mid: string) => blank.some((each) => each.mid === mid),
    self: selfOf(turn),
  };
  turn.show({ people: peopleOf(sources, turn.view.people) });
}

/** The group is told once that the line is gone. */
function settleLine(turn: Turn): void {
  const { phase } = turn.state.line;
  const isUp = phase === 'open' || phase === 'greeting';
  if (turn.state.isLineUp === isUp) return;
  turn.set({ isLineUp: isUp });
  if (!isUp && isInside(turn)) {
    tellLine(turn, false);
  }
}

function tellLine(turn: Turn, isUp: boolean): void {
  const node = turn.state.nodes.trying;
  turn.emit({ type: 'tell-group', command: { type: 'line', isUp, node } });
}

/** The peer connection is made while those inside let us in, where nobody has to be asked, or else while
 * the Welcome is being worked off, so that it is ready after it. In the lobby there is none. */
function settleMedia(turn: Turn): void {
  const { members, media, leaveBy } = turn.state;
  const isInCall = turn.view.screen === 'call';
  const isSoon = isInCall && members?.phase === 'waiting' && !members.hasLobby;
  const isWanted = isAdmitted(turn.state) || isSoon;
  if (isInCall && leaveBy === NEVER && isWanted && media.phase === 'closed') openMedia(turn);
  if (!isWanted) closeMedia(turn);
  askToJoin(turn);
  const verdict = judgeMedia(turn);
  if (verdict === 'well') return;
  if (verdict === 'refused') return fail(turn, 'internal');
  const isFirst = turn.view.joinedAt === null;
  if (isFirst && verdict === 'unproven') fail(turn, 'server-unreachable');
  else if (isFirst) fail(turn, 'media-blocked');
  else joinAnew(turn);
}

/** Tells the server what is being sent, when that has changed. */
function announce(turn: Turn): void {
  const { line, sending, announced } = turn.state;
  if (line.phase !== 'open' || !isJoined(turn.state)) return;
  const isKnown =
    announced?.microphone === sending.microphone && announced.camera === sending.camera;
  if (isKnown) return;
  say(turn, { type: 'media', ...sending });
  turn.set({ announced: sending });
}
