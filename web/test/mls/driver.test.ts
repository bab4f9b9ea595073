// Drivers with each other, over a delivery service in memory, in virtual time.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { fromBase64url } from '../../src/wire/base64';
import { decode } from './support/attacker';
import { BATCH_MS } from '../../src/mls/wishes';
import { bytes, keyPair, World } from './support/world';

vi.setConfig({ testTimeout: 120_000 });
afterEach(() => vi.restoreAllMocks());

describe('coming in', () => {
  it('begins a group as the host, and admits one who knocks', async () => {
    const world = await World.begin();
    const ana = await world.hostClient('Ana');
    expect(ana.view).toMatchObject({ epoch: 0, mayAdmit: true, isHosted: true, hasLobby: true });
    const ben = await world.client('Ben');
    await world.until(() => ana.view.knockers.length === 1);
    expect(ana.view.knockers[0]).toMatchObject({
      name: 'Ben',
      standing: { kind: 'guest' },
      isOldLink: false,
      isBanned: false,
    });
    expect(ben.view.phase).toBe('waiting');
    expect(ben.frames).toEqual([]);
    ana.act({ type: 'admit', knocks: [ana.knockOf('Ben')] });
    await world.until(() => ben.view.phase === 'in');
    await world.together();
    expect(ben.names).toEqual(['Ana', 'Ben']);
    expect(ana.names).toEqual(['Ana', 'Ben']);
    expect(ana.view.code).toMatch(/^\d{30}$/);
    expect(ben.view.code).toBe(ana.view.code);
    expect(ben.view.emoji).toEqual(ana.view.emoji);
    expect(ana.view.knockers).toEqual([]);
    expect(ben.view.people.map(({ isHost }) => isHost)).toEqual([true, false]);
  });

  it('waits for a host who is not there, and shows a note to the one who comes', async () => {
    const world = await World.begin();
    const ben = await world.client('Ben');
    await world.until(() => ben.view.phase === 'waiting-for-host');
    ben.act({ type: 'note', text: 'It is me, Ben from choir' });
    ben.driver.command({ type: 'line', isUp: true }); // knocks again, with the note
    await world.pass(200);
    const ana = await world.hostClient('Ana');
    await world.until(() => ana.view.knockers.some(({ note }) => note !== null));
    expect(ana.view.knockers.at(-1)?.note).toBe('It is me, Ben from choir');
    expect(ben.view.phase).toBe('waiting');
    expect(ben.frames).toEqual([]);
  });

  it('declines', async () => {
    const world = await World.begin();
    const ana = await world.hostClient('Ana');
    const ben = await world.client('Ben');
    await world.until(() => ana.view.knockers.length === 1);
    ana.act({ type: 'decline', knock: ana.knockOf('Ben') });
    await world.until(() => ben.view.phase === 'out');
    expect(ana.view.knockers).toEqual([]);
    expect(ana.view.epoch).toBe(0);
  });

  it('admits all who wait in one commit', async () => {
    const world = await World.begin();
    const ana = await world.hostClient('Ana');
    const names = ['Ben', 'Cem', 'Dora'];
    for (const name of names) await world.client(name);
    await world.until(() => ana.view.knockers.length === 3);
    ana.act({ type: 'admit', knocks: ana.view.knockers.map(({ knock }) => knock) });
    await world.until(() => world.clients.every(({ view }) => view.phase === 'in'));
    await world.together();
    expect(world.service.commits).toBe(1);
    expect(ana.names).toEqual(['Ana', ...names]);
  });

  it('needs nobody in a meeting without hosts', async () => {
    const world = await World.begin({ isHosted: false });
    const ana = await world.client('Ana');
    await world.until(() => ana.view.phase === 'in');
    expect(ana.view).toMatchObject({ mayAdmit: true, isHosted: false, hasLobby: false });
    const ben = await world.client('Ben');
    await world.until(() => ben.view.phase === 'in');
    const cem = await world.client('Cem');
    await world.until(() => cem.view.phase === 'in');
    await world.together();
    // The one with the lowest leaf is the one who commits.
    expect(
      [ana, ben, cem].map((client) => client.said.some(({ type }) => type === 'commit')),
    ).toEqual([true, false, false]);
  });

  it('makes no second commit with Adds within 250 ms', async () => {
    const world = await World.begin({ isHosted: false });
    const ana = await world.client('Ana');
    await world.until(() => ana.view.phase === 'in');
    const ben = await world.client('Ben');
    await world.until(() => ben.view.phase === 'in');
    const cem = await world.client('Cem');
    await world.until(() => cem.view.phase === 'in');
    const times = ana.frameTimes.filter((_, index) => ana.frames[index]?.type === 'epoch');
    expect(times).toHaveLength(3);
    const [begun = 0, first = 0, second = 0] = times;
    expect(Math.min(first - begun, second - first)).toBeGreaterThanOrEqual(BATCH_MS);
  });

  it('begins one group when two come at once', async () => {
    const world = await World.begin({ isHosted: false });
    const [ana, ben] = [await world.client('Ana'), await world.client('Ben')];
    await world.until(() => ana.view.phase === 'in' && ben.view.phase === 'in');
    await world.together();
    expect(world.service.refusals).toContain('create');
    expect(ana.names).toEqual(['Ana', 'Ben']);
    expect(ben.names).toEqual(['Ana', 'Ben']);
  });

  it('stays in the group that it was let into, whatever comes of one that it wanted to begin', async () => {
    const world = await World.begin();
    const ana = await world.hostClient('Ana');
    // The server lets a host begin a group, and lets the group that is there add her.
    world.service.lie = (line, message) => {
      if (line === ana.line) return message;
      if (message.type === 'waiting') return { ...message, group: 'none' };
      return message.type === 'refused' ? null : message;
    };
    const bea = await world.hostClient('Bea');
    await world.together();
    const create = bea.said.find(({ type }) => type === 'create');
    const begun = fromBase64url(create?.type === 'create' ? create.group_info : '');
    const info = decode(begun ?? new Uint8Array());
    if (!begun || info.wireformat !== 'mls_group_info') throw new Error('no group was begun');
    const keeper = world.service.keeper.fork();
    keeper.begin(info.groupInfo.groupContext.groupId);
    const log = await keeper.append(begun);
    bea.driver.command({ type: 'heard', message: { type: 'created', log } });
    await world.settle();
    expect(bea.names, 'she must see who sees her').toEqual(['Ana', 'Bea']);
    expect(bea.view.code).toBe(ana.view.code);
  });

  it('refuses a policy that is not the one of the link', async () => {
    const world = await World.begin();
    const ben = await world.client('Ben', { policyHash: bytes(16) });
    await world.until(() => ben.view.phase === 'out');
    expect(ben.events).toContainEqual({ type: 'refused', reason: 'wrong-policy' });
    expect(ben.frames).toEqual([{ type: 'stop' }]);
  });

  it('refuses a meeting that does not know the secret', async () => {
    // A server that runs a meeting of its own with the same policy: it cannot know what is in the link.
    const world = await World.begin({ isHosted: false });
    const fake = await world.client('Mallory', { secret: bytes(16) });
    await world.until(() => fake.view.phase === 'in');
    const ben = await world.client('Ben');
    await world.pass(5000);
    expect(ben.view.phase).not.toBe('in');
    expect(fake.names).toEqual(['Mallory']);
  });

  it('knocks again before its KeyPackage is too old', async () => {
    const world = await World.begin();
    const ana = await world.hostClient('Ana');
    const ben = await world.client('Ben');
    await world.until(() => ana.view.knockers.length === 1);
    await world.pass(481_000);
    await world.until(() => ben.said.filter(({ type }) => type === 'knock').length === 2);
    await world.until(() => ana.view.knockers.length === 1);
    ana.act({ type: 'admit', knocks: [ana.knockOf('Ben')] });
    await world.until(() => ben.view.phase === 'in');
  });

  it('does not admit an old link, and says so', async () => {
    const world = await World.begin();
    const ana = await world.hostClient('Ana');
    const ben = await world.admitted(ana, 'Ben');
    const cem = await world.client('Cem');
    await world.until(() => ana.view.knockers.length === 1);
    ana.act({ type: 'new-link' });
    await world.until(() => ana.view.generation === 2 && ben.view.generation === 2);
    // Who waits with the old link is told at once; who comes with it later, too.
    await world.until(() => cem.view.phase === 'out');
    const dora = await world.client('Dora');
    await world.until(() => dora.view.phase === 'out');
    expect(ana.view.newSecret).toHaveLength(16);
    expect(ben.view.newSecret).toEqual(ana.view.newSecret);

    const secret = new Uint8Array(ana.view.newSecret ?? []);
    const eva = await world.admitted(ana, 'Eva', { secret });
    expect(eva.names, 'those who came with the old link have names').toEqual(['Ana', 'Ben', 'Eva']);
    expect(eva.view.generation).toBe(2);
  });
});

