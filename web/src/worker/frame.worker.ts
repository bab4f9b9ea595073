// A worker of frames: transforms come from the page's sections, keys from the worker that owns the
// group, on a port of their own.

import type { FrameKeys } from '../wire/group';
import { audit } from './audit';
import { FrameHealth } from './frame_health';
import { Keyring } from './frame_keys';
import { FrameReceiver } from './frame_receiver';
import type { FrameSection, FrameSetup, FrameWord } from './frame_report';
import { FrameSender } from './frame_sender';
import type { Transformer } from './frame_stream';
import { FrameTally } from './frame_tally';

const TICK_MS = 250;
const COUNTS_EVERY_TICKS = 8;
const AUDIT_EVERY_FRAMES = 16;

audit(AUDIT_EVERY_FRAMES);

/** What we use of DedicatedWorkerGlobalScope. */
interface Scope {
  onmessage: ((event: MessageEvent<FrameSetup>) => void) | null;
  onrtctransform: ((event: { readonly transformer: Transformer }) => void) | null;
  postMessage(word: FrameWord): void;
}

const scope = self as unknown as Scope;
const say = (word: FrameWord): void => scope.postMessage(word);
const now = (): number => performance.now();

const keys = new Keyring();
const tally = new FrameTally();
const health = new FrameHealth(say);
const room = { keys, tally, health, now, heldBytes: 0 };
let port: MessagePort | null = null;
let ticks = 0;

scope.onrtctransform = ({ transformer }) => {
  const section = transformer.options as FrameSection;
  void (
    section.role === 'send'
      ? new FrameSender(keys, tally, section.source, transformer)
      : new FrameReceiver(room, section.mid, section.source, transformer)
  ).run();
};

scope.onmessage = ({ data }) => {
  port?.close();
  stop();
  port = data.port;
  port.onmessage = (event: MessageEvent<FrameKeys>) => onKeys(event.data);
};

setInterval(() => {
  keys.tick(now());
  health.tick(now());
  const counts = ++ticks % COUNTS_EVERY_TICKS === 0 ? tally.take() : null;
  if (counts) say({ type: 'counts', counts });
}, TICK_MS);

function onKeys(message: FrameKeys): void {
  keys.on(message, now());
  if (message.type === 'stop') health.onStop();
  if (message.type === 'epoch') health.onLeaves(message.leaves, message.added);
  const { newest } = keys;
  if (newest) health.onEpoch(newest.epoch, newest.others, now());
}

function stop(): void {
  keys.clear();
  health.onStop();
}
