// The state that the user interface reads and the events that it sends.
// Pure data: no DOM type, no browser object. The reducer is call.ts.

export type Source = 'microphone' | 'camera';
export type Kind = 'audio' | 'video';

export type PersonState = 'connecting' | 'connected' | 'reconnecting';

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly state: PersonState;
  readonly microphone: boolean;
  readonly camera: boolean;
  readonly isSelf: boolean;
  /** mid of the receive slot that carries this person now; null when none does */
  readonly audioMid: string | null;
  readonly videoMid: string | null;
}

export interface Device {
  readonly id: string;
  readonly label: string;
}

/** Why a device is not there, by cause (product.md 5c). */
export type DeviceProblem =
  | 'blocked' // NotAllowedError: denied or dismissed in the browser
  | 'blocked-by-system' // NotAllowedError with the operating system as the cause
  | 'in-use' // NotReadableError
  | 'missing' // NotFoundError
  | 'unplugged' // ended in the middle of a call
  | 'failed'; // anything else

export type Permission = 'unasked' | 'asking' | 'answered';

export interface DeviceState {
  readonly permission: Permission;
  readonly microphones: readonly Device[];
  readonly cameras: readonly Device[];
  readonly speakers: readonly Device[];
  readonly microphoneId: string | null;
  readonly cameraId: string | null;
  readonly speakerId: string | null;
  readonly microphoneProblem: DeviceProblem | null;
  readonly cameraProblem: DeviceProblem | null;
  /** what the person wants: kept over every reconnect, never switched on by us */
  readonly microphoneOn: boolean;
  readonly cameraOn: boolean;
  /** true when a track exists and could be sent */
  readonly hasMicrophone: boolean;
  readonly hasCamera: boolean;
  /** no sound on an open microphone for some seconds */
  readonly isSilent: boolean;
}

export type Screen =
  | 'home' // "/": what this is, button to make a meeting
  | 'new' // "/new": the meeting is being made, then its link is shown
  | 'bad-link' // the part after # is missing or broken
  | 'unsupported' // browser too old
  | 'pre-join'
  | 'other-tab' // this browser already is in this meeting in another tab
  | 'call' // joining, joined or reconnecting: see Connection
  | 'left' // the person left
  | 'moved' // another tab took over
  | 'failed'; // see failure

export type Connection =
  | 'idle'
  | 'joining'
  | 'connected'
  | 'interrupted' // noticed, below 2 s: show nothing
  | 'reconnecting' // from 2 s on
  | 'still-trying'; // from 30 s on: offer to rejoin

/** Final errors of a join or a call; each has its own text. */
export type Failure =
  | 'not-found'
  | 'room-full'
  | 'server-full'
  | 'busy'
  | 'media-blocked' // ICE never connected
  | 'server-unreachable'
  | 'version' // client and server do not fit: reload
  | 'internal';

export type Notice =
  | { readonly kind: 'muted-speech' } // "You are muted, press M"
  | { readonly kind: 'you-are-muted' }
  | { readonly kind: 'device-switched'; readonly source: Source; readonly label: string }
  | { readonly kind: 'device-lost'; readonly source: Source }
  | { readonly kind: 'joined'; readonly name: string }
  | { readonly kind: 'gone'; readonly name: string }
  | { readonly kind: 'link-copied' }
  | { readonly kind: 'server-restarting' };

export interface NoticeEntry {
  readonly id: number;
  readonly notice: Notice;
}

export interface NewMeeting {
  readonly status: 'making' | 'ready' | 'failed';
  /** the whole link with its fragment; only ever in this browser */
  readonly link: string | null;
  readonly failure: Failure | null;
}

export interface AppState {
  readonly screen: Screen;
  readonly name: string;
  readonly devices: DeviceState;
  readonly connection: Connection;
  /** ms since the epoch of the shell's clock; null when not joined */
  readonly joinedAt: number | null;
  readonly people: readonly Person[];
  readonly peopleMax: number;
  readonly notices: readonly NoticeEntry[];
  readonly newMeeting: NewMeeting | null;
  readonly link: string | null;
  readonly failure: Failure | null;
  /** "203.0.113.5:10000" of each candidate that the server announced: for the report of 'media-blocked' */
  readonly mediaAddresses?: readonly string[];
}

/** What a person does. The shell adds its own events in call.ts. */
export type UserEvent =
  | { readonly type: 'make-meeting' }
  | { readonly type: 'open-meeting' } // from "new" to the meeting's own page
  | { readonly type: 'copy-link' }
  | { readonly type: 'set-name'; readonly name: string }
  | { readonly type: 'use-devices'; readonly microphone: boolean; readonly camera: boolean } // asks for permission
  | { readonly type: 'retry-device'; readonly source: Source }
  | { readonly type: 'choose-device'; readonly device: Source | 'speaker'; readonly id: string }
  | { readonly type: 'test-speaker' }
  | { readonly type: 'toggle'; readonly source: Source }
  | { readonly type: 'join' }
  | { readonly type: 'join-as-another' } // other-tab: a second person
  | { readonly type: 'move-here' } // other-tab: leave there, join here
  | { readonly type: 'leave' }
  | { readonly type: 'rejoin' }
  | { readonly type: 'dismiss'; readonly notice: number };

/** What the shell needs of a video element. */
export interface VideoSurface {
  muted: boolean;
  playsInline: boolean;
  srcObject: unknown;
  play(): Promise<void>;
}

/** What the user interface may ask of the shell beside the state: browser objects stay behind it. */
export interface ViewPort {
  send(event: UserEvent): void;
  /** shows the picture of a slot's mid, or one's own with 'self'; returns the way to stop */
  attachVideo(source: string, element: VideoSurface): () => void;
  /** 0..1, own microphone now; read it once an animation frame */
  microphoneLevel(): number;
  /** 0..1 of a received slot, for the speaking ring */
  slotLevel(mid: string): number;
}
