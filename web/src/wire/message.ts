// The messages between client and server, in both directions: one definition for the types and for
// the decoder. docs/protocol/*.schema.json says the same to people; tests/vectors/signalling holds
// what the C server and this file must both accept and both refuse.

import { readJson } from './json';
import {
  anyOf,
  areDistinct,
  flag,
  integer,
  list,
  nullable,
  object,
  oneOf,
  optional,
  text,
  where,
  type Decoder,
  type Infer,
} from './schema';

export const PROTOCOL_VERSION = 1;
export const SLOTS_PER_KIND_MAX = 9;

const token = text(22, 22, /^[\w-]+$/);
const peerId = text(1, 16, /^[\w-]+$/);
// RFC 8866 9: token-char
const mid = text(1, 8, /^[!#$%&'*+\-.^`{|}~\w]+$/);
// No white space at either end, nothing that is invisible or that turns the text around.
const name = text(1, 64, /^(?!\s)[^\p{Cc}\p{Bidi_Control}]*(?<!\s)$/u);
const ssrc = integer(1, 0xffff_ffff);
// RFC 5761 4: payload types 64 to 95 collide with RTCP on one port.
const payloadType = anyOf(integer(35, 63), integer(96, 127));
const extensionId = integer(1, 14);
const source = oneOf('microphone', 'camera');
const pingId = integer(0, 0xffff_ffff);

// RFC 8839 5.4: "ice-ufrag = 4*256 ice-char", "ice-pwd = 22*256 ice-char"
const ufrag = text(4, 256, /^[A-Za-z0-9+/]+$/);
const pwd = text(22, 256, /^[A-Za-z0-9+/]+$/);
const fingerprint = text(95, 95, /^[0-9A-F]{2}(:[0-9A-F]{2}){31}$/);

const opus = object({ name: oneOf('opus'), payload_type: payloadType });
const vp8 = where(
  object({
    name: oneOf('vp8'),
    payload_type: payloadType,
    rtx_payload_type: optional(payloadType),
  }),
  ({ payload_type, rtx_payload_type }) => payload_type !== rtx_payload_type,
);
const extensions = where(
  object({ mid: optional(extensionId), transport_cc: optional(extensionId) }),
  ({ mid, transport_cc }) => mid === undefined || mid !== transport_cc,
);
const rids = where(list(text(1, 16, /^[A-Za-z0-9]+$/), 0, 3), areDistinct);

const section = anyOf(
  object({
    mid,
    kind: oneOf('audio'),
    direction: oneOf('send'),
    source: oneOf('microphone'),
    codecs: list(opus, 1, 1),
    extensions,
  }),
  object({
    mid,
    kind: oneOf('video'),
    direction: oneOf('send'),
    source: oneOf('camera'),
    codecs: list(vp8, 1, 1),
    extensions,
    rids,
  }),
  object({
    mid,
    kind: oneOf('audio'),
    direction: oneOf('receive'),
    codecs: list(opus, 1, 1),
    extensions,
  }),
  object({
    mid,
    kind: oneOf('video'),
    direction: oneOf('receive'),
    codecs: list(vp8, 1, 1),
    extensions,
  }),
);

const sections = where(list(section, 1, 22), (all) => {
  const receiving = all.filter(({ direction }) => direction === 'receive');
  const sources = all.flatMap((each) => (each.direction === 'send' ? [each.source] : []));
  return (
    areDistinct(all.map((each) => each.mid)) &&
    areDistinct(sources) &&
    receiving.filter(({ kind }) => kind === 'audio').length <= SLOTS_PER_KIND_MAX &&
    receiving.filter(({ kind }) => kind === 'video').length <= SLOTS_PER_KIND_MAX
  );
});

const clientTransport = object({ ufrag, pwd, fingerprint });
const media = object({ microphone: flag, camera: flag });

const join = object({
  type: oneOf('join'),
  version: oneOf(PROTOCOL_VERSION),
  meeting: text(0, 128),
  name,
  replaces: optional(token),
  transport: clientTransport,
  sections,
  media,
});
const resume = object({ type: oneOf('resume'), version: oneOf(PROTOCOL_VERSION), session: token });
const mediaChange = object({ type: oneOf('media'), microphone: flag, camera: flag });
const leave = object({ type: oneOf('leave') });
const ping = object({ type: oneOf('ping'), id: pingId });

const peer = object({
  peer: peerId,
  name,
  state: oneOf('connecting', 'connected', 'reconnecting'),
  microphone: flag,
  camera: flag,
});
const candidate = object({ address: text(2, 45, /^[0-9a-fA-F.:]+$/), port: integer(1, 65_535) });
const slot = object({ mid, ssrc, rtx_ssrc: nullable(ssrc) });
const assignment = anyOf(object({ mid, peer: peerId, source }), object({ mid, peer: oneOfNull() }));

const joined = object({
  type: oneOf('joined'),
  peer: peerId,
  session: token,
  cname: text(1, 64, /^[\x21-\x7e]+$/),
  transport: object({ ufrag, pwd, fingerprint, candidates: list(candidate, 1, 16) }),
  slots: list(slot, 0, 64),
  limits: object({ members: integer(1, 65_535) }),
});
const resumed = object({ type: oneOf('resumed'), peer: peerId });
const peers = object({ type: oneOf('peers'), peers: list(peer, 0, 50), complete: flag });
const peerChange = object({ type: oneOf('peer'), peer });
const gone = object({ type: oneOf('gone'), peer: peerId, reason: oneOf('left', 'lost') });
const slots = object({ type: oneOf('slots'), slots: list(assignment, 0, 64) });
const pong = object({ type: oneOf('pong'), id: pingId });
const draining = object({ type: oneOf('draining') });
const failure = object({
  type: oneOf('error'),
  code: oneOf(
    'not_found',
    'room_full',
    'server_full',
    'busy',
    'bad_message',
    'unsupported_version',
    'session_unknown',
    'taken_over',
    'media_lost',
    'internal',
  ),
  fatal: flag,
});

const client = anyOf(join, resume, mediaChange, leave, ping);
const server = anyOf(joined, resumed, peers, peerChange, gone, slots, pong, draining, failure);

export type ClientMessage = Infer<typeof client>;
export type ServerMessage = Infer<typeof server>;
export type ClientTransport = Infer<typeof clientTransport>;
export type Section = Infer<typeof section>;
export type Joined = Infer<typeof joined>;
export type WirePeer = Infer<typeof peer>;
export type SlotAssignment = Infer<typeof assignment>;
export type ErrorCode = Infer<typeof failure>['code'];

export const decodeServer = (message: string): ServerMessage | undefined => decode(server, message);
export const decodeClient = (message: string): ClientMessage | undefined => decode(client, message);

export function encode(message: ClientMessage): string {
  return JSON.stringify(message);
}

function decode<T>(decoder: Decoder<T>, message: string): T | undefined {
  const value = readJson(message);
  return value === undefined ? undefined : decoder(value);
}

function oneOfNull(): Decoder<null> {
  return (value) => (value === null ? null : undefined);
}
