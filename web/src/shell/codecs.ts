// What this browser can do with pictures: the codecs that it sends, and decodes well enough, best
// first. H264 is never among them: its frames cannot be encrypted without taking them apart.

import type { FrameCodec } from '../worker/codec';

export type VideoCodec = Exclude<FrameCodec, 'opus'>;

const BEST_FIRST: readonly VideoCodec[] = ['av1', 'vp9', 'vp8'];

/** What we send at most, and therefore what has to be decoded. */
const PICTURE = { width: 1280, height: 720, bitrate: 1_200_000, framerate: 30 };

/** Encoding is what tires a machine, and no browser tells truly whether it can: measured on two cores,
 * one call in AV1 leaves sound in pieces where VP8 runs. So a codec asks for cores. */
const CORES_LEAST: Readonly<Record<VideoCodec, number>> = { vp8: 1, vp9: 4, av1: 8 };

const CONTENT_TYPES: Readonly<Record<VideoCodec, string>> = {
  vp8: 'video/VP8',
  vp9: 'video/VP9;profile-id="0"',
  av1: 'video/AV1;profile=0',
};

/** Everybody in a meeting sends what all can decode, so a codec that would stutter here is not said
 * to be known: one slow machine then has fewer bits for all, but a picture that moves. VP8 is what
 * every browser must have (RFC 7742 5), and is there without a question. */
export async function videoCodecs(): Promise<readonly VideoCodec[]> {
  const isGood = await Promise.all(BEST_FIRST.map(isWellDone));
  return BEST_FIRST.filter((_, index) => isGood[index]);
}

async function isWellDone(codec: VideoCodec): Promise<boolean> {
  if (codec === 'vp8') return true;
  if (navigator.hardwareConcurrency < CORES_LEAST[codec]) return false;
  const sends = RTCRtpSender.getCapabilities('video')?.codecs ?? [];
  const receives = RTCRtpReceiver.getCapabilities('video')?.codecs ?? [];
  if (!sends.some((each) => isOf(codec, each)) || !receives.some((each) => isOf(codec, each))) {
    return false;
  }
  try {
    // Of encoders Firefox 153 says that none is smooth but that of VP8, on any machine: not asked.
    const video = { contentType: CONTENT_TYPES[codec], ...PICTURE };
    const decoding = await navigator.mediaCapabilities.decodingInfo({ type: 'webrtc', video });
    return decoding.supported && decoding.smooth;
  } catch {
    return false; // a browser that cannot tell
  }
}

/** For setCodecPreferences(): these codecs in this order, and retransmission. */
export function preferences(codecs: readonly VideoCodec[]): RTCRtpCodec[] {
  const known = RTCRtpReceiver.getCapabilities('video')?.codecs ?? [];
  return [
    ...codecs.flatMap((codec) => known.filter((each) => isOf(codec, each))),
    ...known.filter(({ mimeType }) => mimeType.toLowerCase() === 'video/rtx'),
  ];
}

/** Profile 0 is the one that every decoder has; it is meant where none is named. */
export function isOf(codec: VideoCodec, { mimeType, sdpFmtpLine = '' }: RTCRtpCodec): boolean {
  const [, profile] = /(?:^|;)\s*profile(?:-id)?=(\d+)/.exec(sdpFmtpLine) ?? [];
  return mimeType.toLowerCase() === `video/${codec}` && (profile ?? '0') === '0';
}
