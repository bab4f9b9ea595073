// The states of the gallery.

import type {
  Alarm,
  AppState,
  Connection,
  DeviceProblem,
  DeviceState,
  Failure,
  Group,
  NewMeeting,
  Notice,
  Person,
} from '../../src/call/model';
import { COUNTRIES, COUNTRY_GROUPS } from '../../src/wire/countries';
import {
  LINK,
  HOST_LINK,
  MET,
  NAMES,
  DEVICES,
  GROUP,
  SIGN_IN,
  BASE,
  standing,
  CALLERS,
  CHAT,
  ISSUERS,
} from './scene_data';

export { DEVICES } from './scene_data';

const person = (index: number): Person => ({
  id: `p${index}`,
  leaf: index + 1,
  name: NAMES[index % NAMES.length] ?? '',
  standing: standing(index),
  isHost: index === 1,
  seenSince: index % 2 === 0 ? null : MET,
  handUpAt: null,
  isUndecodable: false,
  reaction: null,
  state: 'connected',
  microphone: index % 3 !== 0,
  camera: index % 4 !== 2,
  isSelf: false,
  audioMid: index < 9 ? `${2 + index}` : null,
  videoMid: index < 9 ? `${11 + index}` : null,
});

const self = ({ microphoneOn, cameraOn }: DeviceState, isLost: boolean): Person => ({
  id: 'me',
  leaf: 0,
  name: 'Lena',
  standing: { kind: 'guest' },
  isHost: true,
  seenSince: null,
  handUpAt: null,
  isUndecodable: false,
  reaction: null,
  state: isLost ? 'reconnecting' : 'connected',
  microphone: microphoneOn && !isLost,
  camera: cameraOn && !isLost,
  isSelf: true,
  audioMid: null,
  videoMid: null,
});

/** A call of so many people, oneself among them. */
export function call(count: number, part: Partial<AppState> = {}): AppState {
  const others = Array.from({ length: count - 1 }, (_, index) => person(index));
  const isLost = part.connection === 'reconnecting' || part.connection === 'still-trying';
  return {
    ...BASE,
    screen: 'call',
    connection: 'connected',
    joinedAt: Date.now() - 754_000,
    people: [self(part.devices ?? DEVICES, isLost), ...others],
    ...part,
  };
}

const notices = (...list: Notice[]): AppState['notices'] =>
  list.map((notice, id) => ({ id, notice }));

const withNone: DeviceState = {
  ...DEVICES,
  microphoneOn: false,
  cameraOn: false,
  hasMicrophone: false,
  hasCamera: false,
};

const withProblem = (
  problem: DeviceProblem,
  source: 'microphone' | 'camera' | 'both',
): DeviceState => {
  const isMicrophone = source !== 'camera';
  const isCamera = source !== 'microphone';
  return {
    ...DEVICES,
    microphoneOn: !isMicrophone,
    cameraOn: !isCamera,
    hasMicrophone: !isMicrophone,
    hasCamera: !isCamera,
    microphoneProblem: isMicrophone ? problem : null,
    cameraProblem: isCamera ? problem : null,
  };
};

const preJoin = (part: Partial<AppState> = {}): AppState => ({
  ...BASE,
  screen: 'pre-join',
  ...part,
});
const failed = (failure: Failure): AppState => ({ ...BASE, screen: 'failed', failure });

const withGroup = (count: number, group: Partial<Group>, part: Partial<AppState> = {}): AppState =>
  call(count, { ...part, group: { ...GROUP, ...group } });

const PLACES = { home: 'DE', nodes: ['DE', 'FR'], isComplete: true };
const READY = { status: 'ready', link: LINK, hostLink: HOST_LINK } as const;

const newMeeting = (part: Partial<NewMeeting>): AppState => ({
  ...BASE,
  screen: 'new',
  newMeeting: {
    status: 'choosing',
    lobby: 'lobby',
    places: PLACES,
    countries: null,
    link: null,
    hostLink: null,
    failure: null,
    refusal: null,
    ...part,
  },
});

const lobby = (part: Partial<AppState['lobby'] & object> = {}): AppState => ({
  ...BASE,
  screen: 'lobby',
  connection: 'connected',
  group: { ...GROUP, mayAdmit: false },
  lobby: { since: Date.now() - 95_000, hasHost: true, note: null, ...part },
});

const ALARMS: readonly Alarm[] = [
  'fork',
  'nobody-decodable',
  'withheld-removal',
  'split',
  'silence',
  'invalid-commit',
];

const FAILURES: readonly Failure[] = [
  'not-found',
  'room-full',
  'server-full',
  'busy',
  'media-blocked',
  'server-unreachable',
  'version',
  'declined',
  'link-expired',
  'removed',
  'wrong-policy',
  'fake-meeting',
  'region-full',
  'region-empty',
  'region-uncleared',
  'region-silent',
  'other-operator',
  'no-node-in-region',
  'node-refused',
  'not-moved',
  'untrusted',
  'internal',
];
const PROBLEMS: readonly DeviceProblem[] = [
  'blocked',
  'blocked-by-system',
  'in-use',
  'missing',
  'unplugged',
  'failed',
];
const CONNECTIONS: readonly Connection[] = ['joining', 'reconnecting', 'still-trying'];

type Scene = () => AppState;
const named = <T extends string>(
  prefix: string,
  list: readonly T[],
  make: (item: T) => AppState,
): Record<string, Scene> =>
  Object.fromEntries(list.map((item) => [`${prefix}-${item}`, () => make(item)]));

