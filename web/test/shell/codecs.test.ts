import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isOf, preferences, videoCodecs } from '../../src/shell/codecs';

const codec = (mimeType: string, sdpFmtpLine?: string): RTCRtpCodec => ({
  mimeType,
  clockRate: 90_000,
  ...(sdpFmtpLine === undefined ? {} : { sdpFmtpLine }),
});

const VP8 = codec('video/VP8');
const VP9 = codec('video/VP9', 'profile-id=0');
const VP9_10_BITS = codec('video/VP9', 'profile-id=2');
const AV1 = codec('video/AV1', 'level-idx=5;profile=0;tier=0');
const AV1_HIGH = codec('video/AV1', 'level-idx=5;profile=1;tier=0');
const H264 = codec('video/H264', 'profile-level-id=42e01f');
const RTX = codec('video/rtx');
const RED = codec('video/red');

let receives: RTCRtpCodec[];
let sends: RTCRtpCodec[];
let isSmooth: (contentType: string) => boolean;
let hardwareConcurrency: number;

beforeEach(() => {
  receives = [VP8, RTX, VP9, VP9_10_BITS, H264, AV1_HIGH, AV1, RED];
  sends = [VP8, RTX, H264, AV1, VP9, RED];
  isSmooth = () => true;
  hardwareConcurrency = 8;
  vi.stubGlobal('RTCRtpReceiver', { getCapabilities: () => ({ codecs: receives }) });
  vi.stubGlobal('RTCRtpSender', { getCapabilities: () => ({ codecs: sends }) });
  const decodingInfo = ({ video }: { video: { contentType: string } }): Promise<unknown> =>
    Promise.resolve({ supported: true, smooth: isSmooth(video.contentType) });
  vi.stubGlobal('navigator', {
    mediaCapabilities: { decodingInfo },
    get hardwareConcurrency() {
      return hardwareConcurrency;
    },
  });
});

afterEach(() => void vi.unstubAllGlobals());

describe('the codecs of this browser', () => {
  it('are told best first', async () => {
    expect(await videoCodecs()).toEqual(['av1', 'vp9', 'vp8']);
  });

  it('leave out what would stutter, but never VP8', async () => {
    isSmooth = (type) => !type.includes('AV1');
    expect(await videoCodecs()).toEqual(['vp9', 'vp8']);
    isSmooth = () => false;
    expect(await videoCodecs()).toEqual(['vp8']);
  });

  it('leave out what is only sent or only received, and other profiles', async () => {
    sends = [VP8, VP9];
    expect(await videoCodecs()).toEqual(['vp9', 'vp8']);
    sends = [VP8, VP9_10_BITS, AV1];
    receives = [VP8, VP9, AV1_HIGH];
    expect(await videoCodecs()).toEqual(['vp8']);
  });

  it('leave out what would tire a machine of few cores', async () => {
    hardwareConcurrency = 4;
    expect(await videoCodecs()).toEqual(['vp9', 'vp8']);
    hardwareConcurrency = 2;
    expect(await videoCodecs()).toEqual(['vp8']);
  });

  it('are VP8 where the browser cannot tell', async () => {
    vi.stubGlobal('navigator', {});
    expect(await videoCodecs()).toEqual(['vp8']);
  });
});

describe('what is offered', () => {
  it('is these in this order, with retransmission, and nothing else', () => {
    expect(preferences(['av1', 'vp9', 'vp8'])).toEqual([AV1, VP9, VP8, RTX]);
    expect(preferences(['vp8'])).toEqual([VP8, RTX]);
  });

  it('takes a codec without a profile for the first one', () => {
    expect(isOf('vp9', codec('video/VP9', 'max-fs=12288;max-fr=60'))).toBe(true);
    expect(isOf('av1', codec('video/AV1'))).toBe(true);
    expect(isOf('av1', AV1_HIGH)).toBe(false);
    expect(isOf('vp9', AV1)).toBe(false);
  });
});
