import { describe, expect, it } from 'vitest';
import { composeFragment, composeHostLink, composeLink, parseLink } from '../../src/wire/link';
import { counted } from '../support/bytes';

const MEETING = 'AAECAwQFBgcICQoLDA0ODw';
const SECRET = 'EBESExQVFhcYGRobHB0eHw';
const HASH = 'ICEiIyQlJicoKSorLC0uLw';
const SEED = 'MDEyMzQ1Njc4OTo7PD0-P0BBQkNERUZHSElKS0xNTk8';
const LINK = {
  meeting: MEETING,
  secret: counted(16, 0x10),
  policyHash: counted(16, 0x20),
};

describe('a link', () => {
  it('is read as it was composed', () => {
    const link = composeLink('https://meet.example.org', LINK);
    expect(link).toBe(`https://meet.example.org/m/${MEETING}#1.${SECRET}.${HASH}`);
    const { pathname, hash } = new URL(link);
    expect(hash).toBe(composeFragment(LINK));
    expect(parseLink(pathname, hash)).toEqual({ ...LINK, hostSeed: null });
  });

  it('of a host carries its seed, and composes one for the others without it', () => {
    const link = composeHostLink('https://meet.example.org', LINK, counted(32, 0x30));
    expect(link).toBe(`https://meet.example.org/m/${MEETING}#1.${SECRET}.${HASH}.${SEED}`);
    const { pathname, hash } = new URL(link);
    const parsed = parseLink(pathname, hash);
    expect(parsed).toEqual({ ...LINK, hostSeed: counted(32, 0x30) });
    expect(parsed && composeLink('', parsed)).toBe(`/m/${MEETING}#1.${SECRET}.${HASH}`);
  });

  it.each([
    ['nothing behind the meeting', ''],
    ['an empty fragment', '#'],
    ['no version', `#${SECRET}.${HASH}`],
    ['the version without end-to-end encryption', `#0.${SECRET}`],
    ['a version that is not known here', `#2.${SECRET}.${HASH}`],
    ['no policy hash', `#1.${SECRET}`],
    ['an empty policy hash', `#1.${SECRET}.`],
    ['a secret that was cut off', `#1.${SECRET.slice(0, -1)}.${HASH}`],
    ['a secret that is too long', `#1.${SECRET}A.${HASH}`],
    ['a secret that no 16 bytes give', `#1.${SECRET.slice(0, -1)}x.${HASH}`],
    ['a policy hash that no 16 bytes give', `#1.${SECRET}.${HASH.slice(0, -1)}B`],
    ['an empty seed', `#1.${SECRET}.${HASH}.`],
    ['a seed that was cut off', `#1.${SECRET}.${HASH}.${SEED.slice(0, -1)}`],
    ['a seed that no 32 bytes give', `#1.${SECRET}.${HASH}.${SEED.slice(0, -1)}9`],
    ['something behind the seed', `#1.${SECRET}.${HASH}.${SEED}.`],
    ['something behind the policy hash', `#1.${SECRET}.${HASH}&x`],
  ])('is refused with %s', (_, fragment) => {
    expect(parseLink(`/m/${MEETING}`, fragment)).toBeNull();
  });

  it.each(['/m/short', `/m/${MEETING}/x`, `/m/${MEETING.slice(0, -1)}x`, `/${MEETING}`])(
    'is refused with the path %s',
    (path) => expect(parseLink(path, `#1.${SECRET}.${HASH}`)).toBeNull(),
  );
});
