// The signalling connection: one WebSocket at a time, a heartbeat over it, and another attempt as
// soon as it is gone. Timers:
//   ping      every 1 s while open
//   silence   2 s without any message: this WebSocket is given up
//   attempt   1.5 s to open; a packet that was lost at the start is not waited for. Where there are other nodes,
//             0.5 s for the one that was lost, the first time
//   greeting  5 s for the server's answer to knock, resume or restore
//   pause     between attempts: doubles from 0.2 s up to 0.8 s, up to 2 s once 30 s have passed; from
//             1 s up to 30 s when the server says that it is busy; a random part of up to half more. Between
//             nodes up to 0.1 s, so that not all of a meeting come in the same moment

import type { ClientMessage } from '../wire/message';
import {
  candidatesOf,
  isForMove,
  onNoAnswer,
  onPlaceKept,
  setNodes,
  startOver,
  turnTo,
  turnToNext,
} from './node_choice';
import { askNode } from './node';
import { draw } from './random';
import { LINE_CLOSED, NEVER, type CallState, type Line } from './state';
import type { Turn } from './turn';

export const PING_MS = 1000;
export const SILENCE_MS = 2000;
export const LONG_OUTAGE_MS = 30_000;
const ATTEMPT_MS = 1500;
const QUICK_ATTEMPT_MS = 500;
const SPREAD_MS = 100;
const GREETING_MS = 5000;
const PAUSE_MS = 200;
const PAUSE_MAX_MS = 800;
const PAUSE_LONG_OUTAGE_MAX_MS = 2000;
const PAUSE_REFUSED_MS = 1000;
const PAUSE_REFUSED_MAX_MS = 30_000;
const FAILURES_MAX = 16;
/** A timer that fires this much too late tells of a sleeping page, not of a silent server. */
const SLEEP_MS = 1000;

export function openLine(turn: Turn): void {
  const { nodes } = turn.state;
  const isQuick = nodes.failures === 0 && nodes.trying === nodes.at && hasOthers(turn);
  turn.emit({ type: 'open-socket', node: nodes.trying });
  const length = isQuick ? QUICK_ATTEMPT_MS : ATTEMPT_MS;
  setLine(turn, { phase: 'opening', until: turn.now + length });
}

/** Anew to the node that we had, in place of a line that is lost or given up. */
export function reopenLine(turn: Turn): void {
  startOver(turn);
  openLine(turn);
}

/** Our node has handed the meeting over: there is another one, which is judged like any other. Media stay where
 * they are meanwhile. A node that we do not know is no place to go; then this one ends it soon. */
export function moveLine(turn: Turn, node: string): void {
  if (turn.state.members?.phase !== 'in') return lookForNext(turn, node);
  if (turn.state.line.phase !== 'open' || !isForMove(turn, node)) return;
  cutLine(turn);
  turnTo(turn, node);
  openLine(turn);
}

/** We wait to be let in, and the meeting has gone to another node. Where it may be we find out by ourselves. */
function lookForNext(turn: Turn, node: string): void {
  if (turn.state.line.phase !== 'open' || turn.state.media.phase !== 'closed') return;
  setNodes(turn, { next: node });
  askNode(turn);
}

/** It may be there: we knock there. */
export function followMeeting(turn: Turn): void {
  const { nodes, line, members } = turn.state;
  const { next, others, at } = nodes;
  if (next === null || members?.phase === 'in' || line.phase !== 'open') return;
  if (!others.includes(next) || next === at) return;
  cutLine(turn);
  setNodes(turn, { next: null, trying: next });
  openLine(turn);
}

function hasOthers({ state }: Turn): boolean {
  return candidatesOf(state).length > 1;
}

/** Ends the session cleanly: the server lets go of us at once. */
export function closeLine(turn: Turn): void {
  if (turn.state.line.phase === 'closed') return;
  if (turn.state.line.phase === 'open') say(turn, { type: 'leave' });
  turn.emit({ type: 'close-socket' });
  turn.set({ line: LINE_CLOSED });
}

