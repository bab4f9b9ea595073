// What a screen reader says when the state changes: a pure comparison of two states.

import type { AppState, Person } from '../call/model';

import { isolated, type Key, type Values } from './i18n';
import { named } from './texts';

export interface Said {
  readonly key: Key;
  readonly values?: Values;
}

/** More than this at once (a class that comes in) is told as a number. */
const NAMES_MAX = 3;

const inCall = (state: AppState): boolean => state.screen === 'call' && state.joinedAt !== null;
const isGone = (state: AppState): boolean =>
  state.connection === 'reconnecting' || state.connection === 'still-trying';

export function announce(before: AppState | null, now: AppState): readonly Said[] {
  if (before === null) return [];
  const said = notices(before, now);
  const isAdmitted = before.screen === 'lobby' && now.screen === 'call';
  if (isAdmitted) said.unshift({ key: 'say.admitted' });
  if (!inCall(now)) return said;
  if (!inCall(before)) return [{ key: 'say.in' }, ...said];
  return [
    ...connection(before, now),
    ...own(before, now),
    ...people(before, now),
    ...group(before, now),
    ...said,
  ];
}

function connection(before: AppState, now: AppState): readonly Said[] {
  const key = goneKey(now);
  if (key !== null) return key === goneKey(before) ? [] : [{ key }];
  return now.connection === 'connected' && isGone(before) ? [{ key: 'say.back' }] : [];
}

/** What is said of a connection that is gone; null: nothing yet, or it is not. */
function goneKey(state: AppState): Key | null {
  if (!isGone(state)) return null;
  if (state.connection === 'still-trying') return 'say.still_trying';
  if (state.move === null) return 'say.reconnecting';
  return state.move === 'moving' ? 'say.moving' : 'say.node_lost';
}

function own(before: AppState, now: AppState): readonly Said[] {
  const said: Said[] = [];
  const isLive = (on: boolean, has: boolean): boolean => on && has;
  const microphone = isLive(now.devices.microphoneOn, now.devices.hasMicrophone);
  const camera = isLive(now.devices.cameraOn, now.devices.hasCamera);
  if (microphone !== isLive(before.devices.microphoneOn, before.devices.hasMicrophone)) {
    said.push({ key: microphone ? 'say.microphone_on' : 'say.microphone_off' });
  }
  if (camera !== isLive(before.devices.cameraOn, before.devices.hasCamera)) {
    said.push({ key: camera ? 'say.camera_on' : 'say.camera_off' });
  }
  return said;
}

function people(before: AppState, now: AppState): readonly Said[] {
  // While one's own line is down the list is old; when it is back it is replaced as a whole.
  if (isGone(now) || isGone(before)) return [];
  const old = new Map(before.people.map((person) => [person.id, person]));
  const current = new Set(now.people.map((person) => person.id));
  const joined = now.people.filter((person) => !person.isSelf && !old.has(person.id));
  const gone = before.people.filter(
    (person) => !person.isSelf && !current.has(person.id) && !isToldRemoved(now, person),
  );
  return [
    ...counted(joined, 'notice.joined', 'say.joined_many'),
    ...counted(gone, 'notice.gone', 'say.gone_many'),
    ...now.people.flatMap((person) => {
      const was = old.get(person.id);
      return was === undefined || person.isSelf
        ? []
        : [...line(was, person), ...signs(was, person)];
    }),
  ];
}

function counted(who: readonly Person[], one: Key, many: Key): readonly Said[] {
  if (who.length > NAMES_MAX) return [{ key: many, values: { count: who.length } }];
  return who.map((person) => ({ key: one, values: { name: named(person.name) } }));
}

/** A removal is said with the name of who did it. */
function isToldRemoved(now: AppState, person: Person): boolean {
  return now.notices.some(({ notice }) => notice.kind === 'removed' && notice.name === person.name);
}

function signs(before: Person, now: Person): readonly Said[] {
  const values = { name: named(now.name) };
  const said: Said[] = [];
  if ((before.handUpAt === null) !== (now.handUpAt === null)) {
    said.push({ key: now.handUpAt === null ? 'say.hand_down' : 'say.hand_up', values });
  }
  if (now.reaction !== null && now.reaction !== before.reaction) {
    said.push({ key: 'say.reaction', values: { ...values, emoji: now.reaction } });
  }
  if (now.isUndecodable && !before.isUndecodable) said.push({ key: 'say.undecodable', values });
  return said;
}

function group({ group: before }: AppState, { group: now }: AppState): readonly Said[] {
  const said: Said[] = [];
  if (before.isLocked !== now.isLocked) {
    said.push({ key: now.isLocked ? 'say.locked' : 'say.unlocked' });
  }
  if (!now.mayAdmit) return said;
  if (now.isFull && !before.isFull) said.push({ key: 'knock.full' });
  const known = new Set(before.callers.map(({ knock }) => knock));
  const added = now.callers.filter(({ knock }) => !known.has(knock));
  if (added.length > NAMES_MAX) {
    return [...said, { key: 'knock.many', values: { count: added.length } }];
  }
  return [
    ...said,
    ...added.map(({ name }): Said => ({ key: 'say.knocking', values: { name: named(name) } })),
  ];
}

function line(before: Person, now: Person): readonly Said[] {
  if (before.state === now.state) return [];
  const values = { name: named(now.name) };
  if (now.state === 'reconnecting') return [{ key: 'say.person_reconnecting', values }];
  return before.state === 'reconnecting' && now.state === 'connected'
    ? [{ key: 'say.person_back', values }]
    : [];
}

/** Comings, goings and one's own switches are said from the state itself: not twice. */
function notices(before: AppState, now: AppState): Said[] {
  const known = new Set(before.notices.map((entry) => entry.id));
  return now.notices.flatMap(({ id, notice }): readonly Said[] => {
    if (known.has(id)) return [];
    switch (notice.kind) {
      case 'muted-speech':
        return [{ key: 'notice.muted_speech' }];
      case 'you-are-muted':
        return [{ key: 'notice.you_are_muted' }];
      case 'link-copied':
        return [{ key: 'notice.link_copied' }];
      case 'server-restarting':
        return [{ key: 'notice.server_restarting' }];
      case 'moved':
        return [{ key: 'notice.moved', values: { node: isolated(notice.node) } }];
      case 'device-lost':
        return [
          { key: notice.source === 'microphone' ? 'notice.microphone_lost' : 'notice.camera_lost' },
        ];
      case 'device-switched':
        return [
          {
            key:
              notice.source === 'microphone'
                ? 'notice.microphone_switched'
                : 'notice.camera_switched',
            values: { label: isolated(notice.label) },
          },
        ];
      case 'removed':
        return [
          {
            key: 'notice.removed',
            values: { name: named(notice.name), by: named(notice.by) },
          },
        ];
      case 'chat':
        return [
          {
            key: 'notice.chat',
            values: { name: named(notice.name), text: isolated(notice.text) },
          },
        ];
      case 'link-changed':
        return [{ key: 'notice.link_changed' }];
      case 'sign-in-failed':
        return [{ key: 'notice.sign_in_failed' }];
      case 'joined':
      case 'gone':
        return [];
    }
  });
}
