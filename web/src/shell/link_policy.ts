// The policy of a meeting before one knocks: the server gives it to whoever has the link, and the link says
// whether it is the right one. Any other is none.

import { areEqual } from '../wire/bytes';
import { base64url } from '../wire/base64';
import { POLICY_HASH_BYTES, type Link } from '../wire/link';
import { decodePolicy, type Policy } from '../wire/policy';
import { loadPolicy } from './api';

/** Null: the server does not show it; whoever knocks is told why. */
export async function policyOfLink(link: Link): Promise<Policy | null> {
  const bytes = await loadPolicy(link.meeting);
  if (!bytes) return null;
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  if (!areEqual(hash.subarray(0, POLICY_HASH_BYTES), link.policyHash)) return null;
  const policy = decodePolicy(bytes);
  return policy && base64url(policy.meeting) === link.meeting ? policy : null;
}
