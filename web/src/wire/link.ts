// The link of a meeting (docs/protocol/encryption.md 1). What stands after # is made in the creator's
// browser and never leaves it: a browser sends no fragment with a request.

import { base64url, fromBase64url } from './base64';
import type { Bytes } from './bytes';

export const MEETING_BYTES = 16;
export const SECRET_BYTES = 16;
export const POLICY_HASH_BYTES = 16;
export const HOST_SEED_BYTES = 32;

const VERSION = '1';
const PATH = /^\/m\/([\w-]{22})$/;
const FRAGMENT = /^#1\.([\w-]{22})\.([\w-]{22})(?:\.([\w-]{43}))?$/;

export interface Link {
  /** As it stands in messages: 22 characters. */
  readonly meeting: string;
  readonly secret: Bytes;
  readonly policyHash: Bytes;
  /** Only in a host link: the seed of an Ed25519 key. To be wiped once it is imported. */
  readonly hostSeed: Bytes | null;
}

/** The parts of a link, or null when it is incomplete, broken, or of another version. */
export function parseLink(path: string, fragment: string): Link | null {
  const meeting = PATH.exec(path)?.[1];
  const parts = FRAGMENT.exec(fragment);
  if (meeting === undefined || !parts) return null;
  const secret = fromBase64url(parts[1] ?? '', SECRET_BYTES);
  const policyHash = fromBase64url(parts[2] ?? '', POLICY_HASH_BYTES);
  const hostSeed = parts[3] === undefined ? null : fromBase64url(parts[3], HOST_SEED_BYTES);
  if (!fromBase64url(meeting, MEETING_BYTES) || !secret || !policyHash || hostSeed === undefined) {
    return null;
  }
  return { meeting, secret, policyHash, hostSeed };
}

/** The link for everybody: without the host seed, whatever is given. */
export function composeLink(origin: string, link: Omit<Link, 'hostSeed'>): string {
  return `${origin}/m/${link.meeting}${composeFragment(link)}`;
}

export function composeHostLink(
  origin: string,
  link: Omit<Link, 'hostSeed'>,
  hostSeed: Uint8Array,
): string {
  return `${composeLink(origin, link)}.${base64url(hostSeed)}`;
}

/** What stands behind the path, with its #. A host's page puts it in place of the host link. */
export function composeFragment({ secret, policyHash }: Omit<Link, 'hostSeed'>): string {
  return `#${VERSION}.${base64url(secret)}.${base64url(policyHash)}`;
}
