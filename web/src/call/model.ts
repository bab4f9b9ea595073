// The state that the user interface reads and the events that it sends.
// Pure data: no DOM type, no browser object. The reducer is call.ts.

import type { DistanceAnswer } from '../wire/distance';
import type { Alarm, Standing } from '../wire/group';
import type { DirectoryNotice } from '../wire/directory_notice';
import type { ReceiptsView } from '../wire/receipts_view';
import type { NodeFacts, NodeRefusal } from '../wire/node_view';

export type { Alarm, DirectoryNotice, ReceiptsView, Standing };
export { codeGroups } from '../wire/code';
export { CHAT_MAX, REACTIONS } from '../wire/inner';
export { NOTE_CODE_POINTS_MAX as NOTE_MAX } from '../wire/identity';

export type Source = 'microphone' | 'camera';
export type Kind = 'audio' | 'video';

export type PersonState = 'connecting' | 'connected' | 'reconnecting';

export interface Person {
  /** of the leaf in the group's tree: the same in every browser */
  readonly id: string;
  readonly leaf: number;
  readonly name: string;
  readonly standing: Standing;
  /** may admit and act for all */
  readonly isHost: boolean;
  /** when this browser first met the person's device; null: it is new here */
  readonly seenSince: number | null;
  readonly handUpAt: number | null;
  /** nothing of this person can be decoded: the picture is not shown */
  readonly isUndecodable: boolean;
  /** what the person just showed; null when nothing */
  readonly reaction: string | null;
  readonly state: PersonState;
  readonly microphone: boolean;
  readonly camera: boolean;
  readonly isSelf: boolean;
  /** mid of the receive slot whose frames are encrypted by this person; null when none are */
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
  | 'lobby' // waiting for somebody inside to let us in
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
  | 'declined' // by somebody who may admit
  | 'link-expired' // a newer link took its place
  | 'removed'
  | 'wrong-policy' // the meeting's rules are not those of the link
  | 'fake-meeting' // whoever let us in does not know the link
  | 'region-full' // no room on the servers of the allowed countries
  | 'region-empty' // no server of the operator there
  | 'region-uncleared' // those that are there may not be used now
  | 'region-silent' // they cannot be reached, or cannot show what they are yet
  | 'other-operator' // the meeting is bound to another operator or log
  | 'no-node-in-region' // no machine of the operator in the countries that were chosen
  | 'node-refused' // the node may not carry this meeting; see refusal
  | 'not-moved' // another node has an older state of the meeting, to which nobody goes back
  | 'untrusted' // the group broke its own rules while we came in
  | 'internal';

export type Notice =
  | { readonly kind: 'muted-speech' } // "You are muted, press M"
  | { readonly kind: 'you-are-muted' }
  | { readonly kind: 'device-switched'; readonly source: Source; readonly label: string }
  | { readonly kind: 'device-lost'; readonly source: Source }
  | { readonly kind: 'joined'; readonly name: string }
  | { readonly kind: 'gone'; readonly name: string }
  | { readonly kind: 'removed'; readonly name: string; readonly by: string }
  | { readonly kind: 'chat'; readonly name: string; readonly text: string }
  | { readonly kind: 'link-copied'; readonly which: 'link' | 'host-link' }
  | { readonly kind: 'link-changed' } // by somebody else
  | { readonly kind: 'sign-in-failed' }
  | { readonly kind: 'server-restarting' }
  | { readonly kind: 'moved'; readonly node: string }; // the meeting, to another node

export interface NoticeEntry {
  readonly id: number;
  readonly notice: Notice;
}

/** Who decides whether somebody comes in. */
export type LobbyMode = 'lobby' | 'open';

/** Where a meeting could be carried. Countries are codes of ISO 3166-1 alpha-2. */
export interface Places {
  /** of the machine that answers */
  readonly home: string;
  /** in which the operator is known to have machines */
  readonly nodes: readonly string[];
  /** there are no others */
  readonly isComplete: boolean;
}

export interface NewMeeting {
  readonly status: 'choosing' | 'making' | 'ready' | 'failed';
  readonly lobby: LobbyMode;
  /** null: the server is being asked */
  readonly places: Places | null;
  /** where the meeting may run; null: as the server offers by itself */
  readonly countries: readonly string[] | null;
  /** the whole link with its fragment; only ever in this browser */
  readonly link: string | null;
  /** the same with the host key: for another device of the same person */
  readonly hostLink: string | null;
  readonly failure: Failure | null;
  /** of 'node-refused' */
  readonly refusal: NodeRefusal | null;
}

/** Somebody at the door. */
export interface Caller {
  readonly knock: string;
  readonly name: string;
  readonly standing: Standing;
  readonly seenSince: number | null;
  readonly note: string | null;
  /** the worker's clock, ms since 1970 */
  readonly since: number;
  readonly isOldLink: boolean;
  readonly isBanned: boolean;
}

export interface ChatLine {
  readonly id: string;
  readonly leaf: number;
  /** as it was when the line came */
  readonly name: string;
  readonly text: string;
  readonly at: number;
  readonly isSelf: boolean;
}

/** What the group's members agree on, for the screen. */
export interface Group {
  readonly callers: readonly Caller[];
  readonly mayAdmit: boolean;
  readonly isHosted: boolean;
  readonly hasLobby: boolean;
  readonly isLocked: boolean;
  /** somebody is admitted, and there is no room */
  readonly isFull: boolean;
  readonly epoch: number;
  /** 30 digits; empty before one is in */
  readonly code: string;
  /** numbers of 12 emoji */
  readonly emoji: readonly number[];
  readonly isCodeCompared: boolean;
  readonly countries: readonly string[];
  /** something is wrong with the group itself: nothing is sent */
  readonly alarm: Alarm | null;
  /** the link was replaced in this session; view.link is the new one */
  readonly hasNewLink: boolean;
}

/** Waiting in front of the door. */
export interface Lobby {
  readonly since: number;
  readonly hasHost: boolean;
  readonly note: string | null;
}

export interface Issuer {
  readonly issuer: string;
  readonly name: string;
}

export interface SignIn {
  readonly issuers: readonly Issuer[];
  /** the issuer that is being asked */
  readonly asking: string | null;
  /** signed in: by whom, as whom */
  readonly done: { readonly issuer: string; readonly name: string } | null;
}

/** Whose papers are right. */
export interface NodeView {
  /** of the one that the meeting is at, and that the page speaks to */
  readonly facts: NodeFacts;
  /** of the one that media go to; null: the same */
  readonly carrier: NodeFacts | null;
  /** where packets go; null while there is no path that was proven */
  readonly address: string | null;
  /** since when they go there, in ms of the shell's clock */
  readonly since: number;
  /** the node from which the meeting came to this one; null: it has not moved */
  readonly movedFrom: string | null;
}

/** The node of the meeting does not answer: another one of the allowed region is asked, or all were. */
export type Move = 'moving' | 'lost';

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
  readonly signIn: SignIn;
  readonly lobby: Lobby | null;
  readonly group: Group;
  readonly chat: readonly ChatLine[];
  readonly unread: number;
  readonly link: string | null;
  readonly failure: Failure | null;
  /** why the node was refused, with 'node-refused' */
  readonly refusal: (NodeRefusal & { readonly wasSent: boolean }) | null;
  /** nodes that were refused on this page, the newest last */
  readonly refusals: readonly NodeRefusal[];
  /** the node that carries us, from when its papers are proven */
  readonly node: NodeView | null;
  /** null: the node answers, or nothing is known of it */
  readonly move: Move | null;
  /** of 'region-…': those that the meeting allows, as the server says */
  readonly failureCountries?: readonly string[];
  /** "203.0.113.5:10000" of each candidate that the server announced: for the report of 'media-blocked' */
  readonly mediaAddresses?: readonly string[];
}

