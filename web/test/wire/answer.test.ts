import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { composeAnswer } from '../../src/wire/answer';
import { readOffer } from '../../src/wire/offer';
import { JOINED } from '../support/joined';

function answer(browser: string): { session: string[]; sections: string[][] } {
  const sdp = readFileSync(new URL(`offers/${browser}.sdp`, import.meta.url), 'utf8');
  const offer = readOffer(sdp);
  if (!offer) throw new Error('the offer is not one of ours');
  const text = composeAnswer(offer, JOINED);
  expect(text.endsWith('\r\n')).toBe(true);
  const [session = '', ...sections] = text.split(/(?=^m=)/m);
  return { session: lines(session), sections: sections.map(lines) };
}

const lines = (text: string): string[] => text.trimEnd().split('\r\n');

describe('composing the answer', () => {
  it('says once for all sections who the server is, and that it is passive and ICE-lite', () => {
    const { session, sections } = answer('chromium');
    expect(session).toEqual([
      'v=0',
      'o=- 1 1 IN IP4 0.0.0.0',
      's=-',
      't=0 0',
      'a=ice-lite',
      'a=group:BUNDLE 0 1 2 11',
      'a=msid-semantic: WMS *',
      'a=ice-ufrag:h7Qp+Zk2/xLm',
      'a=ice-pwd:Kp3/vQ1pX9sLw2TbA7Ym+R5c',
      `a=fingerprint:sha-256 ${JOINED.transport.fingerprint}`,
      'a=setup:passive',
    ]);
    expect(sections.flat().filter((line) => /^a=(ice|fingerprint|setup)/.test(line))).toEqual([]);
  });

  it('puts the candidates into the first section, the first one preferred', () => {
    const { sections } = answer('chromium');
    expect(sections.map((each) => each.filter((line) => line.includes('candidate')))).toEqual([
      [
        'a=candidate:1 1 udp 2130706431 192.0.2.1 10000 typ host',
        'a=candidate:2 1 udp 2130706175 2001:db8::1 10001 typ host',
        'a=end-of-candidates',
      ],
      [],
      [],
      [],
    ]);
  });

  it('takes speech at a constant rate, with error correction', () => {
    expect(answer('firefox').sections[0]?.slice(0, 9)).toEqual([
      'm=audio 9 UDP/TLS/RTP/SAVPF 109',
      'c=IN IP4 0.0.0.0',
      'a=rtpmap:109 opus/48000/2',
      'a=fmtp:109 minptime=10;useinbandfec=1;cbr=1;maxaveragebitrate=32000',
      'a=rtcp-fb:109 transport-cc',
      'a=mid:0',
      'a=rtcp-mux',
      'a=recvonly',
      'a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid',
    ]);
  });

  it('takes pictures with retransmission and feedback', () => {
    expect(answer('chromium').sections[1]).toEqual([
      'm=video 9 UDP/TLS/RTP/SAVPF 45 46 98 99 96 97',
      'c=IN IP4 0.0.0.0',
      'a=rtpmap:45 AV1/90000',
      'a=fmtp:45 profile=0',
      'a=rtcp-fb:45 nack',
      'a=rtcp-fb:45 nack pli',
      'a=rtcp-fb:45 ccm fir',
      'a=rtcp-fb:45 transport-cc',
      'a=rtpmap:46 rtx/90000',
      'a=fmtp:46 apt=45',
      'a=rtpmap:98 VP9/90000',
      'a=fmtp:98 profile-id=0',
      'a=rtcp-fb:98 nack',
      'a=rtcp-fb:98 nack pli',
      'a=rtcp-fb:98 ccm fir',
      'a=rtcp-fb:98 transport-cc',
      'a=rtpmap:99 rtx/90000',
      'a=fmtp:99 apt=98',
      'a=rtpmap:96 VP8/90000',
      'a=rtcp-fb:96 nack',
      'a=rtcp-fb:96 nack pli',
      'a=rtcp-fb:96 ccm fir',
      'a=rtcp-fb:96 transport-cc',
      'a=rtpmap:97 rtx/90000',
      'a=fmtp:97 apt=96',
      'a=mid:1',
      'a=rtcp-mux',
      'a=recvonly',
      'a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid',
      'a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
    ]);
  });

  it('announces the stream of a slot, the SSRC of the media first', () => {
    const stream = (each: string[] | undefined): string[] | undefined =>
      each?.filter((line) => /^a=(msid|ssrc|sendonly|extmap)/.test(line));
    const { sections } = answer('chromium');
    expect(stream(sections[2])).toEqual([
      'a=sendonly',
      'a=msid:slot0 2',
      'a=ssrc:2000 cname:cname',
    ]);
    expect(stream(sections[3])).toEqual([
      'a=sendonly',
      'a=msid:slot0 11',
      'a=ssrc-group:FID 1100 1101',
      'a=ssrc:1100 cname:cname',
      'a=ssrc:1101 cname:cname',
    ]);
  });

  it('never negotiates the audio level', () => {
    expect(answer('chromium').sections.flat().join()).not.toContain('audio-level');
  });
});
