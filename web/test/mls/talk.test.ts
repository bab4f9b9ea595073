// What members tell each other, what newcomers are told again, and when keys change: in virtual time.

import { afterEach, describe, expect, it, vi } from 'vitest';
import type { IdToken } from '../../src/wire/identity';
import { makeSignatureKey } from '../../src/mls/adapter';
import { bytes, keyPair, World, type Client } from './support/world';

vi.setConfig({ testTimeout: 120_000 });
afterEach(() => vi.restoreAllMocks());

async function two(): Promise<{ world: World; ana: Client; ben: Client }> {
  const world = await World.begin();
  const ana = await world.hostClient('Ana');
  const ben = await world.admitted(ana, 'Ben');
  return { world, ana, ben };
}

const hands = (client: Client): string[] =>
  client.view.people.filter(({ handUpAt }) => handUpAt !== null).map(({ name }) => name);

describe('words', () => {
  it('reach everybody once, with their sender', async () => {
    const { world, ana, ben } = await two();
    ana.act({ type: 'chat', text: 'Grüße 👋' });
    await world.until(() => ben.chats().length === 1);
    const heard = ben.events.findLast(({ type }) => type === 'chat');
    expect(heard).toMatchObject({ leaf: ana.leaf, text: 'Grüße 👋' });
    expect(ana.events.findLast(({ type }) => type === 'chat')).toEqual(heard);
    ben.act({ type: 'reaction', emoji: '👏' });
    await world.until(() => ana.events.some(({ type }) => type === 'reaction'));
    ana.act({ type: 'chat', text: '' });
    ana.act({ type: 'reaction', emoji: 'none of ours' });
    await world.pass(500);
    expect(ben.chats()).toHaveLength(1);
    expect(ben.events.filter(({ type }) => type === 'reaction')).toHaveLength(1);
  });

  it('of hands and names are told again to newcomers, and end with their leaf', async () => {
    const { world, ana, ben } = await two();
    ben.act({ type: 'hand', up: true });
    ben.act({ type: 'rename', name: 'Benjamin' });
    await world.until(() => hands(ana).includes('Benjamin'));
    const cem = await world.admitted(ana, 'Cem');
    await world.until(() => hands(cem).includes('Benjamin'));
    ben.act({ type: 'hand', up: false });
    await world.until(() => hands(cem).length === 0 && hands(ana).length === 0);
    ben.act({ type: 'hand', up: true });
    await world.until(() => hands(cem).length === 1);
    ana.act({ type: 'remove', leaf: ana.leafOf('Benjamin'), ban: false });
    await world.until(() => cem.names.length === 2);
    await world.admitted(ana, 'Dora'); // has the leaf that Ben had
    expect(cem.names).toEqual(['Ana', 'Cem', 'Dora']);
    expect(hands(cem)).toEqual([]);
  });

  it('of heads come every 10 s, and fit', async () => {
    const { world, ana, ben } = await two();
    const before = ana.said.filter(({ type }) => type === 'message').length;
    await world.pass(40_500);
    const said = ana.said.filter(({ type }) => type === 'message').length - before;
    expect(said).toBe(4);
    expect([ana.view.alarm, ben.view.alarm]).toEqual([null, null]);
  });
});

