// Leaving: the screen is left at once; behind it the socket stays open for the group's word, which makes
// its members remove us, and for the last receipt. Timers:
//   farewell  0.4 s for the group to say that we leave
//   receipt   0.3 s for the node to sign what it counted until now

import { retireMedia } from './media';
import { act } from './members';
import { closeLine, say } from './reconnect';
import { NEVER, type CallState } from './state';
import type { Turn } from './turn';

const FAREWELL_MS = 400;
const LAST_RECEIPT_MS = 300;

/** Inside the group first, so that its members remove us at once, then on the server. */
export function bidFarewell(turn: Turn): void {
  const { members, line, media, isMetered } = turn.state;
  if (members?.phase !== 'in' || line.phase !== 'open') return partFromGroup(turn);
  if (isMetered && media.phase !== 'closed') {
    say(turn, { type: 'receipt_end' });
    retireMedia(turn);
    turn.set({ lastReceiptBy: turn.now + LAST_RECEIPT_MS });
  }
  act(turn, { type: 'leave' });
  turn.set({ leaveBy: turn.now + FAREWELL_MS, isFarewellSaid: false });
}

/** The group's word has gone out. */
export function onFarewellSaid(turn: Turn): void {
  turn.set({ isFarewellSaid: true });
  partIfDone(turn);
}

/** A receipt came while we leave. One after which others follow was on its way already. */
export function onLateReceipt(turn: Turn, isLast: boolean): void {
  if (!isLast) return;
  turn.set({ lastReceiptBy: NEVER });
  partIfDone(turn);
}

export function partFromGroup(turn: Turn): void {
  closeLine(turn);
  turn.emit({ type: 'stop-group' });
  turn.set({ leaveBy: NEVER, lastReceiptBy: NEVER, isFarewellSaid: false });
}

export function tickFarewell(turn: Turn): void {
  if (turn.state.leaveBy <= turn.now) return partFromGroup(turn);
  if (turn.state.lastReceiptBy > turn.now) return;
  turn.set({ lastReceiptBy: NEVER });
  partIfDone(turn);
}

export function farewellDeadline({ leaveBy, lastReceiptBy }: CallState): number {
  return Math.min(leaveBy, lastReceiptBy);
}

function partIfDone(turn: Turn): void {
  const { isFarewellSaid, lastReceiptBy } = turn.state;
  if (isFarewellSaid && lastReceiptBy === NEVER) partFromGroup(turn);
}
