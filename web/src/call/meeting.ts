// Making a meeting on /new, and what can be done with its link.

import type { Turn } from './turn';

export function makeMeeting(turn: Turn): void {
  turn.show({ newMeeting: { status: 'making', link: null, failure: null } });
  turn.emit({ type: 'make-meeting' });
}

export function openMeeting(turn: Turn): void {
  const link = turn.view.newMeeting?.link;
  if (link) turn.emit({ type: 'go', to: link });
}

export function copyLink(turn: Turn): void {
  const text = turn.view.newMeeting?.link ?? turn.view.link;
  if (text) turn.emit({ type: 'copy', text });
}
