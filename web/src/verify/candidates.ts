// What goes into the remote description of a proven node (docs/protocol/nodes.md 8, checks 10 and 11): the
// fingerprint of its certificate, and addresses that its certificate holds. The server chooses among
// them and adds none: one that is elsewhere, and nothing is connected at all.

import { areEqual, type Bytes } from '../wire/bytes';
import { isInside, readAddress } from './address';
import { refusedNode, type ProvenNode, type RefusedNode } from './node_chain';

export interface Candidate {
  readonly address: string;
  readonly port: number;
}

/** What the server says of its transport (wire/message.ts). */
export interface OfferedTransport {
  /** SHA-256 as in SDP: `AB:CD:…` */
  readonly fingerprint: string;
  readonly candidates: readonly Candidate[];
}

export interface ComposedTransport extends OfferedTransport {
  readonly kind: 'composed';
}

export function composeTransport(
  { fingerprint, addresses }: Pick<ProvenNode, 'fingerprint' | 'addresses'>,
  offered: OfferedTransport,
): ComposedTransport | RefusedNode {
  const claimed = readFingerprint(offered.fingerprint);
  if (!claimed || !areEqual(claimed, fingerprint)) return refusedNode('fingerprint', 'transport');
  const { candidates } = offered;
  const areOurs = candidates.every(({ address }) => isAddressOf({ addresses }, address));
  if (!areOurs || candidates.length === 0) return refusedNode('address', 'transport');
  return {
    kind: 'composed',
    fingerprint: writeFingerprint(fingerprint),
    candidates: candidates.map(({ address, port }) => ({ address, port })),
  };
}

/** The address (RFC 5952, or dotted decimal) is inside what the certificate holds. */
export function isAddressOf({ addresses }: Pick<ProvenNode, 'addresses'>, text: string): boolean {
  const address = readAddress(text);
  return address !== undefined && addresses.some((block) => isInside(address, block));
}

export function readFingerprint(text: string): Bytes | undefined {
  if (!/^[0-9A-F]{2}(?::[0-9A-F]{2}){31}$/.test(text)) return undefined;
  return Uint8Array.from(text.split(':'), (pair) => Number.parseInt(pair, 16));
}

/** As in SDP. */
export function writeFingerprint(fingerprint: Uint8Array): string {
  return Array.from(fingerprint, (byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(
    ':',
  );
}
