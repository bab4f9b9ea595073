// A meeting is made in this browser: its id, the secret of its link, the key of its host and the policy
// that binds them. The server is told the policy, and learns of the rest nothing.

import type { Failure, LobbyMode } from '../call/model';
import { wipe } from '../wire/bytes';
import { base64url } from '../wire/base64';
import {
  composeHostLink,
  composeLink,
  MEETING_BYTES,
  POLICY_HASH_BYTES,
  SECRET_BYTES,
} from '../wire/link';
import { encodePolicy, policyWithoutPlace } from '../wire/policy';
import { loadIssuers, postMeeting } from './api';
import type { Keys } from './keys';

export type Made =
  { readonly link: string; readonly hostLink: string } | { readonly failure: Failure };

const POLICY_ID_BYTES = 16;

export async function makeMeeting(keys: Keys, lobby: LobbyMode): Promise<Made> {
  const issuers = await loadIssuers();
  const host = await keys.makeHost();
  try {
    const meeting = random(MEETING_BYTES);
    const policy = encodePolicy(
      policyWithoutPlace({
        id: random(POLICY_ID_BYTES),
        meeting,
        hostKeys: [host.publicKey],
        issuers: issuers.map(({ issuer, audience }) => ({ issuer, audience, thumbprints: [] })),
        lobby,
      }),
    );
    const made = await postMeeting(policy);
    if ('failure' in made) return made;
    await keys.keepHost(made.meeting, host.keys);
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', policy));
    const link = {
      meeting: base64url(meeting),
      secret: random(SECRET_BYTES),
      policyHash: hash.slice(0, POLICY_HASH_BYTES),
    };
    return {
      link: composeLink(location.origin, link),
      hostLink: composeHostLink(location.origin, link, host.seed),
    };
  } finally {
    wipe(host.seed);
  }
}

function random(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}
