// The way of encoded frames through a worker: several are worked on at a time, since WebCrypto is
// several times faster so, and they leave in the order in which they came.

import { codecOf, type FrameCodec } from './codec';

/** What we use of RTCEncodedVideoFrame and RTCEncodedAudioFrame. */
export interface EncodedFrame {
  /** of pictures only */
  readonly type?: 'key' | 'delta' | 'empty';
  data: ArrayBuffer;
  getMetadata(): { readonly mimeType?: string };
}

/** What we use of RTCRtpScriptTransformer. Chromium has no generateKeyFrame. */
export interface Transformer {
  readonly options: unknown;
  readonly readable: ReadableStream<EncodedFrame>;
  readonly writable: WritableStream<EncodedFrame>;
  generateKeyFrame?(): Promise<unknown>;
  sendKeyFrameRequest?(): Promise<void>;
}

/**
 * Works on at most `inFlightMax` frames. Ends with the stream, which may break at any time: the connection
 * was closed.
 * @param leave in the order in which the frames came: whether it goes on, by what its work made of it
 *   (undefined: it failed)
 */
export async function pump<Result>(
  { readable, writable }: Transformer,
  work: (frame: EncodedFrame) => Promise<Result>,
  inFlightMax: number,
  leave: (frame: EncodedFrame, result: Result | undefined) => boolean,
): Promise<void> {
  const reader = readable.getReader();
  const writer = writable.getWriter();
  const inFlight: Promise<void>[] = [];
  let last = Promise.resolve();
  const write = async (frame: EncodedFrame, done: Promise<Result>, before: Promise<void>) => {
    const result = await done.catch(() => undefined);
    await before;
    if (leave(frame, result)) await writer.write(frame).catch(() => undefined);
  };
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      last = write(value, work(value), last);
      inFlight.push(last);
      if (inFlight.length >= inFlightMax) await inFlight.shift();
    }
  } catch {
    // The stream broke: nothing comes any more.
  }
}

export function codecOfFrame(frame: EncodedFrame): FrameCodec | null {
  const { mimeType } = frame.getMetadata();
  return mimeType === undefined ? null : codecOf(mimeType);
}
