// What the group worker says: each of its events to where it belongs.

import type { GroupEvent, GroupView } from '../wire/group';
import { onFarewellSaid } from './farewell';
import { isAdmitted, onChat, onReaction, onRemovedBy, onSay, onView } from './members';
import type { Failure } from './model';
import { onMoved, onNodeTold, onNodeUnfit } from './node_event';
import { awaitServer, exit, fail, knockAnew } from './place';
import { cutLine } from './reconnect';
import { NEVER } from './state';
import type { Turn } from './turn';

type Reason = Extract<GroupEvent, { type: 'refused' }>['reason'];

const REFUSALS: Readonly<Record<Reason, Failure>> = {
  'wrong-policy': 'wrong-policy',
  'fake-meeting': 'fake-meeting',
  broken: 'untrusted',
  behind: 'not-moved',
};

export function onGroupEvent(turn: Turn, event: GroupEvent): void {
  if (turn.state.leaveBy !== NEVER) return onLastWord(turn, event);
  switch (event.type) {
    case 'say':
      return onSay(turn, event);
    case 'view':
      return showView(turn, event.view);
    case 'chat':
      return onChat(turn, event);
    case 'reaction':
      return onReaction(turn, event);
    case 'removed-by':
      return onRemovedBy(turn, event);
    case 'seen':
      return turn.emit({ type: 'remember', deviceKey: event.deviceKey });
    case 'refused':
      return fail(turn, REFUSALS[event.reason]);
    case 'node-proven':
    case 'node-composed':
    case 'pair-proven':
    case 'node-refused':
    case 'other-nodes':
    case 'other-refused':
    case 'seen-operator':
      return onNodeTold(turn, event);
    case 'moved':
      return onMoved(turn, event.node);
    case 'node-unfit':
      return onNodeUnfit(turn, event.node);
    case 'seat-lost':
      return knockAnew(turn);
    case 'receipts': // looked at when somebody wants to know (shell/group.ts)
    case 'evidence':
      return;
    case 'send-again':
      return turn.set({ isHushed: false });
  }
}

/** While we leave, the group has but one word to say. */
function onLastWord(turn: Turn, event: GroupEvent): void {
  if (event.type !== 'say') return;
  onSay(turn, event);
  if (event.message.type === 'message') onFarewellSaid(turn);
}

/** From the admission on the server owes us transport. Who was in and is out has been removed, or goes on in another tab. */
function showView(turn: Turn, view: GroupView): void {
  const wasIn = turn.state.members?.phase === 'in';
  const wasAdmitted = isAdmitted(turn.state);
  onView(turn, view);
  if (!wasAdmitted && isAdmitted(turn.state)) awaitServer(turn);
  // Another node shows another history: nothing more is asked of it.
  const { line, nodes } = turn.state;
  if (view.alarm === 'fork' && line.phase === 'greeting' && nodes.trying !== nodes.at)
    cutLine(turn);
  if (!wasIn || view.phase !== 'out') return;
  if (turn.state.handedOverUntil > turn.now) exit(turn, 'moved');
  else fail(turn, 'removed');
}
