// Encoded frames and their streams, as a browser hands them to a worker.

import type { EpochKeys } from '../../src/worker/frame_keys';
import type { EncodedFrame, Transformer } from '../../src/worker/frame_stream';

/** A frame of VP8: 'key' with 10 bytes of head, 'delta' with 1. */
export function vp8(type: 'key' | 'delta', ...content: number[]): EncodedFrame {
  const head = type === 'key' ? [0x50, 0x14, 0, 0x9d, 1, 0x2a, 0x40, 1, 0xb4, 0] : [0x51];
  return frame('video/VP8', [...head, ...content], type);
}

export function frame(mimeType: string, bytes: number[], type?: 'key' | 'delta'): EncodedFrame {
  const data = Uint8Array.from(bytes).buffer;
  const metadata = { mimeType };
  return { ...(type === undefined ? {} : { type }), data, getMetadata: () => metadata };
}

export const bytesOf = ({ data }: EncodedFrame): number[] => [...new Uint8Array(data)];

/** One transform: frames go in at one end, and stand in a list at the other. */
export class Line {
  readonly out: EncodedFrame[] = [];
  keyFramesAsked = 0;
  readonly transformer: Transformer;
  #controller: ReadableStreamDefaultController<EncodedFrame> | null = null;

  constructor() {
    this.transformer = {
      options: null,
      readable: new ReadableStream({ start: (controller) => void (this.#controller = controller) }),
      writable: new WritableStream({ write: (each) => void this.out.push(each) }),
      generateKeyFrame: () => this.#ask(),
      sendKeyFrameRequest: () => this.#ask(),
    };
  }

  put(...frames: EncodedFrame[]): void {
    for (const each of frames) this.#controller?.enqueue(each);
  }

  #ask(): Promise<void> {
    this.keyFramesAsked++;
    return Promise.resolve();
  }

  end(): void {
    this.#controller?.close();
  }
}

export function epochKeys(epoch: number, own: number, ...others: number[]): EpochKeys {
  return {
    type: 'epoch',
    epoch,
    baseKey: new Uint8Array(16).fill(epoch + 1),
    suite: 4,
    leafBits: 2,
    ownLeaf: own,
    leaves: others,
    added: [],
  };
}
