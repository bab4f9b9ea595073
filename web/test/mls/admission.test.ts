// Who may let whom in: the table of docs/protocol/encryption.md 5.

import { describe, it, vi } from 'vitest';
import { addProposal, pskProposal, removeProposal } from './support/attacker';
import { person } from './support/circle';
import { bare, stage } from './support/stage';

// Each takes 0.2 to 1 s of a core; cores are shared.
vi.setConfig({ testTimeout: 60_000 });

describe('who may admit', () => {
  it('refuses a guest admitted by somebody who is no host', async () => {
    const { circle, refused } = await stage();
    const guest = await person();
    const adds = [addProposal(guest), pskProposal()];
    await refused(adds, 'not-allowed', { known: [guest], commit: bare });
    await refused(adds, null, { known: [guest] });
    circle.rules.isOpen = true;
    await refused(adds, null, { known: [guest], commit: bare });
    circle.rules.isOpen = false;
    circle.rules.isHosted = false;
    await refused(adds, null, { known: [guest], commit: bare });
  });

  it('keeps guests out of a meeting that is locked, even by a host', async () => {
    const { circle, refused } = await stage();
    circle.rules.isLocked = true;
    const guest = await person();
    await refused([addProposal(guest), pskProposal()], 'locked', { known: [guest] });
  });

  it('lets a reload and a host who comes back in, locked or not', async () => {
    const { circle, refused } = await stage();
    circle.rules.isLocked = true;
    const device = circle.people.get(2)?.device ?? '';
    const again = await person({ device });
    const reload = [removeProposal(2), addProposal(again), pskProposal()];
    await refused(reload, null, { known: [again], commit: bare });
    const host = await person({ isHost: true });
    await refused([addProposal(host), pskProposal()], null, { known: [host], commit: bare });
  });

  it('takes nobody for a reload who has another device, or no identity', async () => {
    const { circle, refused } = await stage();
    const other = await person({ device: circle.people.get(1)?.device ?? '' });
    const remove = removeProposal(2);
    await refused([remove, addProposal(other), pskProposal()], 'twice', {
      known: [other],
      commit: bare,
    });
    const stranger = await person();
    const adds = [remove, addProposal(stranger), pskProposal()];
    await refused(adds, 'not-allowed', { known: [stranger], commit: bare });
    await refused(adds, 'not-allowed', { known: [], commit: bare });
    await refused(adds, null, { known: [] });
  });

  it('adds no device twice', async () => {
    const { circle, refused } = await stage();
    const present = await person({ device: circle.people.get(3)?.device ?? '' });
    await refused([addProposal(present), pskProposal()], 'twice', { known: [present] });
    const one = await person({ device: 'one' });
    const two = await person({ device: 'one' });
    await refused([addProposal(one), addProposal(two), pskProposal()], 'twice', {
      known: [one, two],
    });
  });

  it('never adds who is banned, whoever wants it', async () => {
    const { circle, refused } = await stage();
    const device = circle.people.get(2)?.device ?? '';
    circle.bans.add(`tag of ${device}`);
    const again = await person({ device, isHost: true });
    const reload = [removeProposal(2), addProposal(again), pskProposal()];
    await refused(reload, 'banned', { known: [again] });
  });
});
