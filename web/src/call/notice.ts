// Short messages that go away by themselves.

import type { Notice } from './model';
import { NEVER, type CallState, type TimedNotice } from './state';
import type { Turn } from './turn';

const SHOWN_MS = 6000;
/** LIMIT: of a crowd that arrives at once, the last few are shown. */
const NOTICES_MAX = 4;

export function notify(turn: Turn, notice: Notice): void {
  const id = turn.state.noticesMade + 1;
  turn.set({ noticesMade: id });
  const others = turn.state.notices.filter((each) => !isSame(each.notice, notice));
  put(turn, [...others, { id, notice, until: turn.now + SHOWN_MS }].slice(-NOTICES_MAX));
}

export function dismiss(turn: Turn, id: number): void {
  put(
    turn,
    turn.state.notices.filter((each) => each.id !== id),
  );
}

export function expireNotices(turn: Turn): void {
  const kept = turn.state.notices.filter((each) => each.until > turn.now);
  if (kept.length < turn.state.notices.length) put(turn, kept);
}

export function noticeDeadline(state: CallState): number {
  return state.notices.reduce((soonest, { until }) => Math.min(soonest, until), NEVER);
}

function put(turn: Turn, notices: readonly TimedNotice[]): void {
  turn.set({ notices });
  turn.show({ notices });
}

function isSame(one: Notice, other: Notice): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