/** Gives the WebSocket up and keeps the session. */
export function cutLine(turn: Turn): void {
  turn.emit({ type: 'drop-socket' });
  setLine(turn, { phase: 'closed', until: NEVER });
}

export function onSocketOpen(turn: Turn): void {
  setLine(turn, { phase: 'greeting', until: turn.now + GREETING_MS });
}

export function onSocketClosed(turn: Turn): void {
  const { phase } = turn.state.line;
  if (phase === 'open') loseLine(turn);
  else if (phase !== 'closed') retryLine(turn);
}

/** The server has answered knock, resume or restore: we have our place there. */
export function onGreeted(turn: Turn): void {
  onPlaceKept(turn);
  setLine(turn, { phase: 'open', until: turn.now + PING_MS, failures: 0 });
}

export function onHeard(turn: Turn): void {
  setLine(turn, { heardAt: turn.now });
}

export function onOnline(turn: Turn): void {
  if (turn.state.line.phase === 'waiting') openLine(turn);
}

/** The page slept: what was missed meanwhile is no silence of the server. */
export function forgiveSleep(turn: Turn, planned: number): void {
  const isOpen = turn.state.line.phase === 'open';
  if (isOpen && turn.now - planned > SLEEP_MS) setLine(turn, { heardAt: turn.now });
}

export function tickLine(turn: Turn): void {
  const { line } = turn.state;
  switch (line.phase) {
    case 'closed':
      return;
    case 'opening':
    case 'greeting':
      if (line.until > turn.now) return;
      cutLine(turn);
      return retryLine(turn);
    case 'waiting':
      if (line.until <= turn.now) openLine(turn);
      return;
    case 'open':
      if (line.heardAt + SILENCE_MS <= turn.now) reopenLine(turn);
      else if (line.until <= turn.now) ping(turn);
  }
}

export function lineDeadline({ line }: CallState): number {
  return line.phase === 'open' ? Math.min(line.until, line.heardAt + SILENCE_MS) : line.until;
}

export function say(turn: Turn, message: ClientMessage): void {
  turn.emit({ type: 'say', message });
}

function ping(turn: Turn): void {
  const pings = turn.state.line.pings + 1;
  say(turn, { type: 'ping', id: pings });
  setLine(turn, { pings, until: turn.now + PING_MS });
}

/** A line that stood is gone: its node is asked first, and soon, since another one may have to be. */
export function loseLine(turn: Turn): void {
  startOver(turn);
  if (hasOthers(turn)) spread(turn);
  else pauseAsEver(turn);
}

/** The next attempt after one that came to nothing. */
export function retryLine(turn: Turn): void {
  onNoAnswer(turn);
  tryNext(turn);
}

/** The next attempt after a no of one node, which another one need not share. */
export function tryNext(turn: Turn): void {
  if (turnToNext(turn)) pauseAsEver(turn);
  else spread(turn);
}

function spread(turn: Turn): void {
  setLine(turn, { phase: 'waiting', until: turn.now + Math.round(draw(turn) * SPREAD_MS) });
}

function pauseAsEver(turn: Turn): void {
  const { lostAt } = turn.state;
  const isLong = lostAt !== null && turn.now - lostAt >= LONG_OUTAGE_MS;
  pause(turn, PAUSE_MS, isLong ? PAUSE_LONG_OUTAGE_MAX_MS : PAUSE_MAX_MS);
}

/** The next attempt after the server has asked for patience. */
export function retryRefused(turn: Turn): void {
  pause(turn, PAUSE_REFUSED_MS, PAUSE_REFUSED_MAX_MS);
}

function pause(turn: Turn, first: number, most: number): void {
  const { failures } = turn.state.line;
  const length = Math.min(first * 2 ** failures, most) * (1 + draw(turn) / 2);
  setLine(turn, {
    phase: 'waiting',
    until: turn.now + Math.round(length),
    failures: Math.min(failures + 1, FAILURES_MAX),
  });
}

function setLine(turn: Turn, change: Partial<Line>): void {
  turn.set({ line: { ...turn.state.line, ...change } });
}
