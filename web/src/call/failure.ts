// What an error of the server means for the person.

import type { ErrorCode } from '../wire/message';
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
