// The whole state of a call: what the user interface sees, and what it does not.

import type { Link } from '../wire/old_link';
import type { Offer } from '../wire/offer';
import type { AppState, DeviceState, NoticeEntry, Source } from './model';
import { EMPTY_ROSTER, type Roster } from './roster';

/** The signalling connection. `until` is when the phase ends by itself. */
export interface Line {
  readonly phase:
    | 'closed'
    | 'opening' // a WebSocket is on its way
    | 'greeting' // it is open; the server has not answered join or resume
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
    | 'connecting' // the answer is set
    | 'connected'
    | 'disconnected' // may come back by itself
    | 'failed';
  readonly until: number;
  readonly offer: Offer | null;
}

export type PerSource = Readonly<Record<Source, boolean>>;

export interface TimedNotice extends NoticeEntry {
  readonly until: number;
}

export interface CallState {
  readonly view: AppState;
  readonly meeting: Link | null;
  readonly line: Line;
  readonly media: Media;
  readonly roster: Roster;
  /** the server's handle on our place in the meeting */
  readonly session: string | null;
  /** the session that the next join takes over from */
  readonly replaces: string | null;
  /** the first join must have been answered by then */
  readonly joinBy: number;
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
export const MEDIA_CLOSED: Media = { phase: 'closed', until: NEVER, offer: null };

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
      link: boot.meeting ? boot.address : null,
      failure: null,
    },
    meeting: boot.meeting,
    line: LINE_CLOSED,
    media: MEDIA_CLOSED,
    roster: EMPTY_ROSTER,
    session: null,
    replaces: boot.session,
    joinBy: NEVER,
    lostAt: null,
    handoverBy: NEVER,
    opening: NEITHER,
    opened: NEITHER,
    sending: NEITHER,
    announced: null,
    replacing: NEITHER,
    isHeld: false,
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
