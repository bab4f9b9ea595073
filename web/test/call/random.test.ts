// Stories that nobody wrote: thousands of random steps, with what must hold after each of them.
// A story that fails is printed with its seed; put the seed first in SEEDS to play it again.

import { describe, expect, it } from 'vitest';
import type { CallEvent, Effect } from '../../src/call/event';
import { NEVER, type CallState } from '../../src/call/state';
import type { NodeRefused } from '../../src/wire/message';
import { seat } from '../support/joined';
import { findNodes, loseNode } from '../support/nodes';
import { World } from '../support/world';

const SEEDS = Array.from({ length: 60 }, (_, index) => index + 1);
const STEPS = 250;
const OTHERS = ['de1.example.org', 'nl1.example.org'] as const;
const FULL: NodeRefused = {
  type: 'error',
  code: 'node_refused',
  fatal: true,
  reason: 'no_capacity_in_region',
  countries: ['DE'],
  retry_after: 5,
};

/** Only the person, the loss of a device and a move from another tab change what is wanted. */
const MAY_SWITCH_OFF = new Set(['toggle', 'use-devices', 'device-failed', 'handover']);
const MAY_SWITCH_ON = new Set(['toggle', 'use-devices', 'retry-device', 'handover']);
const ENTERS = new Set(['join', 'rejoin', 'handover']);

type Act = (world: World) => void;

const REFUSAL = { reason: 'address', part: 'transport' } as const;

const ACTS: readonly Act[] = [
  (world) => world.send({ type: 'use-devices', microphone: true, camera: false }),
  (world) => world.send({ type: 'use-devices', microphone: true, camera: true }),
  (world) => world.send({ type: 'toggle', source: 'microphone' }),
  (world) => world.send({ type: 'toggle', source: 'microphone' }),
  (world) => world.send({ type: 'toggle', source: 'camera' }),
  (world) => world.send({ type: 'retry-device', source: 'camera' }),
  (world) => world.send({ type: 'choose-device', device: 'microphone', id: 'second' }),
  (world) => world.send({ type: 'device-ended', source: 'microphone' }),
  (world) => world.send({ type: 'join' }),
  (world) => world.send({ type: 'join' }),
  (world) => world.send({ type: 'leave' }),
  (world) => world.send({ type: 'rejoin' }),
  (world) => world.send({ type: 'page-hidden' }),
  (world) => world.send({ type: 'online' }),
  (world) => world.send({ type: 'handover-asked' }),
  (world) => world.hang(),
  (world) => world.send({ type: 'tick' }),
  (world) => world.restartServer(),
  (world) => world.sessions.clear(),
  (world) => void (world.isNetworkUp = false),
  (world) => void (world.isNetworkUp = true),
  (world) => void (world.isNetworkUp = true),
  (world) => void (world.isMediaOpen = !world.isMediaOpen),
  (world) => void (world.refusal = world.refusal ? null : 'busy'),
  (world) => void (world.problems.microphone = 'in-use'),
  (world) => {
    delete world.problems.microphone;
  },
  (world) => world.hear({ type: 'peer', peer: seat(1) }),
  (world) => world.hear({ type: 'gone', peer: 'peer-1', reason: 'left' }),
  (world) => void (world.isDoorOpen = !world.isDoorOpen),
  (world) => {
    if (world.group.phase === 'waiting') world.admit();
  },
  (world) => {
    if (world.group.phase === 'in') world.tell({ alarm: world.group.alarm ? null : 'fork' });
  },
  (world) => world.send({ type: 'group', event: { type: 'send-again' } }),
  (world) => {
    if (world.group.phase === 'in') world.add(1).tellPeople();
  },
  (world) => world.send({ type: 'slot-leaf', mid: '11', leaf: 1 }),
  (world) => world.send({ type: 'undecodable', mid: '11', leaf: 1, isSo: true }),
  (world) => world.send({ type: 'chat', text: 'hello' }),
  (world) => world.hear({ type: 'error', code: 'media_lost', fatal: false }),
  (world) => void (world.arePapersThere = !world.arePapersThere),
  (world) =>
    void (world.nodeRefusal = world.nodeRefusal ? null : { to: 'prove-node', refusal: REFUSAL }),
  (world) =>
    void (world.nodeRefusal = world.nodeRefusal ? null : { to: 'check-pair', refusal: REFUSAL }),
  (world) => findNodes(world, ...OTHERS),
  (world) => loseNode(world, world.nodes.line, 'killed'),
  (world) => loseNode(world, world.nodes.line, 'silent'),
  (world) => loseNode(world, OTHERS[0], 'silent'),
  (world) => world.nodes.lost.clear(),
  (world) => world.nodes.lost.clear(),
  (world) => void world.nodes.unfit.add(OTHERS[1]),
  (world) => world.nodes.unfit.clear(),
  (world) => void world.nodes.refusals.set(OTHERS[0], FULL),
  (world) => world.nodes.refusals.clear(),
  (world) => void (world.nodes.landing = world.nodes.landing === 'here' ? 'ahead' : 'here'),
  (world) => world.send({ type: 'offline' }),
  (world) => world.move('2001:db8::1'),
  (world) => world.move('192.0.2.1'),
  (world) => lose(world, 'disconnected'),
  (world) => lose(world, 'failed'),
];

