// A server that lies, and members who do: each ends in the alarm of its kind, and sending stops.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { base64url, fromBase64url } from '../../src/wire/base64';
import type { ServerMessage } from '../../src/wire/message';
import type { Line } from './support/service';
import { bytes, World, type Client } from './support/world';

vi.setConfig({ testTimeout: 120_000 });
afterEach(() => vi.restoreAllMocks());

async function three(): Promise<{ world: World; ana: Client; ben: Client; cem: Client }> {
  const world = await World.begin();
  const ana = await world.hostClient('Ana');
  const ben = await world.admitted(ana, 'Ben');
  const cem = await world.admitted(ana, 'Cem');
  return { world, ana, ben, cem };
}

/** Changes what one client hears. */
function lieTo(
  world: World,
  client: Client,
  change: (message: ServerMessage) => ServerMessage | null,
): void {
  world.service.lie = (line: Line, message) => (line === client.line ? change(message) : message);
}

const stopped = { type: 'stop' };

describe('a fork', () => {
  it('is a checkpoint of another history', async () => {
    const { world, ana, ben } = await three();
    const other = world.service.keeper.fork();
    const log = await other.append(bytes(10));
    lieTo(world, ben, (message) => (message.type === 'commit' ? { ...message, log } : message));
    ana.act({ type: 'lock', on: true });
    await world.until(() => ben.view.alarm === 'fork');
    expect(ben.frames.at(-1)).toEqual(stopped);
    expect(ben.view.isLocked).toBe(false);
    // It is for good: whatever comes now is not believed.
    lieTo(world, ben, (message) => message);
    ana.act({ type: 'lock', on: false });
    await world.pass(2000);
    expect(ben.view.alarm).toBe('fork');
    expect(ben.events.filter(({ type }) => type === 'send-again')).toHaveLength(1);
  });

  it('is a checkpoint that the server did not sign', async () => {
    const { world, ana, ben } = await three();
    lieTo(world, ben, (message) =>
      message.type === 'commit'
        ? { ...message, log: { ...message.log, checkpoint: message.log.checkpoint.slice(0, -6) } }
        : message,
    );
    ana.act({ type: 'lock', on: true });
    await world.until(() => ben.view.alarm === 'fork');
  });

  it('is another commit for the same epoch, shown to one member alone', async () => {
    // The server keeps two histories, both rightly signed: one for Ana and Ben, one for Cem.
    const { world, ana, ben, cem } = await three();
    const other = world.service.keeper.fork();
    const { message } = await ben.propose([]);
    lieTo(world, cem, (each) => {
      if (each.type !== 'commit') return each.type === 'message' ? null : each;
      void other
        .append(fromBase64url(each.message) ?? new Uint8Array())
        .then((log) => cem.driver.command({ type: 'heard', message: { ...each, log } }));
      return null;
    });
    const epoch = cem.view.epoch;
    const log = await other.append(message);
    cem.driver.command({
      type: 'heard',
      message: { type: 'commit', message: base64url(message), log },
    });
    await world.until(() => cem.view.epoch === epoch + 1);
    expect(cem.view.alarm, 'this one alone is as good as the other').toBeNull();
    ana.act({ type: 'lock', on: true });
    await world.until(() => ben.view.isLocked);
    expect(ben.view.epoch).toBe(cem.view.epoch);
    await world.until(() => cem.view.alarm === 'fork');
    ana.act({ type: 'lock', on: false });
    await world.until(() => !ben.view.isLocked);
    expect(cem.frames.at(-1)).toEqual(stopped);
    expect([ana.view.alarm, ben.view.alarm]).toEqual([null, null]);
  });

  it('is a commit that one member alone did not get: nothing that the others say can be read', async () => {
    const { world, ana, ben, cem } = await three();
    lieTo(world, cem, (message) => (message.type === 'commit' ? null : message));
    ana.act({ type: 'lock', on: true });
    await world.until(() => ben.view.isLocked);
    await world.until(() => cem.view.alarm === 'silence');
    expect(ben.view.alarm).toBeNull();
    // The next commit does not fit what Cem has.
    lieTo(world, cem, (message) => message);
    ana.act({ type: 'lock', on: false });
    await world.until(() => cem.view.alarm === 'fork');
  });

  it('shows in the heads of the others, but not in that of one alone', async () => {
    const { world, ana, ben, cem } = await three();
    ana.act({ type: 'lock', on: true });
    await world.until(() => ben.view.isLocked && cem.view.isLocked);
    const { size } = ana.member.instance.log;
    const tell = async (client: Client, at: number) => {
      const root = base64url(bytes(32));
      await client.member.talk.say({ type: 'head', size: at, root, epoch: ana.view.epoch });
    };
    await tell(ben, size);
    await world.pass(1000);
    expect(ana.view.alarm, 'one alone may lie').toBeNull();
    await tell(ben, size);
    await world.pass(1000);
    expect(ana.view.alarm, 'and does not become two').toBeNull();
    // Of a commit that has not reached Ana yet.
    await tell(cem, size + 1);
    await world.pass(1000);
    expect(ana.view.alarm).toBeNull();
    ana.act({ type: 'lock', on: false });
    await world.until(() => ana.view.alarm === 'fork');
    const said = ana.said.length;
    ana.act({ type: 'chat', text: 'to whom?' });
    await world.pass(1000);
    expect(ana.said).toHaveLength(said);
  });

  it('shows in the head of the only other one', async () => {
    const world = await World.begin();
    const ana = await world.hostClient('Ana');
    const ben = await world.admitted(ana, 'Ben');
    const root = base64url(bytes(32));
    const { size } = ana.member.instance.log;
    await ben.member.talk.say({ type: 'head', size, root, epoch: ana.view.epoch });
    await world.until(() => ana.view.alarm === 'fork');
  });

  it('is a commit that the server changed', async () => {
    const { world, ana, ben } = await three();
    lieTo(world, ben, (message) => {
      if (message.type !== 'commit') return message;
      const changed = fromBase64url(message.message) ?? new Uint8Array();
      changed[changed.length - 40] = (changed[changed.length - 40] ?? 0) ^ 1;
      return { ...message, message: base64url(changed) };
    });
    ana.act({ type: 'lock', on: true });
    await world.until(() => ben.view.alarm === 'fork');
  });
});

