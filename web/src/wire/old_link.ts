// The link of version 1 of the protocol, whose media is protected hop by hop. It goes with that version;
// link.ts has the one of end-to-end encryption.

export const SECRET_BYTES = 16;

/** Version 0: media is protected hop by hop. A version that this client does not know is refused. */
const LINK_VERSION = 0;

const PATH = /^\/m\/([\w-]{22})$/;
// 16 bytes fill 21 characters and two bits of the last one, so that only four letters can end it.
const FRAGMENT = /^#0\.([\w-]{21}[AQgw])$/;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

export interface Link {
  readonly meeting: string;
  readonly secret: string;
}

/** The parts of a link, or null when it is incomplete or broken. */
export function parseLink(path: string, fragment: string): Link | null {
  const meeting = PATH.exec(path)?.[1];
  const secret = FRAGMENT.exec(fragment)?.[1];
  return meeting !== undefined && secret !== undefined ? { meeting, secret } : null;
}

export function composeLink(origin: string, link: Link): string {
  return `${origin}/m/${link.meeting}#${LINK_VERSION}.${link.secret}`;
}

/** RFC 4648 5, without padding. */
export function base64url(bytes: Uint8Array): string {
  let text = '';
  let pending = 0;
  let bits = 0;
  for (const byte of bytes) {
    pending = (pending << 8) | byte;
    for (bits += 8; bits >= 6; bits -= 6) text += ALPHABET[(pending >> (bits - 6)) & 63] ?? '';
    pending &= (1 << bits) - 1;
  }
  return bits > 0 ? text + (ALPHABET[(pending << (6 - bits)) & 63] ?? '') : text;
}
