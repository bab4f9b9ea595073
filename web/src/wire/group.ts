// What the page and the MLS worker tell each other: plain data that survives structured cloning. The
// worker owns the group and its keys; the page owns the socket, the screen and the person's wishes.
// Keys of frames go from the MLS worker to the frame workers on a port of their own (FrameKeys), never
// through the page.

import type { ClientMessage, ServerMessage } from './message';
import type { NodeAsk, NodeTold, SeenOperator } from './node_view';
import type { ReceiptAsk, ReceiptTold } from './receipts_view';

/** A CryptoKeyPair, here as a handle only: this folder knows no browser type. */
export interface KeyPair {
  readonly publicKey: object;
  readonly privateKey: object;
}

/** Everything that the worker needs to knock. Keys are non-extractable and cloned as handles. It is
 * posted with a transfer list: `event.ports` are the ports of the frame workers, and all of FrameKeys
 * goes to each of them. A worker serves one start: the page makes a new one for the next. */
export interface GroupStart {
  readonly type: 'start';
  /** 16 bytes each */
  readonly meeting: Uint8Array;
  readonly secret: Uint8Array;
  readonly policyHash: Uint8Array;
  readonly hostName: string;
  readonly name: string;
  readonly device: KeyPair;
  /** null: this browser is no host of the meeting */
  readonly host: KeyPair | null;
  /** leaf key for an identity with a token, made before the person signed in; null: made now */
  readonly signed: SignedIn | null;
  /** device keys met before (43 characters of base64url) and when first, in ms since 1970 */
  readonly seen: readonly (readonly [string, number])[];
  readonly seenOperators: readonly SeenOperator[];
}

/** The outcome of signing in at an issuer, bound to the leaf key that this join will use. */
export interface SignedIn {
  readonly signaturePrivate: Uint8Array;
  readonly signaturePublic: Uint8Array;
  readonly rz: Uint8Array;
  readonly idToken: string;
}

/** What the person does; the worker turns it into commits and application messages. */
export type GroupAct =
  | { readonly type: 'admit'; readonly knocks: readonly string[] }
  | { readonly type: 'decline'; readonly knock: string }
  | { readonly type: 'remove'; readonly leaf: number; readonly ban: boolean }
  | { readonly type: 'lock'; readonly on: boolean }
  | { readonly type: 'new-link' }
  | { readonly type: 'make-cohost'; readonly leaf: number }
  | { readonly type: 'chat'; readonly text: string }
  | { readonly type: 'hand'; readonly up: boolean }
  | { readonly type: 'reaction'; readonly emoji: string }
  | { readonly type: 'rename'; readonly name: string }
  | { readonly type: 'note'; readonly text: string }
  | { readonly type: 'code-matches'; readonly epoch: number } // the person compared it
  | { readonly type: 'leave' };

export type GroupCommand =
  | GroupStart
  | { readonly type: 'heard'; readonly message: ServerMessage }
  /** the socket opened (say knock, resume or restore) or went; to this node, by the name in its certificate */
  | { readonly type: 'line'; readonly isUp: boolean; readonly node?: string | null }
  /** the transport is gone, and another one is to be made in its place */
  | { readonly type: 'media-lost' }
  | { readonly type: 'act'; readonly act: GroupAct }
  /** a receiver cannot decode this leaf's frames for 2 s, or can again; null: nobody's for 5 s after an epoch */
  | { readonly type: 'undecodable'; readonly leaf: number | null; readonly isSo: boolean }
  | NodeAsk
  | ReceiptAsk
  | { readonly type: 'stop' }; // wipe everything

/** How a person is known. */
export type Standing =
  | { readonly kind: 'guest' } // a name that they chose
  | { readonly kind: 'verified'; readonly issuer: string; readonly name: string }
  | { readonly kind: 'unverified'; readonly reason: 'missing' | 'broken' | 'token' };

export interface GroupPerson {
  readonly leaf: number;
  readonly name: string; // empty when unverified
  readonly standing: Standing;
  readonly isSelf: boolean;
  readonly isHost: boolean; // has authority
  /** device key met before, since when; null: new */
  readonly seenSince: number | null;
  /** 43 characters; for the store of keys met before */
  readonly deviceKey: string | null;
  readonly handUpAt: number | null;
  readonly isUndecodable: boolean;
}