describe('a split', () => {
  /** Two histories from the next epoch on, for good: one for Ana and Ben, one for Cem and Dora. */
  async function halves(passesOn: boolean) {
    const { world, ana, ben, cem } = await three();
    const dora = await world.admitted(ana, 'Dora');
    const { service } = world;
    const others = [cem, dora];
    const isOther = (line: Line | null) => others.some((each) => each.line === line);
    const other = service.keeper.fork();
    const { message } = await cem.propose([]);
    const log = await other.append(message);
    let from: Line | null = null;
    const hear = service.hear.bind(service);
    service.hear = (line, each) => {
      from = line;
      return hear(line, each);
    };
    service.lie = (to, each) => {
      if (each.type === 'commit' && isOther(to)) return null;
      if (each.type === 'message' && !passesOn && isOther(from) !== isOther(to)) return null;
      return each;
    };
    const commit = { type: 'commit', message: base64url(message), log } as const;
    for (const each of others) each.driver.command({ type: 'heard', message: commit });
    ana.act({ type: 'lock', on: true });
    await world.until(() => [ana, ben, cem, dora].every(({ view }) => view.epoch === 4));
    return { world, ana, ben, cem, dora };
  }

  it.each([
    ['passes on what the halves say', true],
    ['lets nothing through between them', false],
  ])('in halves is seen by all within a minute, when the server %s', async (_, passesOn) => {
    const { world, ana, ben, cem, dora } = await halves(passesOn);
    const all = [ana, ben, cem, dora];
    expect(ana.view.code).toBe(ben.view.code);
    expect(cem.view.code).toBe(dora.view.code);
    expect(ana.view.code).not.toBe(cem.view.code);
    expect(all.map(({ view }) => view.alarm)).toEqual([null, null, null, null]);
    const took = await world.until(() => all.every(({ view }) => view.alarm === 'split'));
    expect(took).toBeGreaterThan(45_000);
    expect(took).toBeLessThanOrEqual(61_000);
  });

  it('is none when two of four lose the network and come back', async () => {
    const { world, ana, ben, cem } = await three();
    const dora = await world.admitted(ana, 'Dora');
    await world.pass(20_000);
    // As long as it may be until the server notices, and as it then keeps their seats.
    const lines = [cem.line, dora.line];
    world.service.lie = (to, message) => (lines.includes(to) ? null : message);
    const said = [cem.driver, dora.driver];
    for (const driver of said) driver.command({ type: 'line', isUp: false });
    await world.pass(40_000);
    for (const each of [cem, dora]) each.disconnect();
    await world.pass(29_000);
    for (const each of [cem, dora]) each.connect();
    await world.pass(40_000);
    for (const each of [ana, ben, cem, dora]) {
      expect(each.view.alarm).toBeNull();
      expect(each.events.some((event) => event.type === 'view' && event.view.alarm)).toBe(false);
    }
  });
});

