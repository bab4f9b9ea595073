// Everything that the group worker needs to knock, from where this browser keeps it.

import type { GroupStart, SignedIn } from '../wire/group';
import { fromBase64url } from '../wire/base64';
import { MEETING_BYTES, type Link } from '../wire/link';
import type { Keys } from './keys';
import { loadSeen } from './seen';
import { loadSeenOperators } from './seen_operators';

export interface StartWish {
  readonly meeting: Link;
  readonly name: string;
  /** with a device key of its own, kept nowhere: the group takes each device once */
  readonly isAnother: boolean;
  readonly signed: SignedIn | null;
}

/** Rejects where the browser has no keys of the kind that a meeting needs. */
export async function prepareStart(keys: Keys, wish: StartWish): Promise<GroupStart> {
  const { meeting: link, name, isAnother, signed } = wish;
  const meeting = fromBase64url(link.meeting, MEETING_BYTES);
  if (!meeting) throw new RangeError('the id of the meeting is broken');
  const [device, host] = await Promise.all([
    isAnother ? makeDevice() : keys.device(),
    isAnother ? null : keys.host(link.meeting),
  ]);
  return {
    type: 'start',
    meeting,
    secret: link.secret,
    policyHash: link.policyHash,
    hostName: location.hostname,
    name,
    device,
    host,
    signed,
    seen: loadSeen(),
    seenOperators: loadSeenOperators(),
  };
}

async function makeDevice(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
}
