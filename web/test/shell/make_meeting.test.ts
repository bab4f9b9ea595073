import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Keys } from '../../src/shell/keys';
import { makeMeeting } from '../../src/shell/make_meeting';
import { MemoryShelf } from '../../src/shell/shelf';
import { fromBase64url } from '../../src/wire/base64';
import { areEqual } from '../../src/wire/bytes';
import { parseLink } from '../../src/wire/link';
import { decodePolicy } from '../../src/wire/policy';
import { GOOD, NOW, carryOut, sha256, shownBy, type Plan } from '../support/operator';
import { utf8 } from '../../src/wire/utf8';

const ISSUER = { issuer: 'https://id.example.org', audience: 'in-camera', name: 'Example' };

let posted: string[] = [];
let isAccepted = true;
let papers = () => new Response(null, { status: 404 });

const showing = (changes: Partial<Plan>) => () => new Response(shownBy(carryOut(changes).evidence));

beforeEach(() => {
  posted = [];
  isAccepted = true;
  papers = showing({});
  vi.spyOn(Date, 'now').mockReturnValue(NOW * 1000);
  vi.stubGlobal('location', { origin: 'https://meet.example.org' });
  vi.stubGlobal('fetch', (path: string, init?: RequestInit) => {
    if (path === '/api/v1/issuers') return Promise.resolve(Response.json({ issuers: [ISSUER] }));
    if (path === '/api/v1/nodes/self') return Promise.resolve(papers());
    const body = init?.body as string;
    posted.push(body);
    const { policy } = JSON.parse(body) as { policy: string };
    const meeting = decodePolicy(fromBase64url(policy) ?? new Uint8Array())?.meeting;
    const id = Buffer.from(meeting ?? []).toString('base64url');
    return Promise.resolve(
      isAccepted
        ? Response.json({ meeting: id }, { status: 201 })
        : Response.json({ code: 'busy' }, { status: 503 }),
    );
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

async function make(lobby: 'lobby' | 'open', countries?: readonly string[]) {
  const keys = new Keys(new MemoryShelf());
  const made = await makeMeeting(keys, { lobby, countries });
  if ('failure' in made) throw new Error(made.failure);
  const at = new URL(made.hostLink);
  const link = parseLink(at.pathname, at.hash);
  const { policy } = JSON.parse(posted[0] ?? '{}') as { policy: string };
  const bytes = fromBase64url(policy) ?? new Uint8Array();
  return { keys, made, link, bytes, policy: decodePolicy(bytes) };
}

describe('making a meeting', () => {
  it.each(['lobby', 'open'] as const)('binds the link to its policy: %s', async (lobby) => {
    const { made, link, bytes, policy } = await make(lobby);
    expect(policy).toMatchObject({ lobby, suite: 4, issuers: [{ issuer: ISSUER.issuer }] });
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    expect(areEqual(hash.subarray(0, 16), link?.policyHash ?? new Uint8Array())).toBe(true);
    expect(made.hostLink.startsWith(`${made.link}.`)).toBe(true);
  });

  it('keeps the host key in this browser, and puts its seed into the host link alone', async () => {
    const { keys, link, policy } = await make('lobby');
    const host = await keys.host(link?.meeting ?? '');
    if (!host) throw new Error('no host key was kept');
    expect(host.privateKey.extractable).toBe(false);
    const message = Uint8Array.of(1, 2, 3);
    const signature = await crypto.subtle.sign('Ed25519', host.privateKey, message);
    const raw = policy?.hostKeys[0] ?? new Uint8Array();
    const known = await crypto.subtle.importKey('raw', raw, 'Ed25519', false, ['verify']);
    expect(await crypto.subtle.verify('Ed25519', known, signature, message)).toBe(true);
    const again = await keys.importHost('other', link?.hostSeed ?? new Uint8Array());
    const other = await crypto.subtle.sign('Ed25519', again.privateKey, message);
    expect(await crypto.subtle.verify('Ed25519', known, other, message)).toBe(true);
  });

  it('tells the server neither the secret nor the seed', async () => {
    const { made } = await make('lobby');
    const [, secret = '', , seed = ''] = new URL(made.hostLink).hash.slice(1).split('.');
    expect(secret).toHaveLength(22);
    expect(seed).toHaveLength(43);
    expect(posted).toHaveLength(1);
    expect(posted.join()).not.toContain(secret);
    expect(posted.join()).not.toContain(seed);
  });

  it('makes another one each time', async () => {
    const [one, other] = [await make('lobby'), await make('lobby')];
    expect(one.made.link.slice(0, 60)).not.toBe(other.made.link.slice(0, 60));
    expect(one.link?.policyHash).not.toEqual(other.link?.policyHash);
  });

  it('names the operator, the log, the set and the country of this server', async () => {
    const { policy } = await make('lobby');
    expect(policy).toMatchObject({
      countries: ['DE'],
      operatorKeysHash: sha256(utf8(GOOD.keyListOfPolicy)),
      logPolicyHash: sha256(utf8(GOOD.logPolicy)),
      minNodeSetSerial: 12n,
      maxHops: 2,
    });
  });

  it('names the countries that were chosen, and says so', async () => {
    const { made, policy } = await make('open', ['FR', 'DE', 'AT']);
    expect(policy?.countries).toEqual(['AT', 'DE', 'FR']);
    expect(made.countries).toEqual(['AT', 'DE', 'FR']);
  });

  it.each([[['FR', 'US']], [[]]])('makes none without a node in %j', async (countries) => {
    const wish = { lobby: 'open', countries } as const;
    const refused = await makeMeeting(new Keys(new MemoryShelf()), wish);
    expect(refused).toEqual({ failure: 'no-node-in-region' });
    expect(posted).toEqual([]);
  });

  it.each([
    ['nothing', () => new Response('{"code":"not_certified"}', { status: 404 }), 'missing'],
    ['what cannot be read', () => new Response('{"node_cert":7}'), 'missing'],
    ['a certificate that is not in the set', showing({ setOf: () => [] }), 'not_in_set'],
  ])('makes none where the server shows %s', async (_, shown, reason) => {
    papers = shown;
    const refused = await makeMeeting(new Keys(new MemoryShelf()), { lobby: 'lobby' });
    expect(refused).toEqual({ failure: 'node-refused', refusal: { part: 'node_cert', reason } });
    expect(posted).toEqual([]);
  });

  it('makes none while the server is busy', async () => {
    papers = () => new Response(null, { status: 503 });
    expect(await makeMeeting(new Keys(new MemoryShelf()), { lobby: 'open' })).toEqual({
      failure: 'busy',
    });
    expect(posted).toEqual([]);
  });

  it('keeps no host key of a meeting that came to nothing', async () => {
    isAccepted = false;
    const shelf = new MemoryShelf();
    const put = vi.spyOn(shelf, 'put');
    expect(await makeMeeting(new Keys(shelf), { lobby: 'lobby' })).toEqual({ failure: 'busy' });
    expect(put).not.toHaveBeenCalled();
  });
});