describe('keys of frames', () => {
  it('are sent with at once after a Remove', async () => {
    const { world, ana, ben } = await two();
    await world.admitted(ana, 'Cem');
    ben.frames.length = 0;
    ana.act({ type: 'remove', leaf: ana.leafOf('Cem'), ban: false });
    const took = await world.until(() => ben.frames.length >= 2);
    expect(took).toBeLessThanOrEqual(100);
    const { epoch } = ben.view;
    expect(ben.frames.slice(0, 2)).toMatchObject([
      { type: 'epoch', epoch, leaves: [ana.leaf], suite: 4, ownLeaf: ben.leaf },
      { type: 'send-with', epoch },
    ]);
    await world.pass(10_500);
    expect(ben.frames.filter(({ type }) => type === 'forget')).not.toHaveLength(0);
  });

  it('wait after an Add until everybody has them, a second at most', async () => {
    const { world, ana, ben } = await two();
    ana.frames.length = 0;
    // One member does not say that it is ready.
    ben.isMute = true;
    await world.admitted(ana, 'Cem');
    const { epoch } = ana.view;
    const epochAt = ana.frameTimes.at(-1) ?? 0;
    await world.until(() => ana.frames.some(({ type }) => type === 'send-with'));
    expect(world.time.now - epochAt).toBeGreaterThanOrEqual(900);
    expect(world.time.now - epochAt).toBeLessThanOrEqual(1200);
    expect(ana.frames.at(-1)).toEqual({ type: 'send-with', epoch });
    ben.isMute = false;
    ana.frames.length = 0;
    await world.admitted(ana, 'Dora');
    await world.until(() => ana.frames.some(({ type }) => type === 'send-with'));
    expect(world.time.now - (ana.frameTimes.at(-2) ?? 0)).toBeLessThanOrEqual(300);
  });

  it('name who has come to a leaf, and the bits of a leaf', async () => {
    const { world, ana } = await two();
    const cem = await world.admitted(ana, 'Cem');
    ana.act({ type: 'remove', leaf: ana.leafOf('Ben'), ban: false });
    await world.until(() => ana.names.length === 2);
    const dora = await world.admitted(ana, 'Dora');
    const epoch = cem.frames.findLast(({ type }) => type === 'epoch');
    expect(epoch).toMatchObject({ added: [dora.leaf], leafBits: 2, leaves: [0, 1] });
    expect(dora.frames[0]).toMatchObject({ type: 'epoch', added: [], ownLeaf: 1 });
  });

  it('have 32 bytes where the policy wants suite 5, and are the same for all', async () => {
    const world = await World.begin({ suite: 5, isHosted: false });
    const ana = await world.client('Ana');
    await world.until(() => ana.view.phase === 'in');
    const ben = await world.client('Ben');
    await world.until(() => ben.view.phase === 'in');
    const keys = [ana, ben].map((client) => client.frames.findLast(({ type }) => type === 'epoch'));
    const [one, other] = keys.map((key) => (key?.type === 'epoch' ? key.baseKey : null));
    expect(one).toHaveLength(32);
    expect(one).toEqual(other);
  });

  it('change every 10 minutes, by the designated member', async () => {
    const { world, ana, ben } = await two();
    const epoch = ben.view.epoch;
    ben.act({ type: 'code-matches', epoch });
    await world.until(() => ben.view.isCodeCompared);
    await world.pass(605_000);
    expect(ben.view.epoch).toBe(epoch + 1);
    expect(ana.said.filter(({ type }) => type === 'commit')).toHaveLength(2);
    expect(ben.said.filter(({ type }) => type === 'commit')).toHaveLength(0);
    expect(ben.view.isCodeCompared, 'nobody came or went').toBe(true);
    await world.admitted(ana, 'Cem');
    expect(ben.view.isCodeCompared).toBe(false);
  });
});

