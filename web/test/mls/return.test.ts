// Who was in comes back, and hosts act together: drivers with each other, in virtual time.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { keyPair, World } from './support/world';

vi.setConfig({ testTimeout: 120_000 });
afterEach(() => vi.restoreAllMocks());

describe('coming back', () => {
  it('reloads: the old leaf goes and the new one comes in one commit, nobody is asked', async () => {
    const world = await World.begin();
    const ana = await world.hostClient('Ana');
    const device = await keyPair();
    const ben = await world.admitted(ana, 'Ben', { device });
    const cem = await world.admitted(ana, 'Cem');
    const commits = world.service.commits;
    const session = ben.session;
    ben.driver.command({ type: 'stop' });
    ben.disconnect();
    const again = await world.client('Ben', { device }, {}, session);
    const took = await world.until(() => again.view.phase === 'in' && cem.view.epoch > 2);
    expect(took).toBeLessThan(1000);
    expect(world.service.commits).toBe(commits + 1);
    await world.together();
    expect(cem.names).toEqual(['Ana', 'Ben', 'Cem']);
    expect(again.leaf).toBe(1);
  });

  it('lets a sole host reload into a new instance when nobody else is there', async () => {
    const world = await World.begin();
    const device = await keyPair();
    const ana = await world.hostClient('Ana', { device });
    const code = ana.view.code;
    const session = ana.session;
    ana.driver.command({ type: 'stop' });
    ana.disconnect();
    world.service.expire(session);
    const again = await world.hostClient('Ana', { device });
    expect(again.view.epoch).toBe(0);
    expect(again.view.code).not.toBe(code);
    await world.admitted(again, 'Ben');
  });

  it('lets a sole host reload into the meeting of the guests', async () => {
    const world = await World.begin();
    const device = await keyPair();
    const ana = await world.hostClient('Ana', { device });
    const ben = await world.admitted(ana, 'Ben');
    const session = ana.session;
    ana.driver.command({ type: 'stop' });
    ana.disconnect();
    const again = await world.client('Ana', { device, host: world.host }, {}, session);
    await world.until(() => again.view.phase === 'in');
    await world.together();
    expect(ben.names).toEqual(['Ana', 'Ben']);
    expect(again.view.mayAdmit).toBe(true);
    await world.admitted(again, 'Cem');
  });

  it('lets the host in on a second device, by the host key alone', async () => {
    const world = await World.begin();
    const ana = await world.hostClient('Ana');
    const ben = await world.admitted(ana, 'Ben');
    ana.act({ type: 'lock', on: true });
    await world.until(() => ben.view.isLocked);
    const phone = await world.hostClient('Ana');
    await world.together();
    expect(phone.view.mayAdmit).toBe(true);
    expect(phone.view.people.filter(({ isHost }) => isHost)).toHaveLength(2);
    phone.act({ type: 'lock', on: false });
    await world.until(() => !ben.view.isLocked);
  });

  it('begins a new instance when the host comes back after everybody was gone', async () => {
    const world = await World.begin();
    const ana = await world.hostClient('Ana');
    const ben = await world.admitted(ana, 'Ben');
    const old = ana.view.code;
    for (const client of [ben, ana]) {
      client.act({ type: 'leave' });
      await world.until(() => client.view.phase === 'out');
      client.leave();
    }
    await world.pass(500);
    const cem = await world.client('Cem');
    await world.until(() => cem.view.phase === 'waiting-for-host');
    const again = await world.hostClient('Ana');
    await world.until(() => again.view.knockers.length === 1);
    again.act({ type: 'admit', knocks: [again.knockOf('Cem')] });
    await world.until(() => cem.view.phase === 'in');
    expect(again.view.code).not.toBe(old);
  });

  it('takes up what was missed while the socket was gone', async () => {
    const world = await World.begin();
    const ana = await world.hostClient('Ana');
    const ben = await world.admitted(ana, 'Ben');
    const cem = await world.admitted(ana, 'Cem');
    ben.disconnect();
    ben.act({ type: 'chat', text: 'said without a socket' });
    await world.admitted(ana, 'Dora');
    ana.act({ type: 'remove', leaf: ana.leafOf('Cem'), ban: false });
    await world.until(() => cem.view.phase === 'out');
    expect(ben.view.epoch).toBeLessThan(ana.view.epoch);
    ben.connect();
    await world.until(() => ben.view.epoch === ana.view.epoch);
    await world.together();
    expect(ben.names).toEqual(['Ana', 'Ben', 'Dora']);
    await world.until(() => ana.chats().includes('said without a socket'));
  });

  it('says a commit again when nobody knows whether it arrived', async () => {
    const world = await World.begin();
    const ana = await world.hostClient('Ana');
    const ben = await world.admitted(ana, 'Ben');
    // It is taken, and the socket goes before it comes back.
    world.service.lie = (line, message) =>
      line === ana.line && message.type === 'commit' ? null : message;
    ana.act({ type: 'lock', on: true });
    await world.until(() => ben.view.isLocked);
    expect(ana.view.isLocked).toBe(false);
    ana.disconnect();
    world.service.lie = (_, message) => message;
    ana.connect();
    await world.until(() => ana.view.isLocked);
    // And this one does not arrive at all.
    world.service.onCommit = () => 'swallow';
    ana.act({ type: 'lock', on: false });
    await world.pass(500);
    ana.disconnect();
    world.service.onCommit = () => 'take';
    ana.connect();
    await world.until(() => !ben.view.isLocked && !ana.view.isLocked);
    await world.together();
    expect(ana.view.alarm).toBeNull();
  });

  it('knocks anew when its seat is unknown, in the place of its old leaf', async () => {
    const world = await World.begin();
    const ana = await world.hostClient('Ana');
    const ben = await world.admitted(ana, 'Ben');
    const session = ben.session;
    ben.disconnect();
    world.service.forget(session);
    ben.connect();
    await world.until(() => ben.view.phase === 'knocking');
    ben.disconnect();
    ben.connect();
    await world.until(() => ben.view.phase === 'in');
    await world.together();
    expect(ana.names).toEqual(['Ana', 'Ben']);
    expect(ben.said.findLast(({ type }) => type === 'knock')).toMatchObject({ replaces: session });
  });
});

