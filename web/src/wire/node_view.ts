// What the page and the worker tell each other of the node that carries us: plain data that survives
// structured cloning.

import type { NodePart, NodeReason } from './node_reason';

/** What the server says of its transport, as far as a certificate can hold it. */
export interface OfferedTransport {
  /** SHA-256 as in SDP: `AB:CD:…` */
  readonly fingerprint: string;
  readonly candidates: readonly { readonly address: string; readonly port: number }[];
}

/** A node whose papers were checked. */
export interface NodeFacts {
  readonly node: string;
  /** who runs it, in the operator's words */
  readonly entity: string;
  /** ISO 3166-1 alpha-2 */
  readonly country: string;
  readonly site: {
    readonly latitude: number;
    readonly longitude: number;
    readonly radiusKm: number;
  };
  readonly certSerial: number;
  readonly setSerial: number;
  /** in seconds since 1970 */
  readonly notAfter: number;
  /** as in SDP */
  readonly fingerprint: string;
  /** one operator key is enough to add a node */
  readonly isSingleKey: boolean;
  /** witnesses that saw the log */
  readonly witnessed: number;
  /** when, in seconds since 1970; null when nobody is asked to */
  readonly witnessedAt: number | null;
  /** when the papers came from the server, in ms since 1970 */
  readonly fetchedAt: number;
}

export interface NodeRefusal {
  readonly reason: NodeReason;
  readonly part: NodePart;
  /** name of the second node that was to carry us; missing: it is the node that the page speaks to */
  readonly carrier?: string;
}

/** A text of an operator that was accepted; the hash as base64url. */
export interface SeenText {
  readonly serial: number;
  readonly sha256: string;
}

/** What this browser has accepted of operators before; see verify/node_chain.ts. */
export interface SeenOperator {
  /** SHA-256 of the operator key list that meetings name, base64url */
  readonly operator: string;
  readonly keys: SeenText | null;
  readonly set: SeenText | null;
  readonly certSerials: readonly (readonly [node: string, serial: number])[];
}

export type NodeAsk =
  /** fetch the papers and judge them; again every ten minutes from then on */
  | { readonly type: 'prove-node'; readonly id: number }
  /** is what the server offers what the certificate holds? */
  | {
      readonly type: 'compose';
      readonly id: number;
      readonly offered: OfferedTransport;
      /** name of a second node, to which media are to go; missing: the one that was proven */
      readonly node?: string;
    }
  /** the address that packets go to; null: the browser does not tell */
  | { readonly type: 'check-pair'; readonly id: number; readonly address: string | null };

/** Each answer names the question; a later check of the papers bears the number of the first. */
export type NodeTold =
  | {
      readonly type: 'node-proven';
      readonly id: number;
      /** of the node that the meeting is at */
      readonly facts: NodeFacts;
      /** of a second node, to which media go; null: there is none */
      readonly carrier: NodeFacts | null;
    }
  | { readonly type: 'node-composed'; readonly id: number; readonly transport: OfferedTransport }
  | { readonly type: 'pair-proven'; readonly id: number; readonly address: string }
  | { readonly type: 'node-refused'; readonly id: number; readonly refusal: NodeRefusal }
  | { readonly type: 'seen-operator'; readonly seen: SeenOperator }
  /** another node may not have the meeting: the next one is asked */
  | { readonly type: 'other-refused'; readonly refusal: NodeRefusal }
  | OtherNodesTold;

/** To which the meeting may go when its node is lost, in the order in which they are tried. */
export interface OtherNodesTold {
  readonly type: 'other-nodes';
  /** names in their certificates */
  readonly nodes: readonly string[];
  /** the operator has no other one at all, be it allowed or not */
  readonly isAlone: boolean;
}