export const SCENES: Readonly<Record<string, Scene>> = {
  home: () => BASE,
  'new-asking': () => newMeeting({ places: null }),
  'new-choose': () => newMeeting({}),
  'new-making': () => newMeeting({ status: 'making' }),
  'new-ready': () => newMeeting({ ...READY, countries: ['DE'] }),
  'new-ready-open': () =>
    newMeeting({ ...READY, lobby: 'open', countries: COUNTRY_GROUPS.get('EEA') ?? [] }),
  'new-ready-any': () => newMeeting({ ...READY, countries: COUNTRIES }),
  'new-failed': () => newMeeting({ status: 'failed', failure: 'server-unreachable', places: null }),
  'new-refused': () =>
    newMeeting({
      status: 'failed',
      failure: 'node-refused',
      places: null,
      refusal: { part: 'node_cert', reason: 'missing' },
    }),
  'bad-link': () => ({ ...BASE, screen: 'bad-link' }),
  unsupported: () => ({ ...BASE, screen: 'unsupported' }),
  'pre-join-unasked': () => preJoin({ name: '', devices: { ...DEVICES, permission: 'unasked' } }),
  'pre-join-asking': () => preJoin({ devices: { ...DEVICES, permission: 'asking' } }),
  'pre-join': () => preJoin(),
  'pre-join-off': () => preJoin({ devices: { ...DEVICES, microphoneOn: false, cameraOn: false } }),
  'pre-join-silent': () => preJoin({ devices: { ...DEVICES, isSilent: true } }),
  'pre-join-without': () => preJoin({ devices: { ...withNone, speakers: [] } }),
  ...named('pre-join', PROBLEMS, (problem) => preJoin({ devices: withProblem(problem, 'both') })),
  'pre-join-sign-in': () => preJoin({ signIn: { ...SIGN_IN, issuers: ISSUERS } }),
  'pre-join-signed-in': () =>
    preJoin({
      signIn: {
        ...SIGN_IN,
        issuers: ISSUERS,
        done: { issuer: 'https://id.example.org', name: 'Lena Hofer' },
      },
    }),
  lobby: () => lobby(),
  'lobby-nobody': () => lobby({ hasHost: false }),
  'lobby-noted': () => lobby({ note: 'It is me, from the north site' }),
  'lobby-lost': () => ({ ...lobby(), connection: 'still-trying' }),
  'other-tab': () => ({ ...BASE, screen: 'other-tab' }),
  ...named('call', ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '15'], (count) =>
    call(Number(count)),
  ),
  ...named('call', CONNECTIONS, (connection) =>
    call(3, { connection, ...(connection === 'joining' ? { joinedAt: null, people: [] } : {}) }),
  ),
  'call-muted': () => call(4, { devices: { ...DEVICES, microphoneOn: false, cameraOn: false } }),
  'call-no-devices': () => call(2, { devices: withProblem('blocked', 'both') }),
  'call-states': () => {
    const state = call(4);
    return {
      ...state,
      people: state.people.map((one, index) => ({
        ...one,
        state: index === 1 ? 'reconnecting' : index === 2 ? 'connecting' : one.state,
        videoMid: index === 3 ? 'upright' : one.videoMid,
        camera: true,
      })),
    };
  },
  'call-notices': () =>
    call(5, {
      devices: { ...DEVICES, microphoneOn: false },
      notices: notices(
        { kind: 'muted-speech' },
        { kind: 'device-switched', source: 'microphone', label: 'Headset (USB)' },
        { kind: 'joined', name: 'Dr. Alexandra Konstantinopoulou-Hohenlohe' },
      ),
    }),
  'call-notices-2': () =>
    call(5, {
      connection: 'reconnecting',
      notices: notices({ kind: 'device-lost', source: 'camera' }, { kind: 'server-restarting' }),
    }),
  'call-knock': () => withGroup(3, { callers: CALLERS.slice(0, 1) }),
  'call-queue': () => withGroup(4, { callers: CALLERS }),
  'call-full': () => withGroup(4, { callers: CALLERS, isFull: true }),
  'call-locked': () => withGroup(2, { isLocked: true, hasNewLink: true }),
  'call-compared': () => withGroup(3, { isCodeCompared: true }),
  'call-guest': () => {
    const state = withGroup(3, { mayAdmit: false });
    return { ...state, people: state.people.map((one) => ({ ...one, isHost: one.id === 'p1' })) };
  },
  'call-chat': () =>
    call(4, {
      chat: CHAT,
      unread: 2,
      notices: notices({ kind: 'chat', name: 'Mirela', text: 'and a second line' }),
    }),
  'call-signs': () => {
    const state = call(5);
    return {
      ...state,
      people: state.people.map((one, index) => ({
        ...one,
        handUpAt: index === 2 ? 20 : index === 3 ? 10 : null,
        reaction: index === 1 ? '🎉' : index === 4 ? '👍' : null,
        isUndecodable: index === 4,
        standing:
          index === 3 ? { kind: 'unverified' as const, reason: 'missing' as const } : one.standing,
        name: index === 3 ? '' : one.name,
      })),
    };
  },
  ...named('call-alarm', ALARMS, (alarm) =>
    withGroup(
      3,
      { alarm },
      { devices: { ...DEVICES, microphoneOn: true }, connection: 'connected' },
    ),
  ),
  left: () => ({ ...BASE, screen: 'left' }),
  moved: () => ({ ...BASE, screen: 'moved' }),
  ...named('failed', FAILURES, (failure) => ({
    ...failed(failure),
    ...(failure === 'media-blocked'
      ? { mediaAddresses: ['203.0.113.5:443', '[2001:db8::5]:443'] }
      : {}),
    ...(failure.startsWith('region-') ? { failureCountries: ['DE'] } : {}),
  })),
};
