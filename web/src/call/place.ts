// Where the person is: on the way into a call, in it, or out of it for one reason or another.

import { isName } from '../wire/name';
import { CARRIES_MS, carryOn, NODES_UNKNOWN, onPlaceKept, setNodes } from './node_choice';
import { openLine, reopenLine } from './reconnect';
import { bidFarewell, partFromGroup } from './farewell';
import { NO_GROUP } from './group';
import { closeMedia, openMedia, takeBack } from './media';
import { startGroup } from './members';
import type { Failure, Screen } from './model';
import { EMPTY_ROSTER } from './roster';
import { LINE_CLOSED, NEVER } from './state';
import type { Turn } from './turn';

const JOIN_MS = 10_000;

/** Goes to the door of the meeting, from any screen on which the person can ask for it. */
export function enter(turn: Turn): void {
  const name = turn.view.name.trim();
  if (!isName(name) || !turn.state.meeting) return;
  if (turn.state.leaveBy !== NEVER) partFromGroup(turn);
  turn.emit({ type: 'store-name', name });
  turn.show({
    screen: 'call',
    name,
    failure: null,
    refusal: null,
    joinedAt: null,
    lobby: null,
    chat: [],
    unread: 0,
  });
  turn.set({ lostAt: null, session: null, roster: EMPTY_ROSTER, handedOverUntil: 0 });
  turn.set({ nodes: NODES_UNKNOWN }); // the new worker finds them anew
  awaitServer(turn);
  startGroup(turn);
  openLine(turn);
}

/** The server has 10 s for its first answer, and again for the transport after the admission. */
export function awaitServer(turn: Turn): void {
  turn.set({ joinBy: turn.now + JOIN_MS });
}

/** Leaves the call for good: the group and the server let go of us at once. */
export function exit(turn: Turn, screen: Screen): void {
  turn.emit({ type: 'store-session', session: null });
  if (screen === 'left') bidFarewell(turn);
  closeMedia(turn);
  if (screen !== 'left') partFromGroup(turn);
  leaveCall(turn, screen);
}

/** Leaves the call with the page, which may be loaded again at once. The browser closes the socket in its
 * own way then (1001), the server keeps our seat for some seconds, and the stored session lets the new
 * page take its own place. */
export function hide(turn: Turn): void {
  closeMedia(turn);
  turn.set({ line: LINE_CLOSED });
  turn.emit({ type: 'stop-group' });
  turn.set({ leaveBy: NEVER, lastReceiptBy: NEVER });
  leaveCall(turn, 'left');
}

function leaveCall(turn: Turn, screen: Screen): void {
  turn.set({
    session: null,
    replaces: null,
    joinBy: NEVER,
    lobbyAt: NEVER,
    lostAt: null,
    roster: EMPTY_ROSTER,
    reactions: [],
    isHushed: false,
    members: null,
  });
  turn.show({ screen, joinedAt: null, lobby: null, group: NO_GROUP });
}

export function fail(turn: Turn, failure: Failure, countries: readonly string[] = []): void {
  if (turn.state.leaveBy !== NEVER) return partFromGroup(turn);
  exit(turn, 'failed');
  turn.show({ failure, failureCountries: countries });
}

/** A new peer connection in place of the one that cannot go on; who has none needs none. */
export function joinAnew(turn: Turn): void {
  if (turn.state.media.phase === 'closed') return;
  turn.emit({ type: 'tell-group', command: { type: 'media-lost' } });
  openMedia(turn);
}

/** As before, but the one that stands goes on meanwhile, where its node carries us on. */
export function joinNext(turn: Turn, besideMs?: number): void {
  if (turn.state.media.phase === 'closed') return;
  const { carriesUntil } = turn.state.nodes;
  setNodes(turn, { carriesUntil: 0 });
  openMedia(turn, carriesUntil, besideMs);
}

/** The node that carries our media goes out of service, and the meeting stays where it is: another connection
 * is made beside the one that stands. */
export function moveMedia(turn: Turn): void {
  if (turn.state.media.phase !== 'closed') carryOn(turn);
  joinNext(turn, CARRIES_MS);
}

/** There was no room for the other connection after all, or it does not come to stand. */
export function stayWithMedia(turn: Turn): void {
  const { phase } = turn.state.media;
  if (!takeBack(turn) && phase !== 'connected') joinAnew(turn);
}

/** The server has forgotten our seat. The group's worker was told, and knocks anew on the next line, at the
 * node that said so: it has the meeting. */
export function knockAnew(turn: Turn): void {
  onPlaceKept(turn);
  const { session, replaces } = turn.state;
  turn.set({ session: null, replaces: session ?? replaces, roster: EMPTY_ROSTER, members: null });
  closeMedia(turn);
  openLine(turn);
}

/** The person wants to be back in: from outside, or because it takes too long. */
export function rejoin(turn: Turn): void {
  const { screen, failure } = turn.view;
  if (screen === 'call' || screen === 'lobby') {
    joinAnew(turn);
    return reopenLine(turn);
  }
  if (screen !== 'left' && screen !== 'moved' && screen !== 'failed') return;
  if (failure === 'version') turn.emit({ type: 'reload' });
  else enter(turn);
}
