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
import type { CallEvent, Effect } from './event';
import { canSend, judgeMedia, mediaDeadline, onOffer, onPeerState } from './media';
import { copyLink, makeMeeting, openMeeting } from './meeting';
import { cleanName } from './name';
import { dismiss, expireNotices, noticeDeadline, notify } from './notice';
import { outageDeadline, selfOf, settleConnection } from './outage';
import { enter, exit, fail, greet, hide, joinAnew, rejoin } from './place';
import {
  forgiveSleep,
  lineDeadline,
  onOnline,
  onSocketClosed,
  onSocketOpen,
  say,
  tickLine,
} from './reconnect';
import { peopleOf } from './roster';
import { onMessage } from './signalling';
import { initialState, type Boot, type CallState } from './state';
import { giveHandover, joinAsAnother, moveHere, takeHandover, tickTab } from './tab';
import { Turn } from './turn';

export interface Step {
  readonly state: CallState;
  readonly effects: readonly Effect[];
}

export function start(boot: Boot, now: number): Step {
  const turn = new Turn(initialState(boot), now);
  if (turn.view.screen === 'new') makeMeeting(turn);
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
    state.joinBy,
    state.handoverBy,
  );
}

function handle(turn: Turn, event: CallEvent): void {
  switch (event.type) {
    case 'make-meeting':
      return turn.view.screen === 'new' ? makeMeeting(turn) : turn.emit({ type: 'go', to: '/new' });
    case 'open-meeting':
      return openMeeting(turn);
    case 'copy-link':
      return copyLink(turn);
    case 'set-name':
      return turn.show({ name: cleanName(event.name) });
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
      return turn.view.screen === 'call' ? exit(turn, 'left') : undefined;
    case 'rejoin':
      return rejoin(turn);
    case 'dismiss':
      return dismiss(turn, event.notice);
    case 'tick':
      return tick(turn);
    case 'online':
      return onOnline(turn);
    case 'page-hidden':
      return turn.view.screen === 'call' ? hide(turn, 'left') : undefined;
    case 'socket-open':
      onSocketOpen(turn);
      return greet(turn);
    case 'socket-closed':
      return onSocketClosed(turn);
    case 'socket-message':
      return onMessage(turn, event.message);
    case 'peer-offer':
      return onOffer(turn, event.sdp) ? greet(turn) : fail(turn, 'internal');
    case 'peer-state':
      return onPeerState(turn, event.state);
    case 'peer-refused':
      return fail(turn, 'internal');
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
      return turn.show({ newMeeting: { status: 'ready', link: event.link, failure: null } });
    case 'meeting-failed':
      return turn.show({ newMeeting: { status: 'failed', link: null, failure: event.failure } });
    case 'link-copied':
      return notify(turn, { kind: 'link-copied' });
    case 'handover-asked':
      return giveHandover(turn);
    case 'handover':
      return takeHandover(turn, event.handover);
  }
}

function tick(turn: Turn): void {
  forgiveSleep(turn, deadline(turn.state));
  expireNotices(turn);
  if (turn.state.joinBy <= turn.now) return fail(turn, 'server-unreachable');
  tickTab(turn);
  tickLine(turn);
}

/** What follows from the state, whatever event led to it. */
function settle(turn: Turn): void {
  settleMedia(turn);
  settleConnection(turn);
  settleDevices(turn);
  announce(turn);
  const isInCall = turn.view.screen === 'call';
  if (isInCall !== turn.state.isHeld) {
    turn.emit({ type: 'hold-page', on: isInCall });
    turn.set({ isHeld: isInCall });
  }
  turn.show({ people: peopleOf(turn.state.roster, selfOf(turn), turn.view.people) });
}

function settleMedia(turn: Turn): void {
  const verdict = judgeMedia(turn);
  if (verdict === 'well') return;
  if (verdict === 'refused') return fail(turn, 'internal');
  if (turn.view.joinedAt === null) fail(turn, 'media-blocked');
  else joinAnew(turn);
}

/** Tells the server what is being sent, when that has changed. */
function announce(turn: Turn): void {
  const { line, sending, announced } = turn.state;
  if (line.phase !== 'open' || !canSend(turn.state)) return;
  const isKnown =
    announced?.microphone === sending.microphone && announced.camera === sending.camera;
  if (isKnown) return;
  say(turn, { type: 'media', ...sending });
  turn.set({ announced: sending });
}
