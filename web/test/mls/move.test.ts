// The node of a meeting is lost, and its members bring the meeting to another one: drivers with each other,
// in virtual time.

import { afterEach, describe, expect, it, vi } from 'vitest';
import type { GroupEvent } from '../../src/wire/group';
import type { Restored, ServerMessage } from '../../src/wire/message';
import { base64url } from '../../src/wire/base64';
import type { Service } from './support/service';
import { LogKeeper } from './support/note_key';
import { World, type Client } from './support/world';

vi.setConfig({ testTimeout: 120_000 });
afterEach(() => vi.restoreAllMocks());

const DE1 = 'de1.example.org';

interface Trio {
  readonly world: World;
  readonly ana: Client;
  readonly ben: Client;
  readonly de1: Service;
}

async function meeting(): Promise<Trio> {
  const world = await World.begin();
  const ana = await world.hostClient('Ana');
  const ben = await world.admitted(ana, 'Ben');
  await world.together();
  const de1 = await world.addNode(DE1);
  return { world, ana, ben, de1 };
}

/** The node goes, and so do all lines to it. */
async function die(world: World, ...clients: readonly Client[]): Promise<void> {
  for (const client of clients) client.disconnect();
  await world.settle();
}

const eventsOf = (client: Client, type: GroupEvent['type']): GroupEvent[] =>
  client.events.filter((event) => event.type === type);
const saidBy = (client: Client, type: string): number =>
  client.said.filter((message) => message.type === type).length;
/** What the node answers to `restore` is changed. */
function changeRestored(service: Service, change: (told: Restored) => Partial<Restored>): void {
  service.lie = (_, told): ServerMessage =>
    told.type === 'restored' ? { ...told, ...change(told) } : told;
}

describe('a meeting whose node is lost', () => {
  it('goes on at another one, in the same epoch, with the same keys and the same people', async () => {
    const { world, ana, ben, de1 } = await meeting();
    const { epoch, code } = ana.view;
    const frames = ana.frames.length;
    await die(world, ana, ben);
    ana.connect(DE1);
    await world.until(() => eventsOf(ana, 'moved').length === 1);
    ben.connect(DE1);
    await world.until(() => eventsOf(ben, 'moved').length === 1);
    expect(ana.view).toMatchObject({ epoch, code, phase: 'in', alarm: null });
    expect(ben.names).toEqual(['Ana', 'Ben']);
    expect(ana.frames).toHaveLength(frames);
    expect([ana.at, ben.at]).toEqual([DE1, DE1]);
    ben.act({ type: 'chat', text: 'still here' });
    await world.until(() => ana.chats().includes('still here'));
    // The log goes on, under the key and the origin of the node.
    const cem = await world.client('Cem', {}, { admitNode: () => Promise.resolve(true) });
    cem.disconnect();
    cem.connect(DE1);
    await world.until(() => ana.view.knockers.length === 1);
    ana.act({ type: 'admit', knocks: [ana.knockOf('Cem')] });
    await world.until(() => cem.view.phase === 'in');
    await world.together();
    expect(de1.keeper.frontier.size).toBe(ana.view.epoch + 1);
    expect([ana.view.alarm, ben.view.alarm, cem.view.alarm]).toEqual([null, null, null]);
  });

  it('says what waited for the line, and its commits again', async () => {
    const { world, ana, ben } = await meeting();
    world.service.onCommit = () => 'swallow';
    ana.act({ type: 'lock', on: true });
    await world.pass(300);
    await die(world, ana, ben);
    ben.act({ type: 'chat', text: 'into the dark' });
    for (const client of [ana, ben]) client.connect(DE1);
    await world.until(() => ben.view.isLocked && ana.view.isLocked);
    await world.until(() => ana.chats().includes('into the dark'));
    await world.together();
  });

  it('goes from node to node, and back', async () => {
    const { world, ana, ben } = await meeting();
    await world.addNode('nl1.example.org');
    for (const node of [DE1, 'nl1.example.org']) {
      await die(world, ana, ben);
      for (const client of [ana, ben]) client.connect(node);
      await world.until(() => ana.at === node && ben.at === node);
    }
    ben.disconnect();
    ben.connect();
    await world.settle();
    expect(saidBy(ben, 'resume')).toBe(1); // at the node that it has now
    expect([ana.view.alarm, ben.view.alarm]).toEqual([null, null]);
  });

  it('says to a node that may not have it nothing at all', async () => {
    const { world, ana } = await meeting();
    await die(world, ana);
    ana.admits = () => false;
    const before = ana.said.length;
    ana.connect(DE1);
    await world.pass(1000);
    expect(ana.said).toHaveLength(before);
    expect(eventsOf(ana, 'node-unfit')).toEqual([{ type: 'node-unfit', node: DE1 }]);
    expect(ana.view.phase).toBe('in');
  });

  it('says nothing when the line is gone before the node has shown itself', async () => {
    const { world, ana } = await meeting();
    await die(world, ana);
    ana.connect(DE1);
    ana.disconnect();
    await world.pass(1000);
    expect(saidBy(ana, 'restore')).toBe(0);
  });

  it('is brought with the proof that somebody who may admit is in it', async () => {
    const { world, ana, ben } = await meeting();
    await die(world, ana, ben);
    ben.connect(DE1);
    ana.connect(DE1);
    await world.until(() => ana.at === DE1 && ben.at === DE1);
    const [guest, host] = [ben, ana].map((each) =>
      each.said.find(({ type }) => type === 'restore'),
    );
    const state = { locked: false, generation: 1, witness: ana.leaf };
    expect(guest).toMatchObject(state);
    expect(host).toMatchObject(state); // one's own, where there is one
  });

  it('is come to without that proof by who knows of nobody', async () => {
    const { world, ana, ben } = await meeting();
    vi.spyOn(ben.member.instance, 'witness').mockReturnValue(null);
    await die(world, ana, ben);
    ana.connect(DE1);
    await world.until(() => ana.at === DE1);
    ben.connect(DE1);
    await world.until(() => ben.at === DE1);
    expect(ben.said.find(({ type }) => type === 'restore')).not.toHaveProperty('authority');
  });
});

