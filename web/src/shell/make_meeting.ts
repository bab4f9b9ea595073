// A meeting is made in this browser: its id, the secret of its link, the key of its host and the policy
// that binds them to the operator, the log and the countries. The server is told the policy, and learns of
// the rest nothing. A server that does not prove who it is gets no meeting.

import type { LobbyMode } from '../call/model';
import { wipe } from '../wire/bytes';
import { base64url } from '../wire/base64';
import {
  composeHostLink,
  composeLink,
  MEETING_BYTES,
  POLICY_HASH_BYTES,
  SECRET_BYTES,
} from '../wire/link';
import { encodePolicy, newPolicy } from '../wire/policy';
import { loadIssuers, postMeeting } from './api';
import type { Keys } from './keys';
import { loadTerms, type NoTerms } from './terms';

export interface MeetingWish {
  readonly lobby: LobbyMode;
  /** Where it may run; undefined: in the country of the server that we talk to. */
  readonly countries?: readonly string[] | undefined;
}

export type Made =
  | {
      readonly link: string;
      readonly hostLink: string;
      readonly countries: readonly string[];
    }
  | NoTerms;

const POLICY_ID_BYTES = 16;

export async function makeMeeting(keys: Keys, wish: MeetingWish): Promise<Made> {
  const [issuers, loaded] = await Promise.all([loadIssuers(), loadTerms()]);
  if ('failure' in loaded) return loaded;
  const { terms, places } = loaded;
  const { countries = [places.home] } = wish;
  if (!places.nodes.some((node) => countries.includes(node))) {
    return { failure: 'no-node-in-region' };
  }
  const host = await keys.makeHost();
  try {
    const meeting = random(MEETING_BYTES);
    const policy = newPolicy({
      id: random(POLICY_ID_BYTES),
      meeting,
      countries,
      operatorKeysHash: terms.operatorKeysHash,
      logPolicyHash: terms.logPolicyHash,
      nodeSetSerial: terms.nodeSetSerial,
      hostKeys: [host.publicKey],
      issuers: issuers.map(({ issuer, audience }) => ({ issuer, audience, thumbprints: [] })),
      lobby: wish.lobby,
    });
    const encoding = encodePolicy(policy);
    const made = await postMeeting(encoding);
    if ('failure' in made) return made;
    await keys.keepHost(made.meeting, host.keys);
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', encoding));
    const link = {
      meeting: base64url(meeting),
      secret: random(SECRET_BYTES),
      policyHash: hash.slice(0, POLICY_HASH_BYTES),
    };
    return {
      link: composeLink(location.origin, link),
      hostLink: composeHostLink(location.origin, link, host.seed),
      countries: policy.countries,
    };
  } finally {
    wipe(host.seed);
  }
}

function random(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}
