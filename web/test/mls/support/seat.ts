// Places in the meeting of the delivery service in memory.

import { base64url, fromBase64url } from '../../../src/wire/base64';
import { decodeAuthority } from '../../../src/wire/commit_data';
import type { ServerMessage, WirePeer } from '../../../src/wire/message';
import type { Policy } from '../../../src/wire/policy';
import { hasAuthority } from '../../../src/mls/proof';
import type { Brought } from './brought';
import type { Service } from './service';

export interface Line {
  /** the node at its other end; undefined: the first one */
  readonly service?: Service | undefined;
  readonly send: (message: ServerMessage) => void;
}

export interface Seat {
  readonly session: string;
  readonly knock: string;
  readonly keyPackage: string;
  readonly signatureKey: string;
  readonly identity: string;
  readonly note: string | null;
  readonly replaces: number | null;
  hasAuthority: boolean;
  leaf: number | null;
  /** null: the socket is gone */
  line: Line | null;
  isGone: boolean;
  isForgotten: boolean;
  ready: number;
}

export const token = (): string => base64url(crypto.getRandomValues(new Uint8Array(16)));

/** One for each leaf of a group that was brought from elsewhere; nobody is there yet. */
export function seatsOf({ keys, identities }: Brought): Seat[] {
  return [...keys].map(([leaf, signatureKey]) => ({
    session: token(),
    knock: token(),
    keyPackage: '',
    signatureKey,
    identity: identities.get(leaf) ?? '',
    note: null,
    replaces: null,
    hasAuthority: false,
    leaf,
    line: null,
    isGone: false,
    isForgotten: false,
    ready: -1,
  }));
}

export function peerOf({ session, leaf, line, isGone }: Seat): WirePeer {
  const state = isGone ? 'away' : line === null ? 'reconnecting' : 'connected';
  return { peer: session, leaf: leaf ?? 0, state, microphone: false, camera: false };
}

export async function isAuthority(policy: Policy, text: string, key: string): Promise<boolean> {
  const authority = decodeAuthority(fromBase64url(text) ?? new Uint8Array());
  const proof = { meeting: policy.meeting, key: Uint8Array.from(Buffer.from(key, 'hex')) };
  return authority !== undefined && hasAuthority(policy.hostKeys, authority, proof);
}
