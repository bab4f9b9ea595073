// The secret of a new link is told inside the group: whoever was removed must not know the one that is in
// force afterwards.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { hex } from '../../src/mls/adapter';
import { Secrets } from '../../src/mls/secrets';
import { World, type Client } from './support/world';

vi.setConfig({ testTimeout: 120_000 });
afterEach(() => vi.restoreAllMocks());

const offer = Object.getOwnPropertyDescriptor(Secrets.prototype, 'offer')
  ?.value as Secrets['offer'];

/** How many clients were told each secret. */
function listen(): (secret: Uint8Array | null) => number {
  const told = new Map<string, Set<Secrets>>();
  vi.spyOn(Secrets.prototype, 'offer').mockImplementation(function (this: Secrets, ...given) {
    const name = hex(given[2]);
    told.set(name, (told.get(name) ?? new Set()).add(this));
    offer.apply(this, given);
  });
  return (secret) => told.get(hex(secret ?? new Uint8Array()))?.size ?? 0;
}

async function meeting(): Promise<{ world: World; ana: Client; ben: Client; eve: Client }> {
  const world = await World.begin();
  const ana = await world.hostClient('Ana');
  const ben = await world.admitted(ana, 'Ben');
  const eve = await world.admitted(ana, 'Eve');
  return { world, ana, ben, eve };
}

describe('the secret of a new link', () => {
  it('is not told to somebody whom the host removes at the same time', async () => {
    const { world, ana, ben, eve } = await meeting();
    const countOf = listen();
    ana.disconnect();
    ana.act({ type: 'new-link' });
    ana.act({ type: 'remove', leaf: ana.leafOf('Eve'), ban: false });
    await world.settle();
    ana.connect();
    await world.until(() => ben.view.newSecret !== null && eve.view.phase === 'out');
    expect(ben.view.newSecret).toEqual(ana.view.newSecret);
    expect(countOf(ana.view.newSecret)).toBe(2);
  });

  it('is another one when somebody was removed before it was in force', async () => {
    const { world, ana, ben, eve } = await meeting();
    const countOf = listen();
    ana.act({ type: 'make-cohost', leaf: ana.leafOf('Ben') });
    await world.until(() => ben.view.mayAdmit);
    world.service.onCommit = (line) => (line === ana.line ? 'swallow' : 'take');
    ana.act({ type: 'new-link' });
    await world.until(() => ana.said.some(({ type }) => type === 'commit'));
    await world.pass(500);
    world.service.onCommit = () => 'take';
    ben.act({ type: 'remove', leaf: ben.leafOf('Eve'), ban: false });
    await world.until(() => ben.view.newSecret !== null && eve.view.phase === 'out');
    expect(countOf(ana.view.newSecret)).toBe(2);
  });
});
