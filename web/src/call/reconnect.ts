// The signalling connection: one WebSocket at a time, a heartbeat over it, and another attempt as
// soon as it is gone. Timers:
//   ping      every 1 s while open
//   silence   2 s without any message: this WebSocket is given up
//   attempt   1.5 s to open; a packet that was lost at the start is not waited for
//   greeting  5 s for the server's answer to join or resume
//   pause     between attempts: doubles from 0.2 s up to 0.8 s, up to 2 s once 30 s have passed; from
//             1 s up to 30 s when the server says that it is busy; a random part of up to half more

import type { ClientMessage } from '../wire/message';
import { draw } from './random';
import { LINE_CLOSED, NEVER, type CallState, type Line } from './state';
import type { Turn } from './turn';

export const PING_MS = 1000;
export const SILENCE_MS = 2000;
export const LONG_OUTAGE_MS = 30_000;
const ATTEMPT_MS = 1500;
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
  turn.emit({ type: 'open-socket' });
  setLine(turn, { phase: 'opening', until: turn.now + ATTEMPT_MS });
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
  if (turn.state.line.phase !== 'closed') retryLine(turn);
}

/** The server has answered join or resume. */
export function onGreeted(turn: Turn): void {
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
      if (line.heardAt + SILENCE_MS <= turn.now) openLine(turn);
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

/** The next attempt after one that came to nothing. */
export function retryLine(turn: Turn): void {
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
