// What an error of the server means for the person.

import type { ErrorCode } from '../wire/message';
import type { PlaceReason } from '../wire/place_reason';
import type { Failure } from './model';

export type Meaning =
  | { readonly kind: 'final'; readonly failure: Failure }
  | { readonly kind: 'passing'; readonly failure: Failure } // final for a first join only
  | { readonly kind: 'session-gone' }
  | { readonly kind: 'media-gone' }
  | { readonly kind: 'taken-over' }
  | { readonly kind: 'removed' };

export function meaningOf(code: ErrorCode): Meaning {
  switch (code) {
    case 'not_found':
      return { kind: 'final', failure: 'not-found' };
    case 'declined':
      return { kind: 'final', failure: 'declined' };
    case 'link_expired':
      return { kind: 'final', failure: 'link-expired' };
    case 'room_full':
      return { kind: 'passing', failure: 'room-full' };
    case 'server_full':
      return { kind: 'passing', failure: 'server-full' };
    case 'busy':
      return { kind: 'passing', failure: 'busy' };
    case 'internal':
      return { kind: 'passing', failure: 'internal' };
    case 'bad_message':
      return { kind: 'final', failure: 'internal' };
    case 'unsupported_version':
      return { kind: 'final', failure: 'version' };
    case 'session_unknown':
      return { kind: 'session-gone' };
    case 'media_lost':
      return { kind: 'media-gone' };
    case 'taken_over':
      return { kind: 'taken-over' };
    case 'removed':
      return { kind: 'removed' };
  }
}

/** Why the server may not carry the meeting, as far as it makes a difference to people. */
export function failureOf(reason: PlaceReason): Failure {
  switch (reason) {
    case 'no_capacity_in_region':
      return 'region-full';
    case 'no_node_in_region':
    case 'not_in_set':
    case 'region_unknown':
    case 'region_conflict':
    case 'too_many_hops':
      return 'region-empty';
    case 'operator_mismatch':
    case 'log_mismatch':
      return 'other-operator';
    case 'policy_missing':
    case 'policy_malformed':
    case 'policy_mismatch':
      return 'wrong-policy';
    case 'node_set_unproven':
    case 'node_set_expired':
    case 'certificate_unproven':
    case 'certificate_expired':
    case 'removed':
    case 'role_not_granted':
    case 'fingerprint_mismatch':
      return 'region-uncleared';
    case 'node_set_missing':
    case 'node_set_serial':
    case 'certificate_other':
    case 'lease_expired':
    case 'draining':
    case 'directory_unreachable':
    case 'directory_invalid':
    case 'directory_busy':
    case 'taken_over':
    case 'busy':
    case 'system':
      return 'region-silent';
  }
}