/** What a person does. The shell adds its own events in call.ts. */
export type UserEvent =
  /** from "home": to the page where it is made. Without countries: where the server that answers stands */
  | {
      readonly type: 'make-meeting';
      readonly lobby: LobbyMode;
      readonly countries?: readonly string[];
    }
  | { readonly type: 'choose-meeting' } // on "new": from the beginning
  | { readonly type: 'open-meeting' } // from "new" to the meeting's own page
  | { readonly type: 'copy-link' }
  | { readonly type: 'copy-host-link' }
  | { readonly type: 'sign-in'; readonly issuer: string }
  | { readonly type: 'sign-out' }
  | { readonly type: 'set-name'; readonly name: string }
  | { readonly type: 'use-devices'; readonly microphone: boolean; readonly camera: boolean } // asks for permission
  | { readonly type: 'retry-device'; readonly source: Source }
  | { readonly type: 'choose-device'; readonly device: Source | 'speaker'; readonly id: string }
  | { readonly type: 'test-speaker' }
  | { readonly type: 'toggle'; readonly source: Source }
  | { readonly type: 'join' }
  | { readonly type: 'join-as-another' } // other-tab: a second person
  | { readonly type: 'move-here' } // other-tab: leave there, join here
  | { readonly type: 'note'; readonly text: string } // in the lobby
  | { readonly type: 'admit'; readonly knocks: readonly string[] }
  | { readonly type: 'decline'; readonly knock: string }
  | { readonly type: 'remove'; readonly leaf: number; readonly ban: boolean }
  | { readonly type: 'make-cohost'; readonly leaf: number }
  | { readonly type: 'lock'; readonly on: boolean }
  | { readonly type: 'new-link' }
  | { readonly type: 'code-matches' }
  | { readonly type: 'chat'; readonly text: string }
  | { readonly type: 'chat-open'; readonly isOpen: boolean } // what is on the screen is read
  | { readonly type: 'hand'; readonly up: boolean }
  | { readonly type: 'reaction'; readonly emoji: string }
  | { readonly type: 'rename'; readonly name: string }
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
/** What the time of answers shows of the machine that carries us: where it is not. */
export interface Distance extends DistanceAnswer {
  /** the shortest round trip, in ms, of so many answers */
  readonly rttMs: number;
  readonly answers: number;
  /** the time zone that this device is set to (IANA) */
  readonly zone: string;
}

export interface ViewPort {
  send(event: UserEvent): void;
  /** shows the picture of a slot's mid, or one's own with 'self'; returns the way to stop */
  attachVideo(source: string, element: VideoSurface): () => void;
  /** 0..1, own microphone now; read it once an animation frame */
  microphoneLevel(): number;
  /** 0..1 of a received slot, for the speaking ring */
  slotLevel(mid: string): number;
  /** null: nothing has been measured yet */
  distance(): Promise<Distance | null>;
  /** where meetings are looked up, by the operator's word; null: nothing is said of it */
  directory(): Promise<DirectoryNotice | null>;
  /** what nodes signed of our packets; null: nothing has been said of it yet */
  receipts(): ReceiptsView | null;
  /** offers the evidence as a file to be saved; false: there is none */
  saveEvidence(): Promise<boolean>;
}
