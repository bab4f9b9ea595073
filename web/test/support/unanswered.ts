// What a server takes in silence.

import type { ClientMessage } from '../../src/wire/message';

const SILENT = [
  'authority',
  'commit',
  'create',
  'decline',
  'leave',
  'media',
  'message',
  'note',
  'ready',
  'receipt_end',
  'receipt_ids',
] as const;
type Silent = (typeof SILENT)[number];
type Unanswered = Extract<ClientMessage, { type: Silent }>;

export function isUnanswered(message: ClientMessage): message is Unanswered {
  return (SILENT as readonly string[]).includes(message.type);
}
