// The messages between client and server, in both directions: one definition for the types and for
// the decoder. docs/protocol/*.schema.json says the same to people; tests/vectors/signalling holds
// what the C server and this file must both accept and both refuse.

import { readJson } from './json';
import { PLACE_REASONS } from './place_reason';
import {
  anyOf,
  areDistinct,
  base64urlOf,
  flag,
  integer,
  isTrue,
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

export const PROTOCOL_VERSION = 2;
export const SLOTS_PER_KIND_MAX = 9;

const version = oneOf(PROTOCOL_VERSION);
const token = text(22, 22, /^[\w-]+$/);
const meeting = text(0, 128);
const peerId = text(1, 16, /^[\w-]+$/);
const count = integer(0, Number.MAX_SAFE_INTEGER);
const leaf = integer(0, 65_535);
const pingId = integer(0, 0xffff_ffff);

// Bytes, as base64url
const keyPackage = base64urlOf(1, 2048);
const sealedIdentity = base64urlOf(1, 8192);
const sealedNote = base64urlOf(1, 1024);
const authority = base64urlOf(65);
const groupInfo = base64urlOf(1, 32_768);
const groupInfoOfAnyEpoch = base64urlOf(1, 81_920);
const commitBytes = base64urlOf(1, 61_440);
const welcomeBytes = base64urlOf(1, 32_768);
const privateMessage = base64urlOf(1, 16_384);
const policy = base64urlOf(1, 10_240);
const hash = base64urlOf(32);
const signature = base64urlOf(64);
const knockId = base64urlOf(16);
const receiptId = base64urlOf(16);
const receiptNote = base64urlOf(1, 8192);

// RFC 8866 9: token-char
const mid = text(1, 8, /^[!#$%&'*+\-.^`{|}~\w]+$/);
const ssrc = integer(1, 0xffff_ffff);
// RFC 5761 4: payload types 64 to 95 collide with RTCP on one port.
const payloadType = anyOf(integer(35, 63), integer(96, 127));
const extensionId = integer(1, 14);
const source = oneOf('microphone', 'camera');

// RFC 8839 5.4: "ice-ufrag = 4*256 ice-char", "ice-pwd = 22*256 ice-char"
const ufrag = text(4, 256, /^[A-Za-z0-9+/]+$/);
const pwd = text(22, 256, /^[A-Za-z0-9+/]+$/);
const fingerprint = text(95, 95, /^[0-9A-F]{2}(:[0-9A-F]{2}){31}$/);

const videoCodec = oneOf('vp8', 'vp9', 'av1');
const opus = object({ name: oneOf('opus'), payload_type: payloadType });
const video = object({
  name: videoCodec,
  payload_type: payloadType,
  rtx_payload_type: optional(payloadType),
});
const audioCodecs = list(opus, 1, 1);
const videoCodecs = where(
  list(video, 1, 3),
  (codecs) =>
    areDistinct(codecs.map(({ name }) => name)) &&
    areDistinct(
      codecs.flatMap(({ payload_type, rtx_payload_type }) =>
        rtx_payload_type === undefined ? [payload_type] : [payload_type, rtx_payload_type],
      ),
    ),
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
    codecs: audioCodecs,
    extensions,
  }),
  object({
    mid,
    kind: oneOf('video'),
    direction: oneOf('send'),
    source: oneOf('camera'),
    codecs: videoCodecs,
    extensions,
    rids,
  }),
  object({
    mid,
    kind: oneOf('audio'),
    direction: oneOf('receive'),
    codecs: audioCodecs,
    extensions,
  }),
  object({
    mid,
    kind: oneOf('video'),
    direction: oneOf('receive'),
    codecs: videoCodecs,
    extensions,
  }),
);

const sections = where(list(section, 1, 22), (all) => {
  const receiving = all.filter(({ direction }) => direction === 'receive');
  const sources = all.flatMap((each) => (each.direction === 'send' ? [each.source] : []));
  const codecs = all.flatMap((each) => (each.kind === 'video' ? [namesOf(each.codecs)] : []));
  return (
    areDistinct(all.map((each) => each.mid)) &&
    areDistinct(sources) &&
    codecs.every((names) => names === codecs[0]) &&
    receiving.filter(({ kind }) => kind === 'audio').length <= SLOTS_PER_KIND_MAX &&
    receiving.filter(({ kind }) => kind === 'video').length <= SLOTS_PER_KIND_MAX
  );
});

const clientTransport = object({ ufrag, pwd, fingerprint });
const media = object({ microphone: flag, camera: flag });

// What a client says

const knock = object({
  type: oneOf('knock'),
  version,
  meeting,
  key_package: keyPackage,
  identity: sealedIdentity,
  authority: optional(authority),
  note: optional(sealedNote),
  replaces: optional(token),
});
const note = object({ type: oneOf('note'), note: sealedNote });
const authorityShown = object({ type: oneOf('authority'), authority });
const create = object({
  type: oneOf('create'),
  group_info: groupInfo,
  authority: optional(authority),
});
const commitMade = object({
  type: oneOf('commit'),
  message: commitBytes,
  welcome: optional(welcomeBytes),
});
const groupMessage = object({ type: oneOf('message'), message: privateMessage });
const decline = object({
  type: oneOf('decline'),
  knock: knockId,
  reason: oneOf('declined', 'link_expired'),
});
const ready = object({ type: oneOf('ready'), epoch: count });
const join = object({ type: oneOf('join'), transport: clientTransport, sections, media });
const resume = object({
  type: oneOf('resume'),
  version,
  meeting,
  session: token,
  log_size: count,
});
/** The roots of the complete subtrees of a log: as many as bits of its size are set. */
const frontier = where(
  object({ size: integer(1, 0xffff_ffff), frontier: list(hash, 0, 32) }),
  ({ size, frontier }) => frontier.length === size.toString(2).replaceAll('0', '').length,
);
const restore = where(
  object({
    type: oneOf('restore'),
    version,
    policy,
    group_info: groupInfoOfAnyEpoch,
    identity: sealedIdentity,
    authority: optional(authority),
    witness: optional(leaf),
    log: frontier,
    locked: flag,
    generation: integer(1, 0xffff_ffff),
    time: count,
    proof: signature,
  }),
  ({ authority, witness }) => (authority === undefined) === (witness === undefined),
);
const mediaChange = object({ type: oneOf('media'), microphone: flag, camera: flag });
/** The blinded ids of receipts.md 2, and the newest receipt that we have. */
const receiptIds = where(
  object({
    type: oneOf('receipt_ids'),
    meeting: receiptId,
    member: receiptId,
    seq: count,
    prev: optional(hash),
  }),
  ({ seq, prev }) => seq > 0 === (prev !== undefined),
);
const receiptEnd = object({ type: oneOf('receipt_end') });
const leave = object({ type: oneOf('leave') });
const ping = object({ type: oneOf('ping'), id: pingId });

// What the server says

const checkpoint = text(1, 1024);
const logHead = object({ size: count, checkpoint });
const logKey = text(1, 320, /^[!-~]+$/);
const waiting = object({
  type: oneOf('waiting'),
  session: token,
  knock: knockId,
  policy,
  group: oneOf('none', 'running'),
  host: flag,
  log_key: logKey,
});
const created = object({ type: oneOf('created'), log: logHead });
const knocked = object({
  type: oneOf('knock'),
  knock: knockId,
  key_package: keyPackage,
  identity: hash,
  note: optional(sealedNote),
  replaces: optional(leaf),
});
const knockGone = object({ type: oneOf('knock_gone'), knock: knockId });
const welcome = object({
  type: oneOf('welcome'),
  welcome: welcomeBytes,
  commit: commitBytes,
  tree: hash,
  log: object({ size: count, frontier: list(hash, 0, 53), checkpoint }),
});
const commit = object({ type: oneOf('commit'), message: commitBytes, log: logHead });
const refused = object({
  type: oneOf('refused'),
  what: oneOf('create', 'commit', 'message', 'decline', 'authority'),
  reason: oneOf('epoch', 'invalid', 'not_allowed', 'busy', 'full'),
});
const epochReady = object({ type: oneOf('epoch_ready'), epoch: count });
const codec = object({ type: oneOf('codec'), codec: videoCodec });

const peer = object({
  peer: peerId,
  leaf,
  state: oneOf('connecting', 'connected', 'reconnecting', 'away'),
  microphone: flag,
  camera: flag,
});
// docs/protocol/nodes.md 1, but for the lengths of labels: what is no name of a node is in no set
const nodeName = text(1, 240, /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/);
const candidate = object({ address: text(2, 45, /^[0-9a-fA-F.:]+$/), port: integer(1, 65_535) });
const slot = object({ mid, ssrc, rtx_ssrc: nullable(ssrc) });
const assignment = anyOf(object({ mid, peer: peerId, source }), object({ mid, peer: oneOfNull() }));

const joined = object({
  type: oneOf('joined'),
  peer: peerId,
  cname: text(1, 64, /^[\x21-\x7e]+$/),
  transport: object({ ufrag, pwd, fingerprint, candidates: list(candidate, 1, 16) }),
  slots: list(slot, 0, 64),
  limits: object({ members: integer(1, 65_535) }),
  node: optional(nodeName),
});
const resumed = object({ type: oneOf('resumed'), peer: peerId, leaf, is_in_worker: flag });
const restored = object({
  type: oneOf('restored'),
  session: token,
  peer: peerId,
  leaf,
  epoch: count,
  log_key: logKey,
  log: logHead,
});
const peers = object({ type: oneOf('peers'), peers: list(peer, 0, 50), complete: flag });
const peerChange = object({ type: oneOf('peer'), peer });
const gone = object({
  type: oneOf('gone'),
  peer: peerId,
  reason: oneOf('left', 'lost', 'removed', 'replaced'),
});
const slots = object({ type: oneOf('slots'), slots: list(assignment, 0, 64) });
const pong = object({ type: oneOf('pong'), id: pingId });
const draining = object({ type: oneOf('draining') });
const moving = object({ type: oneOf('moving'), node: nodeName });
const mediaMoving = object({ type: oneOf('media_moving') });
const receipts = object({ type: oneOf('receipts'), writing: flag });
const receipt = object({ type: oneOf('receipt'), receipt: receiptNote });
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
    'declined',
    'link_expired',
    'removed',
    'internal',
  ),
  fatal: flag,
});
const nodeRefused = object({
  type: oneOf('error'),
  code: oneOf('node_refused'),
  fatal: isTrue,
  reason: oneOf(...PLACE_REASONS),
  countries: list(text(2, 2, /^[A-Z]{2}$/), 1, 256),
  retry_after: optional(integer(1, 3600)),
});

