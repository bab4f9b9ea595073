// What a person wants of the group: the worker turns it into commits and messages, or declines it.

import { cleanName, isName } from '../wire/name';
import { act } from './members';
import type { UserEvent } from './model';
import type { Turn } from './turn';

type Wish = Extract<
  UserEvent,
  {
    type:
      | 'note'
      | 'admit'
      | 'decline'
      | 'remove'
      | 'make-cohost'
      | 'lock'
      | 'new-link'
      | 'code-matches'
      | 'chat'
      | 'hand'
      | 'reaction'
      | 'rename';
  }
>;

export function onWish(turn: Turn, wish: Wish): void {
  switch (wish.type) {
    case 'note':
      return leaveNote(turn, wish.text.trim());
    case 'new-link':
      turn.set({ wantsLink: true });
      return act(turn, wish);
    case 'code-matches':
      return act(turn, { type: 'code-matches', epoch: turn.view.group.epoch });
    case 'chat': {
      const text = wish.text.trim();
      return text === '' ? undefined : act(turn, { type: 'chat', text });
    }
    case 'rename':
      return rename(turn, cleanName(wish.name).trim());
    case 'admit':
    case 'decline':
    case 'remove':
    case 'make-cohost':
    case 'lock':
    case 'hand':
    case 'reaction':
      return act(turn, wish);
  }
}

function leaveNote(turn: Turn, text: string): void {
  const { lobby } = turn.view;
  if (!lobby || text === '') return;
  act(turn, { type: 'note', text });
  turn.show({ lobby: { ...lobby, note: text } });
}

function rename(turn: Turn, name: string): void {
  if (!isName(name)) return;
  act(turn, { type: 'rename', name });
  turn.emit({ type: 'store-name', name });
  turn.show({ name });
}
