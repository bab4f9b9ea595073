// Signing in at an issuer before the meeting: in a window of its own, so that this page and its link
// stay where they are. What comes of it serves one join, since it names the key of that join.

import { cleanName } from '../wire/name';
import type { ShellEvent } from './event';
import { notify } from './notice';
import type { Turn } from './turn';

export function signIn(turn: Turn, issuer: string): void {
  const { issuers } = turn.view.signIn;
  if (turn.view.screen !== 'pre-join' || !issuers.some((each) => each.issuer === issuer)) return;
  turn.show({ signIn: { issuers, asking: issuer, done: null } });
  turn.emit({ type: 'sign-in', issuer });
}

export function signOut(turn: Turn): void {
  turn.show({ signIn: { ...turn.view.signIn, asking: null, done: null } });
  turn.emit({ type: 'sign-out' });
}

export function signedIn(turn: Turn, event: Extract<ShellEvent, { type: 'signed-in' }>): void {
  if (turn.view.signIn.asking !== event.issuer) return;
  const { issuer, name } = event;
  turn.show({ signIn: { ...turn.view.signIn, asking: null, done: { issuer, name } } });
  if (turn.view.name.trim() === '') turn.show({ name: cleanName(name).trim() });
}

export function signInFailed(turn: Turn): void {
  if (turn.view.signIn.asking === null) return;
  turn.show({ signIn: { ...turn.view.signIn, asking: null } });
  notify(turn, { kind: 'sign-in-failed' });
}
