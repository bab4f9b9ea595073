// A meeting is made in this browser: its id, the secret of its link, the key of its host and the policy
// that binds them to the operator, the log and the countries. The server is told the policy, and learns of
// the rest nothing. A server that does not prove who it is gets no meeting.

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
import type { NodeRefusal } from '../call/node';
import { encodePolicy, newPolicy } from '../wire/policy';
import type { NodeTerms } from '../verify/node_terms';
import { loadIssuers, loadPapers, postMeeting } from './api';
import type { Keys } from './keys';

export interface NotMade {
  readonly failure: Failure;
  /** why the node is not believed */
  readonly refusal?: NodeRefusal;
}

export type Made = { readonly link: string; readonly hostLink: string } | NotMade;

const POLICY_ID_BYTES = 16;

export async function makeMeeting(keys: Keys, lobby: LobbyMode): Promise<Made> {
  const [issuers, terms] = await Promise.all([loadIssuers(), loadTerms()]);
  if ('failure' in terms) return terms;
  const host = await keys.makeHost();
  try {
    const meeting = random(MEETING_BYTES);
    const policy = encodePolicy(
      newPolicy({
        id: random(POLICY_ID_BYTES),
        meeting,
        countries: [terms.node.country],
        operatorKeysHash: terms.operatorKeysHash,
        logPolicyHash: terms.logPolicyHash,
        nodeSetSerial: terms.nodeSetSerial,
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

/** What the server that we talk to can prove of itself now. */
async function loadTerms(): Promise<NodeTerms | NotMade> {
  const papers = await loadPapers();
  if (typeof papers === 'string') return { failure: papers };
  if (!papers) {
    return { failure: 'node-refused', refusal: { part: 'node_cert', reason: 'missing' } };
  }
  // Only this page needs it.
  const { readTerms } = await import('../verify/node_terms');
  const terms = await readTerms(papers, Date.now() / 1000);
  if (terms.kind === 'terms') return terms;
  const { part, reason } = terms;
  return { failure: 'node-refused', refusal: { part, reason } };
}

function random(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}
