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

/** Works on at most `inFlightMax` frames; a frame whose work ends with false is dropped. Ends with the
 * stream, which may break at any time: the connection was closed. */
export async function pump(
  { readable, writable }: Transformer,
  work: (frame: EncodedFrame) => Promise<boolean>,
  inFlightMax: number,
): Promise<void> {
  const reader = readable.getReader();
  const writer = writable.getWriter();
  const inFlight: Promise<void>[] = [];
  let last = Promise.resolve();
  const write = async (frame: EncodedFrame, done: Promise<boolean>, before: Promise<void>) => {
    const isGood = await done.catch(() => false);
    await before;
    if (isGood) await writer.write(frame).catch(() => undefined);
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