describe('a commit that breaks a rule', () => {
  it('is one that was delivered before', async () => {
    const { world, ben } = await three();
    const old = world.service.keeper.entries.at(-1) ?? new Uint8Array();
    const log = await world.service.keeper.append(old);
    ben.driver.command({
      type: 'heard',
      message: { type: 'commit', message: base64url(old), log },
    });
    await world.until(() => ben.view.alarm === 'invalid-commit');
    expect(ben.frames.at(-1)).toEqual(stopped);
  });

  it('is no commit at all', async () => {
    const { world, ben } = await three();
    const junk = bytes(300);
    const log = await world.service.keeper.append(junk);
    ben.driver.command({
      type: 'heard',
      message: { type: 'commit', message: base64url(junk), log },
    });
    await world.until(() => ben.view.alarm === 'invalid-commit');
  });

  it('lets a guest in by somebody who is no host', async () => {
    const { world, ana, ben, cem } = await three();
    const eve = await world.client('Eve');
    await world.until(() => ana.view.knockers.length === 1);
    await ben.smuggle('Eve'); // the server goes along
    await world.until(() => ana.view.alarm === 'invalid-commit');
    await world.until(() => cem.view.alarm === 'invalid-commit');
    expect(ana.names).toEqual(['Ana', 'Ben', 'Cem']);
    expect([ana.frames.at(-1), cem.frames.at(-1)]).toEqual([stopped, stopped]);
    expect(eve.view.phase).not.toBe('in'); // no ic_state that fits
  });
});

describe('an admission', () => {
  it('is for the one who was shown, whatever the server calls a knock afterwards', async () => {
    const { world, ana } = await three();
    const bob = await world.client('Bob');
    const eve = await world.client('Eve');
    await world.until(() => ana.view.knockers.length === 2);
    const knock = ana.knockOf('Bob');
    // The server sees whom Ana admits, and refuses; then it gives the knock's name to Eve.
    world.service.onCommit = () => 'swallow';
    ana.act({ type: 'admit', knocks: [knock] });
    await world.until(() => ana.said.at(-1)?.type === 'commit');
    const refused = { type: 'refused', what: 'commit', reason: 'not_allowed' } as const;
    ana.driver.command({ type: 'heard', message: refused });
    await world.settle();
    ana.disconnect();
    world.service.onCommit = () => 'take';
    world.service.lie = (_, message) => {
      if (message.type !== 'knock') return message;
      return message.knock === knock ? null : { ...message, knock };
    };
    ana.connect();
    await world.pass(10_000);
    expect(ana.view.knockers.map(({ name }) => name)).toEqual(['Eve']);
    expect([eve.view.phase, bob.view.phase]).toEqual(['waiting', 'waiting']);
  });
});

