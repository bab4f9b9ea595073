// The whole state of a call: what the user interface sees, and what it does not.

import type { GroupView } from '../wire/group';
import type { Link } from '../wire/link';
import type { Joined } from '../wire/message';
import type { Offer } from '../wire/offer';
import { NO_GROUP } from './group';
import type { AppState, DeviceState, NoticeEntry, Source } from './model';
import { NODE_UNASKED, type Node } from './node';
import { NODES_UNKNOWN, type NodeChoice } from './node_choice';
import { EMPTY_ROSTER, type Roster } from './roster';
import type { SlotSet } from './slot_key';

/** The signalling connection. `until` is when the phase ends by itself. */
export interface Line {
  readonly phase:
    | 'closed'
    | 'opening' // a WebSocket is on its way
    | 'greeting' // it is open; the server has not answered knock or resume
    | 'open' // in the session; `until` is the next ping
    | 'waiting'; // for the next attempt
  readonly until: number;
  /** when the server last said anything */
  readonly heardAt: number;
  readonly pings: number;
  readonly failures: number;
}

/** The peer connection. `until` is when the phase ends by itself. */
export interface Media {
  readonly phase:
    | 'closed'
    | 'offering' // the browser is writing its offer
    | 'offered'
    | 'asking' // join has been said
    | 'returning' // the one before is the only one again: its node is proven anew first
    | 'comparing' // the answer is there, and is compared with the node's certificate
    | 'connecting' // the answer is set
    | 'checking' // there is a path: is its address the node's?
    | 'connected'
    | 'disconnected' // may come back by itself
    | 'failed';
  readonly until: number;
  readonly offer: Offer | null;
  /** the server's answer */
  readonly joined: Joined | null;
  /** that the connection is bound to, as in SDP */
  readonly fingerprint: string | null;
  readonly set: SlotSet;
  readonly before: MediaBefore | null;
  /** of a connection that is taken back: as it stood before, until it is proven anew */
  readonly returning: Standing | null;
}

export interface Standing {
  readonly fingerprint: string | null;
  readonly address: string | null;
}

/** The connection to the node that hands the meeting over. It goes on until the one to the next node stands, and is
 * listened to until `until`, since not all come over in the same moment. */
export interface MediaBefore {
  readonly until: number;
  readonly set: SlotSet;
  readonly offer: Offer | null;
  readonly joined: Joined | null;
  readonly standing: Standing;
  /** what it still sends */
  readonly sending: PerSource;
}

export type PerSource = Readonly<Record<Source, boolean>>;

export interface TimedNotice extends NoticeEntry {
  readonly until: number;
}

export interface TimedReaction {
  readonly leaf: number;
  readonly emoji: string;
  readonly until: number;
}

export interface CallState {
  readonly view: AppState;
  readonly meeting: Link | null;
  readonly origin: string;
  readonly line: Line;
  readonly media: Media;
  readonly node: Node;
  readonly nodes: NodeChoice;
  /** as the browser says; a network of which it knows nothing may be there all the same */
  readonly isOnline: boolean;
  readonly roster: Roster;
  /** what the group worker last said; null before it has said anything */
  readonly members: GroupView | null;
  /** the server's handle on our place in the meeting */
  readonly session: string | null;
  /** the session that the next knock takes over from */
  readonly replaces: string | null;
  /** a second tab that joins as another person: its device is known to nobody */
  readonly isAnother: boolean;
  /** the first knock, and after the admission the first join, must have been answered by then */
  readonly joinBy: number;
  /** somebody who is let in at once never sees the lobby: it is shown from then on */
  readonly lobbyAt: number;
  /** the group has been told that we leave: the socket stays open for its word until then */
  readonly leaveBy: number;
  readonly isFarewellSaid: boolean;
  /** while we leave: the node's last receipt is waited for until then */
  readonly lastReceiptBy: number;
  /** the node writes receipts of the transport that stands */
  readonly isMetered: boolean;
  /** after an alarm nothing is sent until the group says so */
  readonly isHushed: boolean;
  /** another tab has been given our session, and may take our place until then */
  readonly handedOverUntil: number;
  /** leaves whose removal has been told with the name of who did it */
  readonly removed: readonly number[];
  readonly reactions: readonly TimedReaction[];
  /** slots whose frames cannot be read, and the leaf that is blamed for it */
  readonly blank: readonly { readonly mid: string; readonly leaf: number | null }[];
  readonly isChatOpen: boolean;
  /** a new link that this person asked for is copied when it is there */
  readonly wantsLink: boolean;
  /** since when the call is not whole; null when it is */
  readonly lostAt: number | null;
  /** another tab must have handed over by then */
  readonly handoverBy: number;
  /** devices that are being asked for; that are open; whose track is in its sender */
  readonly opening: PerSource;
  readonly opened: PerSource;
  readonly sending: PerSource;
  /** what the server was told that we send; null when it must be told again */
  readonly announced: PerSource | null;
  /** devices that went away and are being replaced by the default one */
  readonly replacing: PerSource;
  readonly isHeld: boolean;
  /** what the group was told of the socket */
  readonly isLineUp: boolean;
  readonly notices: readonly TimedNotice[];
  readonly noticesMade: number;
  /** state of the random generator; see random.ts */
  readonly seed: number;
}

