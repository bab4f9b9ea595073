// The browser's own session description (RFC 8829), read for the few values that the server needs:
// they travel to it as typed data. Our offer holds sections for sending, then slots for receiving,
// all in one bundle; whatever else a browser writes there is passed over.

import type { ClientTransport, Section } from './message';
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
    const payload_type = payloadType(lines, 'opus/48000/2');
    if (payload_type === undefined) return null;
    const codecs = [{ name: 'opus' as const, payload_type }];
    const audio = { mid, kind: 'audio' as const, codecs, extensions };
    return isSending
      ? { ...audio, direction: 'send', source: 'microphone' }
      : { ...audio, direction: 'receive' };
  }
  const payload_type = payloadType(lines, 'VP8/90000');
  if (kind !== 'video' || payload_type === undefined) return null;
  const codec = { name: 'vp8' as const, payload_type, ...readRtx(lines, payload_type) };
  const video = { mid, kind: 'video' as const, codecs: [codec], extensions };
  return isSending
    ? { ...video, direction: 'send', source: 'camera', rids: [] }
    : { ...video, direction: 'receive' };
}

function payloadType(lines: readonly string[], encoding: string): number | undefined {
  for (const value of attributes(lines, 'rtpmap')) {
    const [number, name] = value.split(' ');
    if (name?.toLowerCase() === encoding.toLowerCase()) return Number(number);
  }
  return undefined;
}

/** RFC 4588 8.6: the retransmission format names the payload type it repeats in `apt`. */
function readRtx(lines: readonly string[], repeated: number): { rtx_payload_type?: number } {
  for (const value of attributes(lines, 'fmtp')) {
    const [, number, apt] = /^(\d+) apt=(\d+)\b/.exec(value) ?? [];
    if (Number(apt) === repeated) return { rtx_payload_type: Number(number) };
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
