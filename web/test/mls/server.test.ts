// Drivers over the real server. IC_SERVER names its binary; without it there is nothing to test here.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeMeeting, RealClient, until } from './support/real';
import { keyPair } from './support/world';
// @ts-expect-error: a script of the browser tests, without types
import { Server } from '../../../tests/e2e/lib/server.mjs';

interface RunningServer {
  readonly url: string;
  start(): Promise<unknown>;
  stop(signal?: string): Promise<unknown>;
  forget(): void;
}

const binary = process.env['IC_SERVER'];
const PORT = 18_600 + (process.pid % 300);
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

describe.skipIf(binary === undefined)('over the real server', () => {
  let server: RunningServer;
  beforeAll(async () => {
    const options = { binary, port: PORT, mediaPort: PORT + 1000 };
    server = new (Server as new (of: unknown) => RunningServer)(options);
    await server.start();
  });
  afterAll(async () => {
    expect(await server.stop()).toBe(0);
    server.forget();
  });

  it('lets people in, locks, bans, renews the link, and lets who reloads back in', async () => {
    const meeting = await makeMeeting(server.url);
    const device = await keyPair();
    const all: RealClient[] = [];
    const come = async (
      ...of: Parameters<typeof RealClient.come> extends [unknown, ...infer R] ? R : never
    ) => {
      const client = await RealClient.come(meeting, ...of);
      all.push(client);
      return client;
    };
    const ana = await come('Ana', { host: meeting.host });
    await until('Ana is in', () => ana.view.phase === 'in', all);
    const ben = await come('Ben', { device });
    const cem = await come('Cem');
    await until('two knock', () => ana.view.knockers.length === 2, all);
    ana.act({ type: 'admit', knocks: ana.view.knockers.map(({ knock }) => knock) });
    await until('both are in', () => ben.names.length === 3 && cem.names.length === 3, all);
    expect(ben.view.code).toBe(ana.view.code);

    ana.act({ type: 'lock', on: true });
    await until('it is locked', () => ben.view.isLocked && cem.view.isLocked, all);
    const { session } = ben;
    ben.close();
    const again = await come('Ben', { device }, session);
    const took = await until('Ben is back', () => again.view.phase === 'in', all);
    process.stdout.write(`a reload took ${took} ms\n`);
    await until('they agree', () => cem.view.code === again.view.code, all);
    expect(cem.names).toEqual(['Ana', 'Ben', 'Cem']);

    ana.act({ type: 'lock', on: false });
    ana.act({ type: 'new-link' });
    await until('the link is new', () => cem.view.generation === 2, all);
    const dora = await come('Dora');
    await until('Dora is told', () => dora.error === 'link_expired', all);
    ana.act({ type: 'chat', text: 'hello' });
    await until('it is heard', () => cem.events.some(({ type }) => type === 'chat'), all);

    const leaf = ana.view.people.find(({ name }) => name === 'Cem')?.leaf ?? -1;
    ana.act({ type: 'remove', leaf, ban: true });
    await until('Cem is out', () => cem.view.phase === 'out', all);
    await until('the others know', () => again.names.length === 2, all);
    expect(all.map(({ view }) => view.alarm)).toEqual(all.map(() => null));

    again.cut();
    await until('Ben is away', () => again.heard.length > 0, all);
    ana.act({ type: 'lock', on: true });
    await until('it is locked', () => ana.view.isLocked, all);
    again.connect();
    await until('Ben has caught up', () => again.view.isLocked, all);
    expect(again.view.code).toBe(ana.view.code);
    for (const client of all) client.close();
  });

  it('goes on after a restart of the server', async () => {
    const meeting = await makeMeeting(server.url, { isHosted: false });
    const ana = await RealClient.come(meeting, 'Ana');
    await until('Ana is in', () => ana.view.phase === 'in', [ana]);
    const ben = await RealClient.come(meeting, 'Ben');
    const all = [ana, ben];
    await until('Ben is in', () => ana.names.length === 2 && ben.names.length === 2, all);
    const epoch = ana.view.epoch;
    await server.stop('SIGKILL');
    await server.start();
    for (const client of all) client.connect();
    await until('both resumed', () => all.every(({ heard }) => heard.includes('resumed')), all);
    const cem = await RealClient.come(meeting, 'Cem');
    all.push(cem);
    await until('Cem is in', () => all.every(({ view }) => view.people.length === 3), all);
    expect(ana.view.epoch).toBe(epoch + 1);
    expect(all.map(({ view }) => [view.code, view.alarm])).toEqual(
      all.map(() => [ana.view.code, null]),
    );
    for (const client of all) client.close();
  });
});
