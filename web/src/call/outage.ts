// Whether the call is whole, and since when it is not: signalling and media count alike. The first
// two seconds are not shown. In the lobby there is signalling alone.

import type { Connection, Move, Person } from './model';
import { candidatesOf } from './node_choice';
import { notify } from './notice';
import { LONG_OUTAGE_MS, SILENCE_MS } from './reconnect';
import { NEVER, type CallState } from './state';
import type { Turn } from './turn';

export function settleConnection(turn: Turn): void {
  const { line, media, lostAt } = turn.state;
  const isLobby = turn.view.screen === 'lobby';
  const isCarried = media.phase === 'connected' || media.before !== null;
  const isWhole = line.phase === 'open' && (isLobby || isCarried);
  if (isWhole) {
    turn.set({ lostAt: null });
    if (turn.view.joinedAt === null && !isLobby) arrive(turn);
  } else if ((turn.view.joinedAt !== null || isLobby) && lostAt === null) {
    turn.set({ lostAt: line.phase === 'open' ? turn.now : line.heardAt });
  }
  turn.show({ connection: connectionOf(turn), move: moveOf(turn.state) });
}

/** What is told while the line is gone. Without a network nothing can be said of any node. */
function moveOf(state: CallState): Move | null {
  const { lostAt, line, nodes, members, isOnline } = state;
  const isInGroup = members?.phase === 'in';
  if (lostAt === null || line.phase === 'open' || !isInGroup || !isOnline) return null;
  if (nodes.isAlone || nodes.failures === 0) return null;
  return nodes.failures < candidatesOf(state).length ? 'moving' : 'lost';
}

function arrive(turn: Turn): void {
  turn.show({ joinedAt: turn.now });
  if (!turn.devices.microphoneOn) notify(turn, { kind: 'you-are-muted' });
}

function connectionOf({ state: { view, lostAt }, now }: Turn): Connection {
  if (view.screen !== 'call' && view.screen !== 'lobby') return 'idle';
  if (view.screen === 'call' && view.joinedAt === null) return 'joining';
  if (lostAt === null) return 'connected';
  if (now - lostAt < SILENCE_MS) return 'interrupted';
  return now - lostAt < LONG_OUTAGE_MS ? 'reconnecting' : 'still-trying';
}

export function outageDeadline({ view, lostAt }: CallState): number {
  if (lostAt === null) return NEVER;
  if (view.connection === 'interrupted') return lostAt + SILENCE_MS;
  return view.connection === 'reconnecting' ? lostAt + LONG_OUTAGE_MS : NEVER;
}

/** While the call is interrupted nobody is told, not even oneself, that anything is being sent. */
export function selfOf({
  state: { view, sending },
}: Turn): Pick<Person, 'state' | 'microphone' | 'camera'> {
  const isLost = view.connection === 'reconnecting' || view.connection === 'still-trying';
  const isThere = view.joinedAt !== null;
  return { ...sending, state: isLost ? 'reconnecting' : isThere ? 'connected' : 'connecting' };
}