/** A peer connection tells of its state only while there is one. */
function lose(world: World, state: 'disconnected' | 'failed'): void {
  const { phase } = world.state.media;
  if (phase === 'connected' || phase === 'disconnected')
    world.send({ type: 'peer-state', state, address: world.address });
}

function check(before: CallState, event: CallEvent, after: CallState, effects: readonly Effect[]) {
  const [was, is] = [before.view.devices, after.view.devices];
  for (const key of ['microphoneOn', 'cameraOn'] as const) {
    if (was[key] && !is[key]) expect(MAY_SWITCH_OFF).toContain(event.type);
    const isChosen = event.type === 'choose-device' && before.view.screen === 'pre-join';
    if (!was[key] && is[key] && !isChosen) expect(MAY_SWITCH_ON).toContain(event.type);
  }
  const isInside = (state: CallState): boolean => ['call', 'lobby'].includes(state.view.screen);
  if (!isInside(before) && isInside(after)) expect(ENTERS).toContain(event.type);
  for (const effect of effects) {
    if (effect.type === 'attach') {
      expect(after.view.screen).toBe('call');
      expect(after.members).toMatchObject({ phase: 'in', alarm: null });
      expect(after.isHushed).toBe(false);
      expect(is[effect.source === 'microphone' ? 'microphoneOn' : 'cameraOn']).toBe(true);
      expect(after.media.phase).toBe('connected');
      expect(after.node.phase).toBe('proven');
      expect(after.view.node?.address).toBe(after.node.address);
    }
    if (effect.type === 'say' && effect.message.type === 'join') {
      expect(after.node.phase).toBe('proven');
    }
    if (effect.type === 'open-socket') {
      expect([null, after.nodes.at, ...after.nodes.others]).toContain(effect.node);
    }
    if (effect.type === 'say' && effect.message.type === 'restore') {
      const said = event.type === 'group' && event.event.type === 'say' ? event.event.node : null;
      expect(said).toBe(after.nodes.trying);
      expect(after.line.phase).toBe('greeting');
    }
    if (effect.type === 'answer-peer') expect(event.type).toBe('group');
    if (effect.type === 'say' && effect.message.type === 'media' && effect.message.microphone) {
      expect(after.sending.microphone).toBe(true);
    }
  }
  if (after.media.phase !== 'connected') {
    expect(after.sending).toEqual({ microphone: false, camera: false });
  }
  if (after.view.screen !== 'call') {
    expect(after.sending).toEqual({ microphone: false, camera: false });
    expect(after.media.phase).toBe('closed');
  }
  if (!isInside(after)) {
    if (after.leaveBy === NEVER) expect(after.line.phase).toBe('closed');
    expect(after.view.connection).toBe('idle');
  }
  if (!is.microphoneOn) expect(after.opened.microphone || after.sending.microphone).toBe(false);
  expect(new Set(after.view.people.map(({ id }) => id)).size).toBe(after.view.people.length);
}

function play(seed: number): World {
  let state = seed;
  const draw = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const world = new World({ seed });
  world.onStep = (before, event, effects) => {
    check(before, event, world.state, effects);
  };
  for (let count = 0; count < STEPS; count++) {
    ACTS[draw(ACTS.length)]?.(world);
    world.wait(1 + draw(draw(4) === 0 ? 9000 : 600));
  }
  return world;
}

describe('whatever happens', () => {
  it.each(SEEDS)('the rules hold in story %i, and the call comes back', (seed) => {
    const world = play(seed);
    world.isNetworkUp = world.isMediaOpen = true;
    world.isDoorOpen = true;
    world.refusal = world.nodeRefusal = null;
    for (const each of [world.nodes.lost, world.nodes.unfit, world.nodes.refusals]) each.clear();
    world.nodes.landing = 'here';
    world.arePapersThere = true;
    world.wait(60_000);
    if (world.group.phase === 'waiting') world.admit().wait(1000);
    if (world.view.screen === 'call') expect(world.view.connection).toBe('connected');
  });
});
