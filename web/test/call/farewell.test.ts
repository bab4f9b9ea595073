import { describe, expect, it } from 'vitest';
import { base64url } from '../../src/wire/base64';
import type { ServerMessage } from '../../src/wire/message';
import { utf8 } from '../../src/wire/utf8';
import { World } from '../support/world';

const receipt = (end: string): ServerMessage => ({
  type: 'receipt',
  receipt: base64url(utf8(`in-camera/route-receipt/v1\nend ${end}\n\n— node c2ln\n`)),
});

/** In a call, on a node that writes receipts. */
const metered = (): World => new World().join().hear({ type: 'receipts', writing: true }).clear();

const spoken = (world: World): readonly string[] =>
  world.effects.flatMap((effect) => (effect.type === 'say' ? [effect.message.type] : []));

describe('leaving a node that writes receipts', () => {
  it('waits for the last one, with a connection that carries nothing', () => {
    const world = metered().send({ type: 'leave' });
    expect(world.view.screen).toBe('left');
    expect(spoken(world)).toEqual(['receipt_end']);
    expect([world.asked('retire-peer'), world.asked('close-peer')]).toEqual([1, 0]);
    world.wait(50).hear(receipt('no'));
    expect(world.asked('stop-group')).toBe(0);
    world.hear(receipt('leave'));
    expect(spoken(world)).toEqual(['receipt_end', 'message', 'leave']);
    const told = world.effects.flatMap((effect) =>
      effect.type === 'tell-group' ? [effect.command.type] : [effect.type],
    );
    const last = told.slice(told.indexOf('receipt-came')).filter((type) => type !== 'say');
    expect(last).toEqual(['receipt-came', 'receipt-came', 'close-socket', 'stop-group']);
  });

  it('waits for it 0.3 s', () => {
    const world = metered().send({ type: 'leave' }).wait(299);
    expect(world.asked('stop-group')).toBe(0);
    expect(world.wait(1).asked('stop-group')).toBe(1);
    expect(spoken(world)).toEqual(['receipt_end', 'message', 'leave']);
  });

  it('waits for the group, too, when the receipt comes first', () => {
    const world = metered().send({ type: 'leave' });
    world.send({ type: 'socket-message', message: receipt('leave') });
    expect(world.asked('stop-group')).toBe(0);
    expect(spoken(world.wait(50))).toEqual(['receipt_end', 'message', 'leave']);
    expect(world.asked('stop-group')).toBe(1);
  });

  it('does not outlive the socket, nor coming back', () => {
    const world = metered().send({ type: 'leave' }).send({ type: 'socket-closed' });
    expect(world.asked('stop-group')).toBe(1);
    const back = metered().send({ type: 'leave' }).send({ type: 'rejoin' });
    expect([back.asked('stop-group'), back.asked('start-group')]).toEqual([1, 1]);
    expect(back.wait(1000).view.connection).toBe('connected');
    expect(back.asked('stop-group')).toBe(1);
  });
});

it('leaving a node that writes none waits for none', () => {
  const world = new World().join().hear({ type: 'receipts', writing: false }).clear();
  world.send({ type: 'leave' }).wait(50);
  expect(spoken(world)).not.toContain('receipt_end');
  expect([world.asked('retire-peer'), world.asked('close-peer')]).toEqual([0, 1]);
  expect(world.asked('stop-group')).toBe(1);
});
