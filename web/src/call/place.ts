// Where the person is: on the way into a call, in it, or out of it for one reason or another.

import { closeLine, openLine, say } from './reconnect';
import { closeMedia, openMedia } from './media';
import { sendingIntent } from './device';
import type { Failure, Screen } from './model';
import { EMPTY_ROSTER } from './roster';
import { NEVER } from './state';
import type { Turn } from './turn';
import { PROTOCOL_VERSION } from '../wire/message';

const JOIN_MS = 10_000;

/** Goes into the meeting, from any screen on which the person can ask for it. */
export function enter(turn: Turn): void {
  const name = turn.view.name.trim();
  if (name === '' || !turn.state.meeting) return;
  turn.emit({ type: 'store-name', name });
  turn.show({ screen: 'call', name, failure: null, joinedAt: null });
  turn.set({ joinBy: turn.now + JOIN_MS, lostAt: null, session: null, roster: EMPTY_ROSTER });
  openMedia(turn);
  openLine(turn);
}

/** Leaves the call: by a clean close, so that the server lets go of the session at once. */
export function exit(turn: Turn, screen: Screen): void {
  turn.emit({ type: 'store-session', session: null });
  hide(turn, screen);
}

/** Leaves the call with the page, which may be on its way out: should the clean close not get through,
 * the stored session lets a reloaded page take its own place. */
export function hide(turn: Turn, screen: Screen): void {
  closeLine(turn);
  closeMedia(turn);
  turn.set({ session: null, replaces: null, joinBy: NEVER, lostAt: null, roster: EMPTY_ROSTER });
  turn.show({ screen, joinedAt: null });
}

export function fail(turn: Turn, failure: Failure): void {
  exit(turn, 'failed');
  turn.show({ failure });
}

/** A new session with a new peer connection, in place of the one that cannot go on. */
export function joinAnew(turn: Turn): void {
  const { session, replaces } = turn.state;
  turn.set({ session: null, replaces: session ?? replaces });
  openMedia(turn);
  openLine(turn);
}

/** The person wants to be back in: from outside, or because it takes too long. */
export function rejoin(turn: Turn): void {
  const { screen, failure } = turn.view;
  if (screen === 'call') return joinAnew(turn);
  if (screen !== 'left' && screen !== 'moved' && screen !== 'failed') return;
  if (failure === 'version') turn.emit({ type: 'reload' });
  else enter(turn);
}

/** Says what the session needs first on a fresh WebSocket, once all is there for it. */
export function greet(turn: Turn): void {
  const { line, media, meeting, session, replaces } = turn.state;
  if (line.phase !== 'greeting') return;
  if (session !== null) {
    say(turn, { type: 'resume', version: PROTOCOL_VERSION, session });
  } else if (media.phase === 'offered' && media.offer && meeting) {
    const announced = sendingIntent(turn.state);
    turn.set({ announced });
    say(turn, {
      type: 'join',
      version: PROTOCOL_VERSION,
      meeting: meeting.meeting,
      name: turn.view.name,
      ...(replaces === null ? {} : { replaces }),
      transport: media.offer.transport,
      sections: media.offer.sections,
      media: announced,
    });
  }
}
