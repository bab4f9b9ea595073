// Microphone, camera, speaker. The person's wish (`microphoneOn`) is changed by the person, and
// switched off when a device is not to be had; nothing here ever switches it on. A device that is
// switched off is closed, so that the browser's own indicator tells the truth.

import type { CallEvent, WantedDevice } from './event';
import type { DeviceProblem, DeviceState, Source } from './model';
import { notify } from './notice';
import { canSend, cutBefore } from './media';
import { mayTalk } from './members';
import type { CallState, PerSource } from './state';
import type { Turn } from './turn';

export const SOURCES = ['microphone', 'camera'] as const satisfies readonly Source[];

const KEYS = {
  microphone: {
    on: 'microphoneOn',
    has: 'hasMicrophone',
    id: 'microphoneId',
    problem: 'microphoneProblem',
    list: 'microphones',
  },
  camera: {
    on: 'cameraOn',
    has: 'hasCamera',
    id: 'cameraId',
    problem: 'cameraProblem',
    list: 'cameras',
  },
} as const;

type EventOf<T extends CallEvent['type']> = Extract<CallEvent, { type: T }>;

/** The answer to the question on the pre-join page: which devices to use, perhaps none. */
export function useDevices(turn: Turn, { microphone, camera }: PerSource): void {
  const permission = microphone || camera ? 'asking' : 'answered';
  turn.showDevices({ microphoneOn: microphone, cameraOn: camera, permission });
}

export function toggle(turn: Turn, source: Source): void {
  const isOn = !turn.devices[KEYS[source].on];
  turn.showDevices({ [KEYS[source].on]: isOn });
  if (isOn) askAgain(turn);
}

export function retryDevice(turn: Turn, source: Source): void {
  turn.showDevices({ [KEYS[source].on]: true, [KEYS[source].problem]: null });
  askAgain(turn);
}

export function chooseDevice(turn: Turn, { device, id }: EventOf<'choose-device'>): void {
  if (device === 'speaker') {
    turn.showDevices({ speakerId: id });
    turn.emit({ type: 'use-speaker', id });
    return;
  }
  const { id: idKey, problem } = KEYS[device];
  const isWayOut = turn.devices[problem] !== null && turn.view.screen === 'pre-join';
  turn.showDevices({ [idKey]: id, [problem]: null });
  if (isWayOut) retryDevice(turn, device);
  else if (turn.state.opened[device] || turn.state.opening[device]) openDevices(turn, [device]);
}

export function onDeviceOpened(turn: Turn, { source, id, label }: EventOf<'device-opened'>): void {
  const isReplacement = turn.state.replacing[source];
  turn.set({
    opening: change(turn.state.opening, source, false),
    opened: change(turn.state.opened, source, true),
    sending: change(turn.state.sending, source, false), // the new track is not in its sender yet
    replacing: change(turn.state.replacing, source, false),
  });
  const { id: idKey, has, problem } = KEYS[source];
  turn.showDevices({ [idKey]: id, [has]: true, [problem]: null });
  if (source === 'microphone') turn.showDevices({ isSilent: false });
  if (isReplacement) notify(turn, { kind: 'device-switched', source, label });
  answerPermission(turn);
}

export function onDeviceFailed(turn: Turn, source: Source, problem: DeviceProblem): void {
  const isReplacement = turn.state.replacing[source];
  turn.set({
    opening: change(turn.state.opening, source, false),
    opened: change(turn.state.opened, source, false),
    replacing: change(turn.state.replacing, source, false),
  });
  const { on, has, problem: problemKey } = KEYS[source];
  turn.showDevices({
    [on]: false,
    [has]: false,
    [problemKey]: isReplacement && problem === 'missing' ? 'unplugged' : problem,
  });
  if (isReplacement) notify(turn, { kind: 'device-lost', source });
  answerPermission(turn);
}

