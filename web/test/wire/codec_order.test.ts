import { describe, expect, it } from 'vitest';
import { preferCodec } from '../../src/wire/codec_order';

const codecs = (mid: number, direction: string): string[] => [
  'm=video 9 UDP/TLS/RTP/SAVPF 45 46 98 96 97',
  'c=IN IP4 0.0.0.0',
  'a=rtpmap:45 AV1/90000',
  'a=rtpmap:46 rtx/90000',
  'a=fmtp:46 apt=45',
  'a=rtpmap:98 VP9/90000',
  'a=rtpmap:96 VP8/90000',
  'a=rtpmap:97 rtx/90000',
  'a=fmtp:97 apt=96',
  `a=mid:${mid}`,
  `a=${direction}`,
];

const answer = [
  'v=0',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'a=rtpmap:111 opus/48000/2',
  'a=recvonly',
  ...codecs(1, 'recvonly'),
  ...codecs(2, 'sendonly'),
  '',
].join('\r\n');

const heads = (text: string): string[] =>
  text.split('\r\n').filter((line) => line.startsWith('m=video'));

describe('preferring a codec', () => {
  it.each([
    ['vp8', '96 97 45 46 98'],
    ['vp9', '98 45 46 96 97'],
    ['av1', '45 46 98 96 97'],
  ])('%s stands first in the section that sends, and nowhere else', (codec, order) => {
    const changed = preferCodec(answer, codec);
    expect(heads(changed)).toEqual([
      `m=video 9 UDP/TLS/RTP/SAVPF ${order}`,
      'm=video 9 UDP/TLS/RTP/SAVPF 45 46 98 96 97',
    ]);
    const others = (text: string): string[] =>
      text.split('\r\n').filter((line) => !line.startsWith('m=video'));
    expect(others(changed)).toEqual(others(answer));
  });

  it('leaves an answer as it is that does not have the codec', () => {
    expect(preferCodec(answer, 'h264')).toBe(answer);
    expect(preferCodec('', 'vp8')).toBe('');
  });
});
