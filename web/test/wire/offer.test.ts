// Real offers, shortened to the two sending sections and one slot of each kind.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeClient, encode } from '../../src/wire/message';
import { readOffer } from '../../src/wire/offer';

const read = (browser: string): string =>
  readFileSync(new URL(`offers/${browser}.sdp`, import.meta.url), 'utf8');

type Numbers = readonly [type: number, rtx: number];

const sections = (
  opus: number,
  [av1, vp9, vp8]: readonly [Numbers, Numbers, Numbers],
  mid: number,
  transport_cc: number,
) => {
  const audio = { kind: 'audio', codecs: [{ name: 'opus', payload_type: opus }] };
  const codecs = [
    { name: 'av1', payload_type: av1[0], rtx_payload_type: av1[1] },
    { name: 'vp9', payload_type: vp9[0], rtx_payload_type: vp9[1] },
    { name: 'vp8', payload_type: vp8[0], rtx_payload_type: vp8[1] },
  ];
  const video = { kind: 'video', codecs };
  const sending = { direction: 'send', extensions: { mid, transport_cc } };
  const receiving = { direction: 'receive', extensions: { mid } };
  return [
    { mid: '0', ...audio, ...sending, source: 'microphone' },
    { mid: '1', ...video, ...sending, source: 'camera', rids: [] },
    { mid: '2', ...audio, ...receiving },
    { mid: '11', ...video, ...receiving },
  ];
};

describe('reading an offer', () => {
  it('takes the numbers of Chromium', () => {
    const offer = readOffer(read('chromium'));
    expect(offer?.sections).toEqual(
      sections(
        111,
        [
          [45, 46],
          [98, 99],
          [96, 97],
        ],
        4,
        3,
      ),
    );
    expect(offer?.transport.ufrag).toBe('Dew7');
    expect(offer?.transport.pwd).toBe('V6PRm1Rf1N5W7dytJeS8DeG2');
    expect(offer?.transport.fingerprint).toMatch(/^07:15:.*:62:35$/);
  });

  it('takes the numbers of Firefox, whose fingerprint stands above the sections', () => {
    const offer = readOffer(read('firefox'));
    expect(offer?.sections).toEqual(
      sections(
        109,
        [
          [99, 100],
          [121, 125],
          [120, 124],
        ],
        3,
        7,
      ),
    );
    expect(offer?.transport.ufrag).toBe('18a23716');
    expect(offer?.transport.fingerprint).toMatch(/^68:B8:/);
  });

  it.each(['chromium', 'firefox'])('gives what the server accepts from %s', (browser) => {
    const offer = readOffer(read(browser));
    expect(offer).not.toBeNull();
    if (!offer) return;
    const join = encode({
      type: 'join',
      transport: offer.transport,
      sections: offer.sections,
      media: { microphone: true, camera: false },
    });
    expect(decodeClient(join)).toBeDefined();
  });

  it('refuses a text that lacks what the server needs', () => {
    const sdp = read('chromium');
    expect(readOffer('')).toBeNull();
    expect(readOffer(sdp.replaceAll('a=ice-pwd:', 'a=x:'))).toBeNull();
    expect(readOffer(sdp.replaceAll('sha-256', 'sha-1'))).toBeNull();
    expect(readOffer(sdp.replaceAll('opus/48000/2', 'g722/8000'))).toBeNull();
    expect(readOffer(sdp.replace('a=sendonly', 'a=sendrecv'))).toBeNull();
    expect(readOffer(sdp.replace('m=video', 'm=application'))).toBeNull();
  });

  it('goes without retransmission where the browser offers none', () => {
    const offer = readOffer(read('chromium').replaceAll('apt=96', 'apt=95'));
    expect(offer?.sections[1]?.codecs.at(-1)).toEqual({ name: 'vp8', payload_type: 96 });
  });

  it('takes the first profile of a codec, and goes without the codec where there is none', () => {
    const sdp = read('chromium').replaceAll('profile-id=0', 'profile-id=2');
    const names = readOffer(sdp)?.sections[1]?.codecs.map(({ name }) => name);
    expect(names).toEqual(['av1', 'vp8']);
    const other = read('chromium').replaceAll(';profile=0', ';profile=1');
    expect(readOffer(other)?.sections[3]?.codecs.map(({ name }) => name)).toEqual(['vp9', 'vp8']);
  });

  it('knows only codecs whose frames can be encrypted', () => {
    expect(JSON.stringify(readOffer(read('chromium')))).not.toMatch(/h26/i);
  });
});
