// The remote session description, composed from a template. The server answers with typed data and
// never with text, so nothing that it wrote reaches the browser's parser.

import { MID_URI, TRANSPORT_CC_URI } from './extension';
import type { Joined, Section, VideoCodec } from './message';
import type { Offer } from './offer';

/** Speech in one channel is good at this rate; constant, so that packet sizes tell nothing. */
const OPUS_BITRATE_BPS = 32_000;

// RFC 8445 5.1.2.2: "The RECOMMENDED values for type preferences are 126 for host candidates"
const HOST_PREFERENCE = 126;

// RFC 8866 5 puts this line before the attributes of a section.
const CONNECTION = 'c=IN IP4 0.0.0.0';

/** The remote description: ICE-lite, DTLS passive, one bundle, the slots' streams announced. */
export function composeAnswer(offer: Offer, joined: Joined): string {
  const lines = [
    'v=0',
    'o=- 1 1 IN IP4 0.0.0.0',
    's=-',
    't=0 0',
    'a=ice-lite',
    `a=group:BUNDLE ${offer.sections.map(({ mid }) => mid).join(' ')}`,
    'a=msid-semantic: WMS *',
    ...transportLines(joined.transport),
    ...offer.sections.flatMap((section, index) => [
      ...sectionLines(section, offer, joined),
      // RFC 9143 7.1.3: the section that names the bundle speaks for its transport.
      ...(index === 0 ? candidateLines(joined.transport) : []),
    ]),
  ];
  return lines.join('\r\n') + '\r\n';
}

/** For the whole session: Firefox 153 crashes on a section of the bundle without a fingerprint. */
function transportLines({ ufrag, pwd, fingerprint }: Joined['transport']): string[] {
  return [
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${pwd}`,
    `a=fingerprint:sha-256 ${fingerprint}`,
    'a=setup:passive',
  ];
}

function candidateLines({ candidates }: Joined['transport']): string[] {
  const lines = candidates.map(({ address, port }, index) => {
    const priority = HOST_PREFERENCE * 2 ** 24 + (65_535 - index) * 2 ** 8 + 255;
    return `a=candidate:${index + 1} 1 udp ${priority} ${address} ${port} typ host`;
  });
  return [...lines, 'a=end-of-candidates'];
}

function sectionLines(section: Section, offer: Offer, joined: Joined): string[] {
  const media = section.kind === 'audio' ? audioLines(section) : videoLines(section);
  const common = [`a=mid:${section.mid}`, 'a=rtcp-mux'];
  return section.direction === 'send'
    ? [...media, ...common, 'a=recvonly', ...extensionLines(section)]
    : [...media, ...common, 'a=sendonly', ...streamLines(section, offer, joined)];
}

type AudioSection = Extract<Section, { kind: 'audio' }>;
type VideoSection = Extract<Section, { kind: 'video' }>;

function audioLines(section: AudioSection): string[] {
  return section.codecs.flatMap(({ payload_type: type }) => [
    `m=audio 9 UDP/TLS/RTP/SAVPF ${type}`,
    CONNECTION,
    `a=rtpmap:${type} opus/48000/2`,
    `a=fmtp:${type} minptime=10;useinbandfec=1;cbr=1;maxaveragebitrate=${OPUS_BITRATE_BPS}`,
    ...feedbackLines(section, type),
  ]);
}

function videoLines(section: VideoSection): string[] {
  const types = section.codecs.flatMap(({ payload_type: type, rtx_payload_type: rtx }) =>
    rtx === undefined ? [type] : [type, rtx],
  );
  return [
    `m=video 9 UDP/TLS/RTP/SAVPF ${types.join(' ')}`,
    CONNECTION,
    ...section.codecs.flatMap((codec) => codecLines(section, codec)),
  ];
}

const ENCODINGS: Readonly<Record<VideoCodec, string>> = {
  vp8: 'VP8/90000',
  vp9: 'VP9/90000',
  av1: 'AV1/90000',
};

/** Without it, profile 0 is meant; but a browser compares word by word. */
const PARAMETERS: Readonly<Record<VideoCodec, string | null>> = {
  vp8: null,
  vp9: 'profile-id=0',
  av1: 'profile=0',
};

function codecLines(section: VideoSection, codec: VideoSection['codecs'][number]): string[] {
  const { name, payload_type: type, rtx_payload_type: rtx } = codec;
  const parameters = PARAMETERS[name];
  return [
    `a=rtpmap:${type} ${ENCODINGS[name]}`,
    ...(parameters === null ? [] : [`a=fmtp:${type} ${parameters}`]),
    `a=rtcp-fb:${type} nack`,
    `a=rtcp-fb:${type} nack pli`,
    `a=rtcp-fb:${type} ccm fir`,
    ...feedbackLines(section, type),
    ...(rtx === undefined ? [] : [`a=rtpmap:${rtx} rtx/90000`, `a=fmtp:${rtx} apt=${type}`]),
  ];
}

function feedbackLines(section: Section, type: number): string[] {
  return section.extensions.transport_cc === undefined ? [] : [`a=rtcp-fb:${type} transport-cc`];
}

function extensionLines({ extensions: { mid, transport_cc } }: Section): string[] {
  return [
    ...(mid === undefined ? [] : [`a=extmap:${mid} ${MID_URI}`]),
    ...(transport_cc === undefined ? [] : [`a=extmap:${transport_cc} ${TRANSPORT_CC_URI}`]),
  ];
}

/** A slot is one continuous stream with a fixed SSRC, whoever is in it. The n-th slot for audio and
 * the n-th for video share a media stream: the browser itself then keeps them in step, by the server's
 * sender reports, and the server puts a person's two sources into slots of one number. Browsers do not
 * tell a page what they play when, so that a page could not do it in their stead. */
function streamLines(section: Section, offer: Offer, { slots, cname }: Joined): string[] {
  const { mid, kind } = section;
  const slot = slots.find((each) => each.mid === mid);
  if (!slot) return [];
  const { ssrc, rtx_ssrc: rtx } = slot;
  const ofKind = offer.sections.filter(
    (each) => each.direction === 'receive' && each.kind === kind,
  );
  return [
    `a=msid:slot${ofKind.indexOf(section)} ${mid}`,
    ...(rtx === null ? [] : [`a=ssrc-group:FID ${ssrc} ${rtx}`]),
    // Chromium takes the SSRC that is named first for the one with the media.
    `a=ssrc:${ssrc} cname:${cname}`,
    ...(rtx === null ? [] : [`a=ssrc:${rtx} cname:${cname}`]),
  ];
}
