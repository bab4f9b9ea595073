// Measures the product's transforms in a worker, without a connection: frames go in as fast as they are
// taken (several in flight) or one after the other. In microseconds a frame.

import { FrameHealth } from '../../../web/src/worker/frame_health.ts';
import { Keyring } from '../../../web/src/worker/frame_keys.ts';
import { FrameReceiver } from '../../../web/src/worker/frame_receiver.ts';
import { FrameSender } from '../../../web/src/worker/frame_sender.ts';
import { FrameTally } from '../../../web/src/worker/frame_tally.ts';

const BATCHES = 15;
const FRAMES_A_BATCH = 200;

/** A transform whose streams are ours. */
function line() {
  let controller;
  let waiting = { count: 0, resolve: () => undefined };
  let out = [];
  const transformer = {
    readable: new ReadableStream({ start: (c) => void (controller = c) }),
    writable: new WritableStream({
      write: (frame) => {
        out.push(frame);
        if (--waiting.count === 0) waiting.resolve();
      },
    }),
  };
  const put = async (frames) => {
    out = [];
    const done = new Promise((resolve) => (waiting = { count: frames.length, resolve }));
    for (const frame of frames) controller.enqueue(frame);
    await done;
    return out;
  };
  return { transformer, put };
}

const epoch = (own, other) => ({
  type: 'epoch', epoch: 1, baseKey: new Uint8Array(16).fill(7), suite: 4, leafBits: 6, ownLeaf: own, leaves: [other], added: [],
});

function frameOf(mimeType, bytes) {
  const data = new Uint8Array(bytes);
  crypto.getRandomValues(data.subarray(0, Math.min(bytes, 65536)));
  if (mimeType === 'video/VP8') data[0] |= 1; // not a key frame
  if (mimeType === 'video/AV1') data.set([0x12, 0, 0x30]); // the last OBU goes without a size
  const metadata = { mimeType };
  return { type: 'delta', data: data.buffer, getMetadata: () => metadata };
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

async function measure(mimeType, bytes) {
  const [send, receive] = [new Keyring(), new Keyring()];
  send.on(epoch(0, 1), 0);
  send.on({ type: 'send-with', epoch: 1 }, 0);
  receive.on(epoch(1, 0), 0);
  const source = mimeType.startsWith('audio') ? 'microphone' : 'camera';
  const [out, back] = [line(), line()];
  const tally = new FrameTally();
  const health = new FrameHealth(() => undefined);
  const room = { keys: receive, tally, health, now: () => performance.now(), heldBytes: 0 };
  void new FrameSender(send, tally, source, out.transformer).run();
  void new FrameReceiver(room, '1', source, back.transformer).run();

  const times = { seal: [], open: [], sealAlone: [], openAlone: [] };
  const timed = async (into, put, frames) => {
    const start = performance.now();
    const done = await put(frames);
    into.push(((performance.now() - start) * 1000) / frames.length);
    return done;
  };
  await back.put(await out.put([frameOf(mimeType, bytes)])); // the keys are derived
  for (let batch = 0; batch < BATCHES; batch++) {
    const frames = Array.from({ length: FRAMES_A_BATCH }, () => frameOf(mimeType, bytes));
    await timed(times.open, back.put, await timed(times.seal, out.put, frames));
    // One after the other; clocks are coarse, so the time of all of them is taken.
    const oneByOne = (put) => async (each) => {
      const done = [];
      for (const frame of each) done.push(...(await put([frame])));
      return done;
    };
    const more = Array.from({ length: FRAMES_A_BATCH }, () => frameOf(mimeType, bytes));
    await timed(times.openAlone, oneByOne(back.put), await timed(times.sealAlone, oneByOne(out.put), more));
  }
  return Object.fromEntries(Object.entries(times).map(([name, all]) => [name, Number(median(all).toFixed(1))]));
}

self.onmessage = async ({ data }) => self.postMessage(await measure(data.mimeType, data.bytes));
