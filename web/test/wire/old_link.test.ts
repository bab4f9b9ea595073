import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { base64url, composeLink, parseLink } from '../../src/wire/old_link';

const MEETING = 'AAECAwQFBgcICQoLDA0ODw';
const SECRET = 'Dw4NDAsKCQgHBgUEAwIBAA';

describe('a link', () => {
  it('is read as it was composed', () => {
    const link = composeLink('https://meet.example.org', { meeting: MEETING, secret: SECRET });
    expect(link).toBe(`https://meet.example.org/m/${MEETING}#0.${SECRET}`);
    const { pathname, hash } = new URL(link);
    expect(parseLink(pathname, hash)).toEqual({ meeting: MEETING, secret: SECRET });
  });

  it.each([
    ['nothing behind the meeting', ''],
    ['an empty fragment', '#'],
    ['no version', `#${SECRET}`],
    ['a version that is not known here', `#1.${SECRET}`],
    ['a secret that was cut off', `#0.${SECRET.slice(0, -1)}`],
    ['a secret that is too long', `#0.${SECRET}A`],
    ['a secret that no 16 bytes give', `#0.${SECRET.slice(0, -1)}B`],
    ['something behind the secret', `#0.${SECRET}&x`],
  ])('is refused with %s', (_, fragment) => {
    expect(parseLink(`/m/${MEETING}`, fragment)).toBeNull();
  });

  it('is refused with a meeting that is none', () => {
    expect(parseLink('/m/short', `#0.${SECRET}`)).toBeNull();
    expect(parseLink(`/m/${MEETING}/x`, `#0.${SECRET}`)).toBeNull();
  });
});

describe('base64url', () => {
  it('is that of RFC 4648', () => {
    for (let length = 0; length < 40; length++) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 89 + length * 31) & 255);
      expect(base64url(bytes)).toBe(Buffer.from(bytes).toString('base64url'));
    }
  });
});
