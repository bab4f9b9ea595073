// The states of the gallery.

import type {
  AppState,
  Connection,
  DeviceProblem,
  DeviceState,
  Failure,
  Notice,
  Person,
} from '../../src/call/model';

const LINK = 'https://meet.example.org/m/5fJk2mQx9TzR8vLw3NcYbA#0.x7Qd2Kp0sVtYh5Rj9ZmC1w';

const NAMES = [
  'Ana',
  'Teacher',
  'Jonas Weber',
  'Mirela',
  'Ola',
  'Dr. Alexandra Konstantinopoulou-Hohenlohe',
  'שרה',
  'Bao Tran',
  'Newsroom 2',
  'Inès',
  'Kofi',
  'Lena',
  'Pavel',
  'Rania',
  'Sam',
] as const;

export const DEVICES: DeviceState = {
  permission: 'answered',
  microphones: [
    { id: 'm1', label: 'Built-in microphone' },
    { id: 'm2', label: 'Headset (USB) with a rather long product name, second input' },
  ],
  cameras: [{ id: 'c1', label: 'Built-in camera' }],
  speakers: [{ id: 's1', label: '' }],
  microphoneId: 'm1',
  cameraId: 'c1',
  speakerId: 's1',
  microphoneProblem: null,
  cameraProblem: null,
  microphoneOn: true,
  cameraOn: true,
  hasMicrophone: true,
  hasCamera: true,
  isSilent: false,
};

const BASE: AppState = {
  screen: 'home',
  name: 'Lena',
  devices: DEVICES,
  connection: 'idle',
  joinedAt: null,
  people: [],
  peopleMax: 200,
  notices: [],
  newMeeting: null,
  link: LINK,
  failure: null,
};

const person = (index: number): Person => ({
  id: `p${index}`,
  name: NAMES[index % NAMES.length] ?? '',
  state: 'connected',
  microphone: index % 3 !== 0,
  camera: index % 4 !== 2,
  isSelf: false,
  audioMid: index < 9 ? `${2 + index}` : null,
  videoMid: index < 9 ? `${11 + index}` : null,
});

const self = ({ microphoneOn, cameraOn }: DeviceState, isLost: boolean): Person => ({
  id: 'me',
  name: 'Lena',
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

const FAILURES: readonly Failure[] = [
  'not-found',
  'room-full',
  'server-full',
  'busy',
  'media-blocked',
  'server-unreachable',
  'version',
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
  'new-making': () => ({
    ...BASE,
    screen: 'new',
    newMeeting: { status: 'making', link: null, failure: null },
  }),
  'new-ready': () => ({
    ...BASE,
    screen: 'new',
    newMeeting: { status: 'ready', link: LINK, failure: null },
  }),
  'new-failed': () => ({
    ...BASE,
    screen: 'new',
    newMeeting: { status: 'failed', link: null, failure: 'server-unreachable' },
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
  left: () => ({ ...BASE, screen: 'left' }),
  moved: () => ({ ...BASE, screen: 'moved' }),
  ...named('failed', FAILURES, (failure) => ({
    ...failed(failure),
    ...(failure === 'media-blocked'
      ? { mediaAddresses: ['203.0.113.5:443', '[2001:db8::5]:443'] }
      : {}),
  })),
};