export interface Knocker {
  readonly knock: string;
  readonly name: string;
  readonly standing: Standing;
  readonly seenSince: number | null;
  readonly deviceKey: string | null;
  readonly note: string | null;
  readonly since: number; // the worker's clock, ms
  readonly isOldLink: boolean;
  readonly isBanned: boolean;
}

export type Alarm =
  | 'fork' // checkpoint or head mismatch, failed confirmation tag
  | 'nobody-decodable' // 5 s after an epoch
  | 'withheld-removal' // a Remove of ours did not come back within 5 s
  | 'split' // no commit and no head of at least half of the others for 60 s
  | 'silence' // nor of anybody
  | 'invalid-commit'; // the server delivered a commit that breaks a rule

export interface GroupView {
  readonly phase:
    | 'off'
    | 'knocking'
    | 'waiting' // for somebody to admit us
    | 'waiting-for-host' // nobody with authority is there
    | 'joining' // Welcome is being worked off
    | 'in'
    | 'out';
  readonly epoch: number;
  readonly people: readonly GroupPerson[];
  readonly knockers: readonly Knocker[];
  readonly mayAdmit: boolean; // we have authority, or the meeting has no host and no lobby
  readonly isHosted: boolean;
  readonly hasLobby: boolean;
  readonly isLocked: boolean;
  readonly generation: number;
  /** somebody is admitted, and there is no room */
  readonly isFull: boolean;
  /** 30 digits, and indices of 12 emoji; empty before `in` */
  readonly code: string;
  readonly emoji: readonly number[];
  readonly isCodeCompared: boolean;
  readonly countries: readonly string[];
  readonly alarm: Alarm | null; // sending must stop
  /** the present link's secret, when it changed (new link); the page composes the link */
  readonly newSecret: Uint8Array | null;
}

export type GroupEvent =
  /** node: to that one alone, on the line to it */
  | { readonly type: 'say'; readonly message: ClientMessage; readonly node?: string }
  /** another node has the meeting, and us in it: what was said of its group is true */
  | { readonly type: 'moved'; readonly node: string }
  /** it may not be told of the meeting, or nobody here can bring the meeting to it */
  | { readonly type: 'node-unfit'; readonly node: string }
  /** our seat cannot be taken again: knock anew, on another socket to the same node */
  | { readonly type: 'seat-lost' }
  | { readonly type: 'view'; readonly view: GroupView }
  | { readonly type: 'chat'; readonly leaf: number; readonly id: string; readonly text: string }
  | { readonly type: 'reaction'; readonly leaf: number; readonly emoji: string }
  | { readonly type: 'removed-by'; readonly leaf: number; readonly by: number }
  | { readonly type: 'seen'; readonly deviceKey: string }
  /** the group refuses us, or we refuse it: fail closed, with the reason */
  | {
      readonly type: 'refused';
      readonly reason:
        | 'wrong-policy' // the policy is not the one in the link
        | 'fake-meeting' // the Welcome does not know the link's secret
        | 'behind' // another node has an older state of the group: nobody goes back to it
        | 'broken';
    }
  | NodeTold
  | ReceiptTold
  | { readonly type: 'send-again' }; // alarm is over or keys are there: tracks may be attached

/** From the MLS worker to the frame workers. */
export type FrameKeys =
  | {
      readonly type: 'epoch';
      readonly epoch: number;
      readonly baseKey: Uint8Array; // wiped by the receiver after import
      readonly suite: 4 | 5;
      readonly leafBits: number; // S of encryption.md 9
      readonly ownLeaf: number;
      readonly leaves: readonly number[]; // all others: frames of anybody else are refused
      /** leaves that this epoch's commit filled: what came before under these numbers was another's */
      readonly added: readonly number[];
    }
  | { readonly type: 'send-with'; readonly epoch: number } // from now on
  | { readonly type: 'forget'; readonly epoch: number }
  | { readonly type: 'stop' }; // send nothing more, forget everything
