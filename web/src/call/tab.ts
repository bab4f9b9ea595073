// Two tabs of one browser in one meeting: the second one asks whether to join as another person, with a
// device key of its own that is kept nowhere, or to go on here. Moving hands the session over; the first tab stays in the call until the server
// tells it that its place is taken, so that a move that fails costs nothing.

import { useDevices } from './device';
import type { Handover } from './event';
import { enter } from './place';
import { NEVER } from './state';
import type { Turn } from './turn';

/** How long the other tab may take to answer before this one goes on without it. */
const HANDOVER_MS = 1500;
/** How long the other tab may take to come in with what it was given. */
const MOVE_MS = 60_000;

export function joinAsAnother(turn: Turn): void {
  if (turn.view.screen !== 'other-tab') return;
  // A duplicated tab holds a copy of the other one's session: it is not ours to replace.
  turn.set({ replaces: null, handoverBy: NEVER, isAnother: true });
  turn.show({ screen: 'pre-join' });
}

export function moveHere(turn: Turn): void {
  if (turn.view.screen !== 'other-tab') return;
  turn.emit({ type: 'ask-handover' });
  turn.set({ handoverBy: turn.now + HANDOVER_MS });
}

export function giveHandover(turn: Turn): void {
  const { session, view } = turn.state;
  if ((view.screen !== 'call' && view.screen !== 'lobby') || session === null) return;
  if (turn.state.isAnother) return; // the other tab has not the device key of this one
  turn.set({ handedOverUntil: turn.now + MOVE_MS });
  const { microphoneOn, cameraOn, hasMicrophone, hasCamera } = view.devices;
  const devices = { microphoneOn, cameraOn, hasMicrophone, hasCamera };
  turn.emit({ type: 'give-handover', handover: { session, name: view.name, devices } });
}

/** Joins in the other tab's place: the server tells that tab when it has happened. */
export function takeHandover(turn: Turn, handover: Handover): void {
  if (turn.state.handoverBy === NEVER) return;
  turn.set({ handoverBy: NEVER, replaces: handover.session });
  turn.show({ name: handover.name });
  const { microphoneOn, cameraOn } = handover.devices;
  useDevices(turn, { microphone: microphoneOn, camera: cameraOn });
  turn.showDevices(handover.devices);
  enter(turn);
}

export function tickTab(turn: Turn): void {
  if (turn.state.handoverBy > turn.now) return;
  turn.set({ handoverBy: NEVER });
  turn.show({ screen: 'pre-join' });
}