describe('people', () => {
  it('are verified by a token that every member checks, and else say so', async () => {
    const world = await World.begin({ isHosted: false });
    const asked: { token: IdToken; leafKey: Uint8Array; isKnocking: boolean }[] = [];
    const ana = await world.client(
      'Ana',
      {},
      {
        verifyToken: (question) => {
          asked.push(question);
          const isRight = question.token.idToken === 'a.right.one';
          return Promise.resolve(
            isRight ? { issuer: 'https://id.example.org', name: 'Ben B.' } : null,
          );
        },
      },
    );
    await world.until(() => ana.view.phase === 'in');
    const key = await makeSignatureKey();
    const signed = {
      signaturePrivate: key.private,
      signaturePublic: key.public,
      rz: bytes(32),
      idToken: 'a.right.one',
    };
    const ben = await world.client('Ben', { signed });
    await world.until(() => ben.view.phase === 'in');
    const standing = (name: string) =>
      ana.view.people.find((person) => person.name === name)?.standing;
    // Beside the mark stands the name that the issuer vouches for: not the one that he typed,
    await world.until(() => standing('Ben B.')?.kind === 'verified');
    expect(standing('Ben B.')).toEqual({
      kind: 'verified',
      issuer: 'https://id.example.org',
      name: 'Ben B.',
    });
    expect(asked[0]?.leafKey).toEqual(key.public);
    // nor one that he tells inside.
    ben.act({ type: 'rename', name: 'Ana' });
    await world.until(() => ben.said.some(({ type }) => type === 'message'));
    await world.pass(200);
    expect(ana.names).toEqual(['Ana', 'Ben B.']);
    const other = await makeSignatureKey();
    const cem = await world.client('Cem', {
      signed: {
        ...signed,
        idToken: 'a.wrong.one',
        signaturePrivate: other.private,
        signaturePublic: other.public,
      },
    });
    await world.until(() => cem.view.phase === 'in');
    await world.until(() => standing('Cem')?.kind === 'unverified');
    expect(standing('Ana')).toEqual({ kind: 'guest' });
  });

  it('are verified once the issuer can be asked, and not before', async () => {
    const world = await World.begin({ isHosted: false });
    let tries = 0;
    const verifyToken = () =>
      ++tries < 3
        ? Promise.reject(new Error('the issuer cannot be asked'))
        : Promise.resolve({ issuer: 'https://id.example.org', name: 'Ben B.' });
    const ana = await world.client('Ana', {}, { verifyToken });
    await world.until(() => ana.view.phase === 'in');
    const key = await makeSignatureKey();
    const signed = {
      signaturePrivate: key.private,
      signaturePublic: key.public,
      rz: bytes(32),
      idToken: 'a.right.one',
    };
    const ben = await world.client('Ben', { signed });
    await world.until(() => ben.view.phase === 'in');
    await world.pass(40_000);
    expect(tries).toBe(2);
    const last = () => ana.view.people.at(-1)?.standing;
    expect(last()).toEqual({ kind: 'unverified', reason: 'token' });
    await world.pass(31_000);
    expect(last()).toEqual({ kind: 'verified', issuer: 'https://id.example.org', name: 'Ben B.' });
    await world.pass(200_000);
    expect(tries).toBe(3);
  });

  it('whose identity the server does not give have no name', async () => {
    const world = await World.begin();
    const ana = await world.hostClient('Ana');
    const ben = await world.admitted(ana, 'Ben');
    world.service.blobs.clear();
    const cem = await world.client('Cem');
    await world.until(() => ana.view.knockers.length === 1);
    ana.act({ type: 'admit', knocks: ana.view.knockers.map(({ knock }) => knock) });
    await world.until(() => cem.view.phase === 'in');
    await world.pass(5000);
    const shown = cem.view.people.find(({ leaf }) => leaf === ben.leaf);
    expect(shown).toMatchObject({ name: '', standing: { kind: 'unverified', reason: 'missing' } });
    expect(cem.names).toContain('Cem');
  });

  it('who were met before are known by their device', async () => {
    const device = await keyPair();
    const world = await World.begin();
    const ana = await world.hostClient('Ana');
    await world.admitted(ana, 'Ben', { device });
    const seen = ana.events.flatMap((event) => (event.type === 'seen' ? [event.deviceKey] : []));
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen, 'our own is not told').toHaveLength(1);

    const next = await World.begin();
    const again = await next.hostClient('Ana', { seen: seen.map((key) => [key, 1234] as const) });
    await next.admitted(again, 'Ben', { device });
    const person = again.view.people.find(({ name }) => name === 'Ben');
    expect(person).toMatchObject({ seenSince: 1234 });
    const stranger = await next.admitted(again, 'Cem');
    expect(again.view.people.find(({ leaf }) => leaf === stranger.leaf)?.seenSince).toBeNull();
  });
});
