// Application messages (docs/protocol/encryption.md 7): what members tell each other inside the group.
// They are read as strictly as signalling: what another member sends is a stranger's bytes.

import type { Bytes } from './bytes';
import { AUTHORITY_BYTES } from './commit_data';
import { readJson } from './json';
import { isName } from './name';
import {
  anyOf,
  base64urlOf,
  flag,
  integer,
  object,
  oneOf,
  text,
  where,
  type Infer,
} from './schema';
import { fromUtf8, utf8 } from './utf8';

export const INNER_BYTES_MAX = 8192;
export const CHAT_MAX = 2000;
export const REACTIONS = ['👍', '👏', '❤️', '😂', '😮', '😢', '🎉', '🙏', '✅', '❌'] as const;

const WHOLE_MAX = Number.MAX_SAFE_INTEGER;

const leaf = integer(0, 0xffff_ffff);
const generation = integer(1, 0xffff_ffff);

const chat = object({ type: oneOf('chat'), id: base64urlOf(16), text: text(1, CHAT_MAX) });
const hand = object({ type: oneOf('hand'), up: flag });
const reaction = object({ type: oneOf('reaction'), emoji: oneOf(...REACTIONS) });
const name = object({ type: oneOf('name'), name: where(text(1, 64), isName) });
const head = object({
  type: oneOf('head'),
  size: integer(0, WHOLE_MAX),
  root: base64urlOf(32),
  epoch: integer(0, WHOLE_MAX),
});
const link = object({ type: oneOf('link'), generation, secret: base64urlOf(16) });
const grant = object({
  type: oneOf('grant'),
  key: base64urlOf(32),
  authority: base64urlOf(AUTHORITY_BYTES),
});
const undecodable = object({ type: oneOf('undecodable'), leaf });
const leave = object({ type: oneOf('leave') });

const inner = anyOf(chat, hand, reaction, name, head, link, grant, undecodable, leave);

export type InnerMessage = Infer<typeof inner>;

/** @throws RangeError when the message breaks a rule: nobody would read it */
export function encodeInner(message: InnerMessage): Bytes {
  const bytes = utf8(JSON.stringify(message));
  if (!decodeInner(bytes)) throw new RangeError('an application message breaks a rule');
  return bytes;
}

/** The message, or undefined: to be passed over and counted. */
export function decodeInner(bytes: Uint8Array): InnerMessage | undefined {
  if (bytes.length > INNER_BYTES_MAX) return undefined;
  const json = fromUtf8(bytes);
  const value = json === undefined ? undefined : readJson(json);
  return value === undefined ? undefined : inner(value);
}