/** What the shell knows when the page has loaded. */
export interface Boot {
  readonly place: 'home' | 'new' | 'meeting';
  /** in a meeting: null when the link is incomplete */
  readonly meeting: Link | null;
  readonly origin: string;
  /** the link for others: never with a host key */
  readonly address: string;
  readonly name: string;
  /** left by this tab before a reload */
  readonly session: string | null;
  readonly isInOtherTab: boolean;
  readonly isSupported: boolean;
  readonly seed: number;
}

export const NEVER = Number.POSITIVE_INFINITY;
export const NEITHER: PerSource = { microphone: false, camera: false };
export const LINE_CLOSED: Line = {
  phase: 'closed',
  until: NEVER,
  heardAt: 0,
  pings: 0,
  failures: 0,
};
export const MEDIA_CLOSED: Media = {
  phase: 'closed',
  until: NEVER,
  offer: null,
  joined: null,
  fingerprint: null,
  set: 0,
  before: null,
  returning: null,
};

const NO_DEVICES: DeviceState = {
  permission: 'unasked',
  microphones: [],
  cameras: [],
  speakers: [],
  microphoneId: null,
  cameraId: null,
  speakerId: null,
  microphoneProblem: null,
  cameraProblem: null,
  microphoneOn: false,
  cameraOn: false,
  hasMicrophone: false,
  hasCamera: false,
  isSilent: false,
};

export function initialState(boot: Boot): CallState {
  return {
    view: {
      screen: firstScreen(boot),
      name: boot.name,
      devices: NO_DEVICES,
      connection: 'idle',
      joinedAt: null,
      people: [],
      peopleMax: 0,
      notices: [],
      newMeeting: null,
      signIn: { issuers: [], asking: null, done: null },
      lobby: null,
      group: NO_GROUP,
      chat: [],
      unread: 0,
      link: boot.meeting ? boot.address : null,
      failure: null,
      refusal: null,
      refusals: [],
      node: null,
      move: null,
    },
    meeting: boot.meeting,
    origin: boot.origin,
    line: LINE_CLOSED,
    media: MEDIA_CLOSED,
    node: NODE_UNASKED,
    nodes: NODES_UNKNOWN,
    isOnline: true,
    roster: EMPTY_ROSTER,
    members: null,
    session: null,
    replaces: boot.session,
    isAnother: false,
    joinBy: NEVER,
    lobbyAt: NEVER,
    leaveBy: NEVER,
    isFarewellSaid: false,
    lastReceiptBy: NEVER,
    isMetered: false,
    isHushed: false,
    handedOverUntil: 0,
    removed: [],
    reactions: [],
    blank: [],
    isChatOpen: false,
    wantsLink: false,
    lostAt: null,
    handoverBy: NEVER,
    opening: NEITHER,
    opened: NEITHER,
    sending: NEITHER,
    announced: null,
    replacing: NEITHER,
    isHeld: false,
    isLineUp: false,
    notices: [],
    noticesMade: 0,
    seed: boot.seed,
  };
}

function firstScreen(boot: Boot): AppState['screen'] {
  if (!boot.isSupported) return 'unsupported';
  if (boot.place !== 'meeting') return boot.place;
  if (!boot.meeting) return 'bad-link';
  return boot.isInOtherTab ? 'other-tab' : 'pre-join';
}
