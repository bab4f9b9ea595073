// Making a meeting on /new, and what can be done with its links.

import type { LobbyMode, NewMeeting } from './model';
import type { Turn } from './turn';

const NOTHING: NewMeeting = {
  status: 'choosing',
  lobby: 'lobby',
  link: null,
  hostLink: null,
  failure: null,
  refusal: null,
};

export function chooseMeeting(turn: Turn): void {
  turn.show({ newMeeting: NOTHING });
}

export function makeMeeting(turn: Turn, lobby: LobbyMode): void {
  if (turn.view.screen !== 'new') return turn.emit({ type: 'go', to: '/new' });
  turn.show({ newMeeting: { ...NOTHING, lobby, status: 'making' } });
  turn.emit({ type: 'make-meeting', lobby });
}

export function changeMeeting(turn: Turn, change: Partial<NewMeeting>): void {
  turn.show({ newMeeting: { ...(turn.view.newMeeting ?? NOTHING), ...change } });
}

export function openMeeting(turn: Turn): void {
  const link = turn.view.newMeeting?.link;
  if (link) turn.emit({ type: 'go', to: link });
}

export function copyLink(turn: Turn): void {
  const text = turn.view.newMeeting?.link ?? turn.view.link;
  if (text) turn.emit({ type: 'copy', text, which: 'link' });
}

export function copyHostLink(turn: Turn): void {
  const text = turn.view.newMeeting?.hostLink;
  if (text) turn.emit({ type: 'copy', text, which: 'host-link' });
}