/** Unplugged: the default device takes its place, muted if it was muted. */
export function onDeviceEnded(turn: Turn, source: Source): void {
  if (!turn.state.opened[source]) return;
  turn.set({
    opened: change(turn.state.opened, source, false),
    replacing: change(turn.state.replacing, source, true),
  });
  turn.showDevices({ [KEYS[source].id]: null });
}

export function onDeviceList(turn: Turn, lists: Omit<EventOf<'device-list'>, 'type'>): void {
  const { microphones, cameras, speakers } = lists;
  turn.showDevices({ microphones, cameras, speakers });
  for (const source of SOURCES) {
    // A device that went away while it was switched off must not be asked for by its id.
    const { id, list } = KEYS[source];
    const isGone = !lists[list].some((device) => device.id === turn.devices[id]);
    if (isGone && !turn.state.opened[source]) turn.showDevices({ [id]: null });
  }
  const { speakerId } = turn.devices;
  if (!speakers.some((device) => device.id === speakerId)) turn.showDevices({ speakerId: null });
}

/** Brings devices and senders in line with the wishes; runs at the end of each turn. */
export function settleDevices(turn: Turn): void {
  for (const source of SOURCES) settleSender(turn, source);
  for (const source of SOURCES) settleBefore(turn, source);
  const missing = SOURCES.filter(
    (source) => isWanted(turn, source) && !turn.state.opened[source] && !turn.state.opening[source],
  );
  if (missing.length > 0) openDevices(turn, missing);
  for (const source of SOURCES) settleClosed(turn, source);
}

function settleSender(turn: Turn, source: Source): void {
  const { opened, sending } = turn.state;
  const shouldSend = canSend(turn.state) && opened[source] && isWanted(turn, source);
  if (shouldSend === sending[source]) return;
  turn.emit({ type: shouldSend ? 'attach' : 'detach', source });
  turn.set({ sending: change(sending, source, shouldSend) });
}

/** The connection before sends on until the present one does, or the person or the group wants it no more. */
function settleBefore(turn: Turn, source: Source): void {
  const { state } = turn;
  const maySend = mayTalk(state) && state.opened[source] && isWanted(turn, source);
  if (canSend(state) || !maySend) cutBefore(turn, source);
}

function settleClosed(turn: Turn, source: Source): void {
  const { opened, opening, replacing } = turn.state;
  if (isWanted(turn, source) || !(opened[source] || opening[source])) return;
  turn.emit({ type: 'close-device', source });
  turn.set({
    opened: change(opened, source, false),
    opening: change(opening, source, false),
    replacing: change(replacing, source, false),
  });
  if (source === 'microphone') turn.showDevices({ isSilent: false });
  answerPermission(turn);
}

/** A device runs on the pre-join page, in the lobby and in the call, and nowhere else. */
function isWanted({ view }: Turn, source: Source): boolean {
  const isPlace = view.screen === 'pre-join' || view.screen === 'lobby' || view.screen === 'call';
  return view.devices[KEYS[source].on] && isPlace;
}

function openDevices(turn: Turn, sources: readonly Source[]): void {
  const wanted = sources.map((source): WantedDevice => ({
    source,
    id: turn.devices[KEYS[source].id],
  }));
  turn.emit({ type: 'open-devices', wanted });
  const opening = sources.reduce((all, source) => change(all, source, true), turn.state.opening);
  turn.set({ opening });
}

function askAgain(turn: Turn): void {
  if (turn.devices.permission === 'unasked') turn.showDevices({ permission: 'asking' });
}

function answerPermission(turn: Turn): void {
  const isOpen = SOURCES.some((source) => turn.state.opening[source]);
  if (turn.devices.permission === 'asking' && !isOpen) turn.showDevices({ permission: 'answered' });
}

function change(all: PerSource, source: Source, value: boolean): PerSource {
  return { ...all, [source]: value };
}

export function sendingIntent({ view, opened }: CallState): PerSource {
  const { microphoneOn, cameraOn }: DeviceState = view.devices;
  return { microphone: microphoneOn && opened.microphone, camera: cameraOn && opened.camera };
}