describe('who is out', () => {
  it('removes and bans: the others have new keys at once, and he does not come back', async () => {
    const world = await World.begin();
    const ana = await world.hostClient('Ana');
    const device = await keyPair();
    const ben = await world.admitted(ana, 'Ben', { device });
    const cem = await world.admitted(ana, 'Cem');
    const benLeaf = ana.leafOf('Ben');
    cem.frames.length = 0;
    ana.act({ type: 'remove', leaf: benLeaf, ban: true });
    await world.until(() => ben.view.phase === 'out' && cem.names.length === 2);
    expect(ben.events).toContainEqual({ type: 'removed-by', leaf: benLeaf, by: ana.leaf });
    expect(cem.events).toContainEqual({ type: 'removed-by', leaf: benLeaf, by: ana.leaf });
    expect(ben.frames.at(-1)).toEqual({ type: 'stop' });
    const epoch = cem.view.epoch;
    expect(cem.frames.map(({ type }) => type).slice(0, 2)).toEqual(['epoch', 'send-with']);
    expect(cem.frames[0]).toMatchObject({ epoch, leaves: [ana.leaf] });

    const again = await world.client('Ben', { device });
    await world.until(() => again.view.phase === 'out');
    expect(ana.names).toEqual(['Ana', 'Cem']);
    // The ban is told to who comes later: a co-host, too, declines.
    const other = await world.client('Bertha', { device });
    await world.until(() => other.view.phase === 'out');
  });

  it('removes without a ban: he may knock again', async () => {
    const world = await World.begin();
    const ana = await world.hostClient('Ana');
    const device = await keyPair();
    const ben = await world.admitted(ana, 'Ben', { device });
    ana.act({ type: 'remove', leaf: ana.leafOf('Ben'), ban: false });
    await world.until(() => ben.view.phase === 'out');
    await world.admitted(ana, 'Ben', { device });
    expect(ana.view.people.find(({ name }) => name === 'Ben')?.isUndecodable).toBe(false);
  });

  it('locks: nobody new, but reloads and hosts; unlocks', async () => {
    const world = await World.begin();
    const ana = await world.hostClient('Ana');
    const device = await keyPair();
    const ben = await world.admitted(ana, 'Ben', { device });
    ana.act({ type: 'lock', on: true });
    await world.until(() => ana.view.isLocked && ben.view.isLocked);
    const cem = await world.client('Cem');
    await world.until(() => ana.view.knockers.length === 1);
    ana.act({ type: 'admit', knocks: [ana.knockOf('Cem')] });
    await world.pass(3000);
    expect(cem.view.phase).toBe('waiting');
    const again = await world.client('Ben', { device }, {}, ben.session);
    await world.until(() => again.view.phase === 'in');
    ana.act({ type: 'lock', on: false });
    await world.until(() => cem.view.phase === 'in');
    await world.together();
  });

  it('leaves, and is removed by the others', async () => {
    const world = await World.begin();
    const ana = await world.hostClient('Ana');
    const ben = await world.admitted(ana, 'Ben');
    ben.act({ type: 'leave' });
    await world.until(() => ben.view.phase === 'out');
    ben.leave();
    await world.until(() => ana.names.length === 1);
    expect(ben.frames.at(-1)).toEqual({ type: 'stop' });
  });

  it('is lost, and is removed by the designated one, or by the next when that one is silent', async () => {
    const world = await World.begin({ isHosted: false });
    const ana = await world.client('Ana');
    await world.until(() => ana.view.phase === 'in');
    const clients = [ana];
    for (const name of ['Ben', 'Cem', 'Dora']) {
      const client = await world.client(name);
      await world.until(() => client.view.phase === 'in');
      clients.push(client);
    }
    const [, ben, cem, dora] = clients;
    if (!ben || !cem || !dora) throw new Error('they are not in');
    await world.together();
    const lost = dora.session;
    dora.disconnect();
    // Ana has the lowest leaf; her commits are swallowed on the way.
    world.service.onCommit = (line) => (line === ana.line ? 'swallow' : 'take');
    world.service.expire(lost);
    const took = await world.until(() => cem.names.length === 3);
    expect(took).toBeGreaterThanOrEqual(1000);
    expect(took).toBeLessThan(2500);
    expect(ben.said.some(({ type }) => type === 'commit')).toBe(true);
    expect(cem.said.some(({ type }) => type === 'commit')).toBe(false);
    world.service.onCommit = () => 'take';
    await world.together();
  });
});
