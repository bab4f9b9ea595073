// The browser's own session description (RFC 8829), read for the few values that the server needs:
// they travel to it as typed data. Our offer holds sections for sending, then slots for receiving,
// all in one bundle; whatever else a browser writes there is passed over.

import type { ClientTransport, Section, VideoCodec } from './message';
import { MID_URI, TRANSPORT_CC_URI } from './extension';

export interface Offer {
  readonly transport: ClientTransport;
  readonly sections: readonly Section[];
}

/** What the server must know of the browser's own offer; null when it is not one of ours. */
export function readOffer(sdp: string): Offer | null {
  const [session = [], ...media] = splitSections(sdp);
  const first = media[0];
  if (!first) return null;
  const ufrag = attribute(first, 'ice-ufrag') ?? attribute(session, 'ice-ufrag');
  const pwd = attribute(first, 'ice-pwd') ?? attribute(session, 'ice-pwd');
  const fingerprint = sha256Of(first) ?? sha256Of(session);
  const sections = media.map(readSection);
  return ufrag && pwd && fingerprint && sections.every((each) => each !== null)
    ? { transport: { ufrag, pwd, fingerprint }, sections }
    : null;
}

function splitSections(sdp: string): string[][] {
  const sections: string[][] = [[]];
  for (const line of sdp.split(/\r?\n/)) {
    if (line.startsWith('m=')) sections.push([]);
    sections.at(-1)?.push(line);
  }
  return sections;
}

function attribute(lines: readonly string[], name: string): string | undefined {
  return attributes(lines, name)[0];
}

function attributes(lines: readonly string[], name: string): string[] {
  const prefix = `a=${name}:`;
  return lines.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length));
}

function sha256Of(lines: readonly string[]): string | undefined {
  const [, hex] = /^sha-256 (.*)$/i.exec(attribute(lines, 'fingerprint') ?? '') ?? [];
  return hex?.toUpperCase();
}

function readSection(lines: readonly string[]): Section | null {
  const kind = /^m=(audio|video) /.exec(lines[0] ?? '')?.[1];
  const mid = attribute(lines, 'mid');
  const isSending = lines.includes('a=sendonly');
  if (mid === undefined || isSending === lines.includes('a=recvonly')) return null;
  const extensions = readExtensions(lines, isSending);
  if (kind === 'audio') {
    const [payload_type] = payloadTypes(lines, 'opus/48000/2');
    if (payload_type === undefined) return null;
    const codecs = [{ name: 'opus' as const, payload_type }];
    const audio = { mid, kind: 'audio' as const, codecs, extensions };
    return isSending
      ? { ...audio, direction: 'send', source: 'microphone' }
      : { ...audio, direction: 'receive' };
  }
  const codecs = readVideoCodecs(lines);
  if (kind !== 'video' || codecs.length === 0) return null;
  const video = { mid, kind: 'video' as const, codecs, extensions };
  return isSending
    ? { ...video, direction: 'send', source: 'camera', rids: [] }
    : { ...video, direction: 'receive' };
}

/** The first profile of a codec is the one that every decoder has; a browser may leave it unsaid. */
const VIDEO_CODECS = [
  { name: 'av1', encoding: 'AV1/90000', profile: 'profile' },
  { name: 'vp9', encoding: 'VP9/90000', profile: 'profile-id' },
  { name: 'vp8', encoding: 'VP8/90000', profile: null },
] as const satisfies readonly { name: VideoCodec; encoding: string; profile: string | null }[];

type ReadCodec = Extract<Section, { kind: 'video' }>['codecs'][number];

/** Best first: what takes the fewest bits for a picture. */
function readVideoCodecs(lines: readonly string[]): ReadCodec[] {
  return VIDEO_CODECS.flatMap(({ name, encoding, profile }) => {
    const payload_type = payloadTypes(lines, encoding).find(
      (type) => profile === null || (parameter(lines, type, profile) ?? '0') === '0',
    );
    return payload_type === undefined
      ? []
      : [{ name, payload_type, ...readRtx(lines, payload_type) }];
  });
}

function payloadTypes(lines: readonly string[], encoding: string): number[] {
  return attributes(lines, 'rtpmap').flatMap((value) => {
    const [number, name] = value.split(' ');
    return name?.toLowerCase() === encoding.toLowerCase() ? [Number(number)] : [];
  });
}

/** A format parameter of a payload type (RFC 8866 6.15). */
function parameter(lines: readonly string[], type: number, name: string): string | undefined {
  for (const value of attributes(lines, 'fmtp')) {
    const [, number, parameters = ''] = /^(\d+) (.*)$/.exec(value) ?? [];
    if (Number(number) !== type) continue;
    const pair = parameters.split(';').find((each) => each.trim().startsWith(`${name}=`));
    return pair?.trim().slice(name.length + 1);
  }
  return undefined;
}

/** RFC 4588 8.6: the retransmission format names the payload type it repeats in `apt`. */
function readRtx(lines: readonly string[], repeated: number): { rtx_payload_type?: number } {
  for (const type of payloadTypes(lines, 'rtx/90000')) {
    if (parameter(lines, type, 'apt') === String(repeated)) return { rtx_payload_type: type };
  }
  return {};
}

/** The server puts no header extension on what it sends, so only sending sections speak of both. */
function readExtensions(lines: readonly string[], isSending: boolean): Section['extensions'] {
  const idOf = (uri: string): number | undefined => {
    const [, id] =
      attributes(lines, 'extmap')
        .map((value) => /^(\d+)(?:\/\w+)? (\S+)/.exec(value))
        .find((found) => found?.[2] === uri) ?? [];
    return id === undefined ? undefined : Number(id);
  };
  const mid = idOf(MID_URI);
  const transport_cc = isSending ? idOf(TRANSPORT_CC_URI) : undefined;
  return {
    ...(mid === undefined ? {} : { mid }),
    ...(transport_cc === undefined ? {} : { transport_cc }),
  };
}
