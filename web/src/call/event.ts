// Everything that can happen to a call, and everything that a call can ask the shell to do. Both are
// data, so that a test can play any story in virtual time.

import type { GroupCommand, GroupEvent, GroupStart } from '../wire/group';
import type { SeenOperator } from '../wire/node_view';
import type { ClientMessage, ServerMessage, VideoCodec } from '../wire/message';
import type {
  Device,
  DeviceProblem,
  DeviceState,
  Failure,
  Issuer,
  LobbyMode,
  Places,
  Source,
  UserEvent,
} from './model';
import type { NodeRefusal } from './node';
import type { SlotSet } from './slot_key';

/** What one tab gives to another one so that the person can go on there. */
export interface Handover {
  readonly session: string;
  readonly name: string;
  readonly devices: HandedDevices;
}

export type HandedDevices = Pick<
  DeviceState,
  'microphoneOn' | 'cameraOn' | 'hasMicrophone' | 'hasCamera'
>;

export type ShellEvent =
  | { readonly type: 'tick' } // deadline() has been reached
  | { readonly type: 'online' } // the browser says that there is a network again
  | { readonly type: 'offline' } // or that there is none
  | { readonly type: 'page-hidden' } // the page is being closed, reloaded or left
  | { readonly type: 'socket-open' }
  | { readonly type: 'socket-closed' }
  | { readonly type: 'socket-message'; readonly message: ServerMessage | undefined } // undefined: not understood
  | { readonly type: 'peer-offer'; readonly sdp: string }
  /** address: where packets go, with 'connected'; null when the browser does not tell */
  | {
      readonly type: 'peer-state';
      readonly state: 'connected' | 'disconnected' | 'failed';
      readonly address: string | null;
    }
  | { readonly type: 'peer-address'; readonly address: string | null } // packets go there now
  | { readonly type: 'old-peer-ended' } // the one that went on beside a new one
  | { readonly type: 'peer-refused' } // the browser takes neither our offer nor our answer
  | { readonly type: 'group'; readonly event: GroupEvent } // from the MLS worker
  | { readonly type: 'group-broken' } // the MLS worker, or a frame worker, has died
  /** whose key decrypts the frames of a slot now; null: nobody's */
  | { readonly type: 'slot-leaf'; readonly mid: string; readonly leaf: number | null }
  /** none of a slot's frames can be read for a while, or one can again; the leaf that they name */
  | {
      readonly type: 'undecodable';
      readonly mid: string;
      readonly leaf: number | null;
      readonly isSo: boolean;
    }
  | { readonly type: 'nobody-decodable'; readonly isSo: boolean }
  | { readonly type: 'issuers'; readonly issuers: readonly Issuer[] }
  | { readonly type: 'signed-in'; readonly issuer: string; readonly name: string }
  | { readonly type: 'sign-in-failed' }
  | {
      readonly type: 'device-opened';
      readonly source: Source;
      readonly id: string | null;
      readonly label: string;
    }
  | { readonly type: 'device-failed'; readonly source: Source; readonly problem: DeviceProblem }
  | { readonly type: 'device-ended'; readonly source: Source }
  | {
      readonly type: 'device-list';
      readonly microphones: readonly Device[];
      readonly cameras: readonly Device[];
      readonly speakers: readonly Device[];
    }
  | { readonly type: 'microphone-silent'; readonly isSilent: boolean }
  /** where the meeting of the link may run, before one knocks */
  | { readonly type: 'policy-known'; readonly countries: readonly string[] }
  /** where the operator's machines are, by what the server proves of itself */
  | { readonly type: 'places'; readonly places: Places }
  | {
      readonly type: 'meeting-made';
      readonly link: string;
      readonly hostLink: string;
      readonly countries: readonly string[];
    }
  | {
      readonly type: 'meeting-failed';
      readonly failure: Failure;
      readonly refusal?: NodeRefusal; // of 'node-refused'
    }
  | { readonly type: 'link-copied'; readonly which: 'link' | 'host-link' }
  | { readonly type: 'handover-asked' }
  | { readonly type: 'handover'; readonly handover: Handover };

export type CallEvent = UserEvent | ShellEvent;

export type Effect =
  /** in place of one that is open; to a node by the name in its certificate, null: that served the page */
  | { readonly type: 'open-socket'; readonly node: string | null }
  | { readonly type: 'close-socket' } // clean: the server lets go of the session
  | { readonly type: 'drop-socket' } // not clean: the session stays
  | { readonly type: 'say'; readonly message: ClientMessage }
  /** in place of one that is open; with keepsOld that one goes on as it is until it is dropped */
  | { readonly type: 'open-peer'; readonly set: SlotSet; readonly keepsOld: boolean }
  | { readonly type: 'drop-old-peer'; readonly set: SlotSet } // it is the one with these slots
  | { readonly type: 'take-back-peer'; readonly set: SlotSet } // the one with these slots ends, the old one stays
  | { readonly type: 'cut-old-peer'; readonly source: Source } // and sends nothing of it any more
  | { readonly type: 'answer-peer'; readonly sdp: string }
  | { readonly type: 'use-codec'; readonly codec: VideoCodec }
  | { readonly type: 'close-peer' }
  /** nothing goes in or out any more; it is closed when the group stops */
  | { readonly type: 'retire-peer' }
  | { readonly type: 'attach'; readonly source: Source } // the device's track into its sender
  | { readonly type: 'detach'; readonly source: Source }
  | { readonly type: 'open-devices'; readonly wanted: readonly WantedDevice[] }
  | { readonly type: 'close-device'; readonly source: Source }
  | { readonly type: 'use-speaker'; readonly id: string }
  | { readonly type: 'test-speaker' }
  | { readonly type: 'chime' } // we have been let in, or somebody knocks
  /** a new group worker; as another person: with a device key that is kept nowhere */
  | { readonly type: 'start-group'; readonly name: string; readonly isAnother: boolean }
  | { readonly type: 'tell-group'; readonly command: Exclude<GroupCommand, GroupStart> }
  | { readonly type: 'stop-group' }
  | { readonly type: 'remember'; readonly deviceKey: string } // a device that was met
  | { readonly type: 'remember-operator'; readonly seen: SeenOperator }
  | { readonly type: 'sign-in'; readonly issuer: string }
  | { readonly type: 'sign-out' }
  /** the link's secret has been replaced: so that a reload finds the new one in the address */
  | { readonly type: 'replace-address'; readonly link: string }
  | { readonly type: 'ask-places' } // whom the server proves itself to be, and where its operator has machines
  | {
      readonly type: 'make-meeting';
      readonly lobby: LobbyMode;
      readonly countries: readonly string[] | undefined;
    }
  | { readonly type: 'go'; readonly to: string }
  | { readonly type: 'reload' }
  | { readonly type: 'copy'; readonly text: string; readonly which: 'link' | 'host-link' }
  | { readonly type: 'store-name'; readonly name: string }
  | { readonly type: 'store-session'; readonly session: string | null }
  | { readonly type: 'hold-page'; readonly on: boolean } // screen stays awake, other tabs see us
  | { readonly type: 'ask-handover' }
  | { readonly type: 'give-handover'; readonly handover: Handover };

export interface WantedDevice {
  readonly source: Source;
  /** null: whatever the browser prefers */
  readonly id: string | null;
}
