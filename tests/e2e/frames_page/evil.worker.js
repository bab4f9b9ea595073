// Test only: a member who holds the keys and sends what must not be shown, or somebody in between who
// does not hold them. It uses the product's own functions, each time with one thing wrong.

import { pack, takeApart } from '../../../web/src/worker/codec.ts';
import { codecOfFrame } from '../../../web/src/worker/frame_stream.ts';
import { concat, deriveSframeKeys, importBaseKey, seal } from '../../../web/src/worker/sframe.ts';

const END = new TextEncoder().encode('ICv1');

let mode = { type: 'plain' };
let counter = 0n;
let last = null;

self.onmessage = ({ data }) => {
  mode = { ...mode, ...data };
};

const keyOf = async (kid) => {
  const base = await importBaseKey(Uint8Array.from(mode.baseKey));
  return deriveSframeKeys(base, 4, kid, 'encrypt');
};

async function change(frame) {
  const codec = codecOfFrame(frame);
  const { clear, plain } = takeApart(codec, new Uint8Array(frame.data));
  const context = mode.type === 'context' ? 0n : 1n;
  const leaf = mode.type === 'leaf' ? mode.leaf + 1 : mode.leaf;
  const kid = (context << BigInt(mode.leafBits + 4)) | (BigInt(leaf) << 4n) | BigInt(mode.epoch % 16);
  const metadata = concat(clear, mode.type === 'metadata' ? END.slice(1) : END);
  const sealed = await seal(await keyOf(kid), kid, counter++, metadata, plain);
  if (mode.type === 'flip') sealed[sealed.length >> 1] ^= 1;
  if (mode.type === 'tag') sealed[sealed.length - 1] ^= 0x80;
  const packed = pack(codec, { clear, sealed });
  if (mode.type === 'good') last ??= packed.slice(); // what is written is given away
  return mode.type === 'replay' ? last.slice() : packed;
}

self.onrtctransform = async ({ transformer }) => {
  const reader = transformer.readable.getReader();
  const writer = transformer.writable.getWriter();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    if (mode.type !== 'plain') value.data = (await change(value)).buffer;
    await writer.write(value);
  }
};