describe('an answer of another node', () => {
  /** Ben has missed a commit; and the meeting is with the node as `first` has it. */
  async function apart(first: 'ana' | 'ben'): Promise<Trio> {
    const trio = await meeting();
    const { world, ana, ben } = trio;
    ben.disconnect();
    ana.act({ type: 'lock', on: true });
    await world.until(() => ana.view.isLocked);
    expect(ben.view.epoch).toBe(ana.view.epoch - 1);
    await die(world, ana);
    trio[first].connect(DE1);
    await world.until(() => eventsOf(trio[first], 'moved').length === 1);
    return trio;
  }

  it('of an epoch that is over is never accepted: it ends, and no key is left', async () => {
    const { world, ana } = await apart('ben');
    ana.connect(DE1);
    await world.until(() => ana.view.phase === 'out');
    expect(eventsOf(ana, 'refused')).toEqual([{ type: 'refused', reason: 'behind' }]);
    expect(eventsOf(ana, 'moved')).toEqual([]);
    expect(ana.frames.at(-1)).toEqual({ type: 'stop' });
  });

  it('of a later epoch is followed by a knock in the place of the old leaf', async () => {
    const { world, ana, ben } = await apart('ana');
    ben.connect(DE1);
    await world.until(() => eventsOf(ben, 'seat-lost').length === 1);
    expect(ben.view.phase).toBe('knocking');
    const session = ben.session;
    ben.disconnect();
    ben.connect(DE1);
    await world.until(() => ben.view.phase === 'in');
    expect(ben.said.findLast(({ type }) => type === 'knock')).toMatchObject({ replaces: session });
    await world.together();
    expect(ana.names).toEqual(['Ana', 'Ben']);
    expect(ben.view).toMatchObject({ isLocked: true, alarm: null });
  });

  const LIES: readonly (readonly [string, (told: Restored, forger: LogKeeper) => unknown])[] = [
    [
      'with another root',
      (told) => ({
        log: {
          ...told.log,
          checkpoint: told.log.checkpoint.replace(/\n[^\n]{44}\n/, `\n${'A'.repeat(43)}=\n`),
        },
      }),
    ],
    ['signed by another key', (_, forger) => ({ log_key: forger.verifier })],
    ['with a key that is none', () => ({ log_key: 'de1.example.org+00000000+AA' })],
    ['of another size', (told) => ({ log: { ...told.log, size: told.log.size + 1 } })],
    ['with another leaf', (told) => ({ leaf: told.leaf + 1 })],
    ['whose epoch and log do not fit', (told) => ({ epoch: told.epoch + 1 })],
  ];

  it.each(LIES)('%s is a fork', async (_, lie) => {
    const { world, ana, ben, de1 } = await meeting();
    const forger = await LogKeeper.of(DE1);
    await die(world, ana, ben);
    changeRestored(de1, (told) => lie(told, forger) as Partial<Restored>);
    ana.connect(DE1);
    await world.until(() => ana.view.alarm === 'fork');
    expect(eventsOf(ana, 'moved')).toEqual([]);
    expect(ana.at).toBeNull();
    // And nothing is brought anywhere any more.
    ana.disconnect();
    ana.connect(DE1);
    await world.pass(1000);
    expect(saidBy(ana, 'restore')).toBe(1);
  });

  it('of another history is a fork', async () => {
    const { world, ana, ben, de1 } = await meeting();
    await die(world, ana, ben);
    ana.connect(DE1);
    await world.until(() => eventsOf(ana, 'moved').length === 1);
    const [last] = de1.keeper.frontier.hashes;
    if (!last) throw new Error('an empty log');
    last[0] = (last[0] ?? 0) ^ 1;
    ben.connect(DE1);
    await world.until(() => ben.view.alarm === 'fork');
  });

  it('that nobody asked for is passed over', async () => {
    const { world, ana } = await meeting();
    const answer: ServerMessage = {
      type: 'restored',
      session: base64url(new Uint8Array(16)),
      peer: 'x',
      leaf: 0,
      epoch: 0,
      log_key: world.service.keeper.verifier,
      log: { size: 1, checkpoint: 'x' },
    };
    ana.driver.command({ type: 'heard', message: answer });
    await world.pass(500);
    expect(ana.view).toMatchObject({ phase: 'in', alarm: null });
  });

  it('with a new key for a log that is known is a fork', async () => {
    const { world, ana, ben, de1 } = await meeting();
    await die(world, ana, ben);
    ana.connect(DE1);
    await world.until(() => ana.at === DE1);
    await world.addNode('nl1.example.org');
    ana.disconnect();
    ana.connect('nl1.example.org');
    await world.until(() => ana.at === 'nl1.example.org');
    const forger = await LogKeeper.of(DE1);
    forger.origin = de1.keeper.origin;
    const log = await forger.head(de1.keeper.frontier);
    changeRestored(de1, () => ({ log_key: forger.verifier, log }));
    ana.disconnect();
    ana.connect(DE1);
    await world.until(() => ana.view.alarm === 'fork');
  });
});