describe('hosts together', () => {
  it('makes a co-host, who admits, and whom newcomers know as one', async () => {
    const world = await World.begin();
    const ana = await world.hostClient('Ana');
    const ben = await world.admitted(ana, 'Ben');
    expect(ben.view.mayAdmit).toBe(false);
    ana.act({ type: 'make-cohost', leaf: ana.leafOf('Ben') });
    await world.until(() => ben.view.mayAdmit);
    expect(ben.said.some(({ type }) => type === 'authority')).toBe(true);
    ana.disconnect();
    const cem = await world.admitted(ben, 'Cem');
    await world.until(() => cem.view.people.filter(({ isHost }) => isHost).length === 2);
    ana.connect();
    await world.together();
    // A co-host cannot make another one.
    ben.act({ type: 'make-cohost', leaf: ben.leafOf('Cem') });
    await world.pass(1000);
    expect(cem.view.mayAdmit).toBe(false);
  });

  it('loses a race, and makes its commit anew', async () => {
    const world = await World.begin();
    const ana = await world.hostClient('Ana');
    const ben = await world.admitted(ana, 'Ben');
    ana.act({ type: 'make-cohost', leaf: ana.leafOf('Ben') });
    await world.until(() => ben.view.mayAdmit);
    const before = world.service.refusals.length;
    ana.act({ type: 'lock', on: true });
    ben.act({ type: 'new-link' });
    await world.until(() => ana.view.generation === 2 && ben.view.generation === 2);
    await world.until(() => ana.view.isLocked && ben.view.isLocked);
    await world.together();
    expect(world.service.refusals.length).toBeGreaterThan(before);
    expect(ana.view.newSecret).toEqual(ben.view.newSecret);
    expect([ana.view.alarm, ben.view.alarm]).toEqual([null, null]);
  });

  it('does nothing that a guest asks of the group', async () => {
    const world = await World.begin();
    const ana = await world.hostClient('Ana');
    const ben = await world.admitted(ana, 'Ben');
    const epoch = ana.view.epoch;
    ben.act({ type: 'remove', leaf: ben.leafOf('Ana'), ban: true });
    ben.act({ type: 'lock', on: true });
    ben.act({ type: 'new-link' });
    await world.pass(3000);
    expect(ana.view).toMatchObject({ epoch, isLocked: false, generation: 1 });
    // Nor later, when he may.
    ana.act({ type: 'make-cohost', leaf: ana.leafOf('Ben') });
    await world.until(() => ben.view.mayAdmit);
    await world.pass(2000);
    expect(ana.view).toMatchObject({ epoch, isLocked: false, generation: 1 });
  });
});
