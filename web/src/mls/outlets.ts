// What the machine of the group gets from outside: time, chance, blobs, judgement of ID tokens; and
// where its effects go. In the browser the worker gives them, in tests whatever they like.

import type { Bytes } from '../wire/bytes';
import type { FrameKeys, GroupCommand, GroupEvent } from '../wire/group';
import type { IdToken } from '../wire/identity';
import type { NodeAsk } from '../wire/node_view';
import type { ReceiptAsk } from '../wire/receipts_view';
import type { Policy } from '../wire/policy';

/** Questions about the node and its receipts are answered beside the group (worker/). */
export type DriverCommand = Exclude<GroupCommand, NodeAsk | ReceiptAsk | { type: 'media-lost' }>;
export type Heard = Extract<DriverCommand, { type: 'heard' }>['message'];

/** Blinded ids of docs/protocol/receipts.md 2, and what the receipts are measured by. */
export interface ReceiptTerms {
  readonly meeting: Bytes;
  readonly member: Bytes;
  readonly policy: Policy;
  readonly policyBytes: Bytes;
}

export interface Clock {
  /** ms since 1970 */
  readonly now: () => number;
  /** Runs once, later; the answer calls it off. */
  readonly after: (ms: number, run: () => void) => () => void;
}

export interface TokenQuestion {
  readonly token: IdToken;
  readonly leafKey: Uint8Array;
  readonly policy: Policy;
  /** at the door a token must still hold; inside it was let in before */
  readonly isKnocking: boolean;
}

export interface VerifiedToken {
  readonly issuer: string;
  readonly name: string;
}

export interface Outlets {
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array<ArrayBuffer>;
  /** The bytes with this SHA-256 (43 characters), or null: the caller checks them. */
  readonly fetchBlob: (hash: string) => Promise<Uint8Array | null>;
  /** Whether another node may be told of the meeting, by what it shows of itself. */
  readonly admitNode?: (node: string) => Promise<boolean>;
  /** The meeting is there from now on; null: at the node that served the page. */
  readonly atNode?: (node: string | null) => void;
  /** Null: not verified. Rejects: it could not be found out, for now. */
  readonly verifyToken: (asked: TokenQuestion) => Promise<VerifiedToken | null>;
  readonly emit: (event: GroupEvent) => void;
  /** The policy is known, once. */
  readonly policy: (policy: Policy) => void;
  /** We are in the group, with a leaf of our own: before anybody joins with it. */
  readonly receipts?: (terms: ReceiptTerms) => void;
  /** To every frame worker. */
  readonly frames: (keys: FrameKeys) => void;
  /** For tests alone: an error may hold what nobody should read. */
  readonly onFault?: (error: unknown) => void;
}