const client = anyOf(
  ...[knock, note, authorityShown, create, commitMade, groupMessage, decline, ready],
  ...[join, resume, restore, mediaChange, receiptIds, receiptEnd, leave, ping],
);
const server = anyOf(
  ...[waiting, created, knocked, knockGone, welcome, commit, groupMessage, refused],
  ...[epochReady, codec, joined, resumed, peers, peerChange, gone, slots, pong, draining, failure],
  ...[receipts, receipt, nodeRefused, restored, moving, mediaMoving],
);

export type ClientMessage = Infer<typeof client>;
export type ServerMessage = Infer<typeof server>;

export type Knock = Infer<typeof knock>;
export type Note = Infer<typeof note>;
export type AuthorityShown = Infer<typeof authorityShown>;
export type Create = Infer<typeof create>;
export type CommitMade = Infer<typeof commitMade>;
export type GroupMessage = Infer<typeof groupMessage>;
export type Decline = Infer<typeof decline>;
export type Ready = Infer<typeof ready>;
export type Join = Infer<typeof join>;
export type Resume = Infer<typeof resume>;
export type Restore = Infer<typeof restore>;

export type Waiting = Infer<typeof waiting>;
export type Created = Infer<typeof created>;
export type Knocked = Infer<typeof knocked>;
export type KnockGone = Infer<typeof knockGone>;
export type Welcome = Infer<typeof welcome>;
export type Commit = Infer<typeof commit>;
export type Refused = Infer<typeof refused>;
export type EpochReady = Infer<typeof epochReady>;
export type Joined = Infer<typeof joined>;
export type Resumed = Infer<typeof resumed>;
export type Restored = Infer<typeof restored>;
export type Gone = Infer<typeof gone>;

export type ClientTransport = Infer<typeof clientTransport>;
export type Section = Infer<typeof section>;
export type VideoCodec = Infer<typeof videoCodec>;
export type WirePeer = Infer<typeof peer>;
export type SlotAssignment = Infer<typeof assignment>;
export type LogHead = Infer<typeof logHead>;
export type ErrorCode = Infer<typeof failure>['code'];
export type NodeRefused = Infer<typeof nodeRefused>;

export const decodeServer = (message: string): ServerMessage | undefined => decode(server, message);
export const decodeClient = (message: string): ClientMessage | undefined => decode(client, message);

export function encode(message: ClientMessage): string {
  return JSON.stringify(message);
}

function decode<T>(decoder: Decoder<T>, message: string): T | undefined {
  const value = readJson(message);
  return value === undefined ? undefined : decoder(value);
}

function namesOf(codecs: readonly { readonly name: string }[]): string {
  return codecs.map(({ name }) => name).join();
}

function oneOfNull(): Decoder<null> {
  return (value) => (value === null ? null : undefined);
}
