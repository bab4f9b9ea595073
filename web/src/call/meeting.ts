// Making a meeting on /new, and what can be done with its links.

import type { LobbyMode, NewMeeting, Places } from './model';
import type { Turn } from './turn';

const NOTHING: NewMeeting = {
  status: 'choosing',
  lobby: 'lobby',
  places: null,
  countries: null,
  link: null,
  hostLink: null,
  failure: null,
  refusal: null,
};

/** From the beginning; the server is asked where it could carry the meeting. */
export function chooseMeeting(turn: Turn): void {
  if (turn.view.screen !== 'new') return;
  turn.show({ newMeeting: NOTHING });
  turn.emit({ type: 'ask-places' });
}

/** What comes after the choice was made changes it no more. */
export function onPlaces(turn: Turn, places: Places): void {
  if (turn.view.newMeeting?.status === 'choosing') changeMeeting(turn, { places });
}

/** Until the group says the same; whoever is in hears it from there alone. */
export function onPolicyKnown(turn: Turn, countries: readonly string[]): void {
  const { screen, group } = turn.view;
  if (screen !== 'pre-join' && screen !== 'other-tab') return;
  turn.show({ group: { ...group, countries } });
}

export function makeMeeting(
  turn: Turn,
  lobby: LobbyMode,
  countries: readonly string[] | undefined,
): void {
  if (turn.view.screen !== 'new') return turn.emit({ type: 'go', to: '/new' });
  const chosen = { lobby, countries: countries ?? null };
  changeMeeting(turn, { ...chosen, status: 'making', failure: null, refusal: null });
  turn.emit({ type: 'make-meeting', lobby, countries });
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