describe('what passes again', () => {
  it('a Remove that does not come back within 5 s, and comes', async () => {
    const { world, ana, ben, cem } = await three();
    world.service.onCommit = (line) => (line === ana.line ? 'swallow' : 'take');
    ana.act({ type: 'remove', leaf: ana.leafOf('Cem'), ban: false });
    const took = await world.until(() => ana.view.alarm === 'withheld-removal');
    expect(took).toBeGreaterThanOrEqual(5000);
    expect(took).toBeLessThanOrEqual(5200);
    ana.act({ type: 'chat', text: 'now that Cem is gone' });
    await world.pass(500);
    expect([...ana.chats(), ...cem.chats()], 'Cem still has the keys').toEqual([]);
    const before = ana.events.filter(({ type }) => type === 'send-again').length;
    world.service.onCommit = () => 'take';
    await world.until(() => cem.view.phase === 'out' && ana.view.alarm === null);
    expect(ana.events.filter(({ type }) => type === 'send-again')).toHaveLength(before + 1);
    await world.until(() => ben.names.length === 2);
  });

  it('a Remove that waits behind another commit, which the server swallows', async () => {
    const { world, ana } = await three();
    world.service.onCommit = (line) => (line === ana.line ? 'swallow' : 'take');
    ana.act({ type: 'lock', on: true });
    await world.pass(500);
    ana.act({ type: 'remove', leaf: ana.leafOf('Cem'), ban: false });
    const took = await world.until(() => ana.view.alarm === 'withheld-removal');
    expect(took).toBeLessThanOrEqual(5200);
  });

  it('a Remove that a server holds back, which cuts the line before 5 s are over', async () => {
    const { world, ana } = await three();
    world.service.onCommit = (line) => (line === ana.line ? 'swallow' : 'take');
    ana.act({ type: 'remove', leaf: ana.leafOf('Cem'), ban: false });
    await world.pass(4000);
    ana.disconnect();
    await world.pass(1000);
    expect(ana.view.alarm, 'without a line nothing can come back').toBeNull();
    ana.connect();
    const took = await world.until(() => ana.view.alarm === 'withheld-removal');
    expect(took).toBeLessThanOrEqual(1200);
  });

  it('a Remove that is held back until the server has forgotten who wants it', async () => {
    const { world, ana } = await three();
    world.service.onCommit = (line) => (line === ana.line ? 'swallow' : 'take');
    ana.act({ type: 'remove', leaf: ana.leafOf('Cem'), ban: false });
    await world.pass(3000);
    world.service.forget(ana.session);
    for (let times = 0; times < 2; times++) {
      ana.disconnect();
      ana.connect();
      await world.until(() => ana.view.phase === (times === 0 ? 'knocking' : 'in'));
    }
    await world.until(() => ana.view.alarm === 'withheld-removal');
    world.service.onCommit = () => 'take';
    await world.until(() => ana.view.alarm === null);
    await world.together();
    expect(ana.names).toEqual(['Ana', 'Ben']);
  });

  it('silence of everybody for 60 s, and a word', async () => {
    const { world, ana, ben, cem } = await three();
    lieTo(world, ben, () => null);
    const took = await world.until(() => ben.view.alarm === 'silence');
    expect(took).toBeGreaterThan(45_000);
    expect(took).toBeLessThanOrEqual(60_200);
    lieTo(world, ben, (message) => message);
    ana.act({ type: 'chat', text: 'still here' });
    await world.until(() => ben.view.alarm === null);
    expect([ana.view.alarm, cem.view.alarm]).toEqual([null, null]);
  });

  it('nobody is decodable, and somebody is', async () => {
    const { world, ben } = await three();
    ben.driver.command({ type: 'undecodable', leaf: null, isSo: true });
    await world.until(() => ben.view.alarm === 'nobody-decodable');
    ben.driver.command({ type: 'undecodable', leaf: null, isSo: false });
    await world.until(() => ben.view.alarm === null);
  });

  it('one whose frames cannot be read is marked, and nobody else is troubled', async () => {
    const { world, ana, ben } = await three();
    ben.driver.command({ type: 'undecodable', leaf: ana.leaf, isSo: true });
    await world.until(() => ben.view.people.some(({ isUndecodable }) => isUndecodable));
    expect(ben.view.alarm).toBeNull();
    ben.driver.command({ type: 'undecodable', leaf: ana.leaf, isSo: false });
    await world.until(() => !ben.view.people.some(({ isUndecodable }) => isUndecodable));
  });
});

describe('nothing', () => {
  it('comes of garbage where a message should be', async () => {
    const { world, ana, ben } = await three();
    for (let round = 0; round < 20; round++) {
      ben.driver.command({
        type: 'heard',
        message: { type: 'message', message: base64url(bytes(1 + round * 40)) },
      });
    }
    ana.act({ type: 'chat', text: 'after the garbage' });
    await world.until(() => ben.chats().includes('after the garbage'));
    expect(ben.view.alarm).toBeNull();
  });

  it('comes of a member who says what no client says', async () => {
    const { world, ana, ben } = await three();
    await ana.sayRaw(new TextEncoder().encode('{"type":"chat","id":"x"}'));
    await ana.sayRaw(bytes(500));
    await ana.sayRaw(new TextEncoder().encode('{"type":"link","generation":9,"secret":"AAAA"}'));
    ana.act({ type: 'chat', text: 'then a word' });
    await world.until(() => ben.chats().includes('then a word'));
    expect(ben.view).toMatchObject({ alarm: null, generation: 1 });
  });
});
