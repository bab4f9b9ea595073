import { afterEach, describe, expect, it, vi } from 'vitest';
import { policyOfLink } from '../../src/shell/link_policy';
import { base64url } from '../../src/wire/base64';
import type { Bytes } from '../../src/wire/bytes';
import type { Link } from '../../src/wire/link';
import { encodePolicy, newPolicy } from '../../src/wire/policy';
import { changed, counted } from '../support/bytes';
import { sha256 } from '../support/operator';

const MEETING = counted(16, 5);
const policyOf = (meeting: Bytes): Bytes =>
  encodePolicy(
    newPolicy({
      id: counted(16),
      meeting,
      countries: ['DE', 'FR'],
      operatorKeysHash: counted(32, 1),
      logPolicyHash: counted(32, 2),
      nodeSetSerial: 1n,
      hostKeys: [],
      issuers: [],
      lobby: 'open',
    }),
  );
const POLICY = policyOf(MEETING);
const linkTo = (policy: Bytes): Link => ({
  meeting: base64url(MEETING),
  secret: counted(16),
  policyHash: sha256(policy).slice(0, 16),
  hostSeed: null,
});

let asked: string[] = [];
const answer = (bytes: Bytes | null, status = 200): void => {
  asked = [];
  vi.stubGlobal('fetch', (path: string) => {
    asked.push(path);
    return Promise.resolve(new Response(bytes, { status }));
  });
};

afterEach(() => vi.unstubAllGlobals());

describe('the policy of a link', () => {
  it('is what the server shows, if it has the hash of the link', async () => {
    answer(POLICY);
    expect((await policyOfLink(linkTo(POLICY)))?.countries).toEqual(['DE', 'FR']);
    expect(asked).toEqual([`/api/v1/policies/${base64url(MEETING)}`]);
  });

  it('is never another one, however little it differs', async () => {
    answer(changed(POLICY, POLICY.length - 1, 5));
    expect(await policyOfLink(linkTo(POLICY))).toBeNull();
  });

  it('is never that of another meeting, nor bytes that are none', async () => {
    const other = policyOf(counted(16, 9));
    answer(other);
    expect(await policyOfLink(linkTo(other))).toBeNull();
    const none = POLICY.slice(1);
    answer(none);
    expect(await policyOfLink(linkTo(none))).toBeNull();
  });

  it.each([404, 500, 503])('is unknown on %i', async (status) => {
    answer(POLICY, status);
    expect(await policyOfLink(linkTo(POLICY))).toBeNull();
  });

  it('is unknown without a network', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError()));
    expect(await policyOfLink(linkTo(POLICY))).toBeNull();
  });
});
