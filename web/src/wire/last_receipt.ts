// Whether a receipt says that it is the last one of its transport, for who waits for that one. Nothing of it
// is verified here: who is deceived waits too short, or as long as anyway.

import { fromBase64url } from './base64';
import { fromUtf8 } from './utf8';

/** The note, in base64url. */
export function isLastReceipt(receipt: string): boolean {
  const text = fromUtf8(fromBase64url(receipt) ?? new Uint8Array()) ?? '';
  return /\nend (?:leave|lost|drain)\n\n/.test(text);
}
