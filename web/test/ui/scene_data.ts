// What the scenes are made of: people, callers, lines of chat.

import type {
  AppState,
  Caller,
  ChatLine,
  DeviceState,
  Group,
  SignIn,
  Standing,
} from '../../src/call/model';

export const LINK =
  'https://meet.example.org/m/5fJk2mQx9TzR8vLw3NcYbA#1.x7Qd2Kp0sVtYh5Rj9ZmC1w.aB3dE5fG7hI9jK1lM3nO5Q';
export const HOST_LINK = `${LINK}.q2W4e6R8t0Y1u3I5o7P9a0S2d4F6g8H0j1K3l5Z7x9C`;
export const MET = Date.UTC(2026, 4, 3);

export const NAMES = [
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

export const GROUP: Group = {
  callers: [],
  mayAdmit: true,
  isHosted: true,
  hasLobby: true,
  isLocked: false,
  isFull: false,
  epoch: 7,
  code: '482950173366204819570023148867',
  emoji: [3, 77, 140, 201, 18, 96, 250, 41, 60, 122, 175, 233],
  isCodeCompared: false,
  countries: ['AT', 'CH', 'DE'],
  alarm: null,
  hasNewLink: false,
};

export const SIGN_IN: SignIn = { issuers: [], asking: null, done: null };

export const BASE: AppState = {
  screen: 'home',
  name: 'Lena',
  devices: DEVICES,
  connection: 'idle',
  joinedAt: null,
  people: [],
  peopleMax: 200,
  notices: [],
  newMeeting: null,
  signIn: SIGN_IN,
  lobby: null,
  group: GROUP,
  chat: [],
  unread: 0,
  link: LINK,
  failure: null,
  refusal: null,
  refusals: [],
  node: null,
  move: null,
};

const VERIFIED: Standing = {
  kind: 'verified',
  issuer: 'https://id.example.org/realms/school',
  name: 'Jonas Weber',
};

export const standing = (index: number): Standing =>
  index % 3 === 2 ? VERIFIED : { kind: 'guest' };

const caller = (knock: string, name: string, part: Partial<Caller> = {}): Caller => ({
  knock,
  name,
  standing: { kind: 'guest' },
  seenSince: null,
  note: null,
  since: Date.now() - 42_000,
  isOldLink: false,
  isBanned: false,
  ...part,
});

export const CALLERS: readonly Caller[] = [
  caller('k1', 'Ana Lima', { note: 'We spoke on the phone this morning, about the north site.' }),
  caller('k2', 'Jonas Weber', { standing: VERIFIED, seenSince: MET }),
  caller('k3', 'Dr. Alexandra Konstantinopoulou-Hohenlohe', { isOldLink: true }),
  caller('k4', '', { standing: { kind: 'unverified', reason: 'broken' }, isBanned: true }),
];

const line = (id: string, index: number, text: string, minutes: number): ChatLine => ({
  id,
  leaf: index,
  name: index === 0 ? 'Lena' : (NAMES[index] ?? ''),
  text,
  at: Date.UTC(2026, 10, 27, 10, minutes),
  isSelf: index === 0,
});

export const CHAT: readonly ChatLine[] = [
  line('1', 1, 'Good morning. Can everybody see the drawing?', 2),
  line('2', 1, 'It is the third page.', 2),
  line('3', 0, 'Yes, sharp and clear.', 3),
  line('4', 6, 'שלום לכולם', 4),
  line('5', 2, 'https://example.org/a/very/long/address/that/does/not/break/by/itself/anywhere', 9),
  line('6', 3, '<b>not bold</b> & "quoted"\nand a second line', 10),
];

export const ISSUERS = [
  { issuer: 'https://id.example.org', name: 'Example School' },
  { issuer: 'https://login.example.net', name: 'Newsroom' },
];
