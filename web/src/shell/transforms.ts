// Every frame that leaves or enters goes through a worker that encrypts or decrypts it. The page hands
// the workers sections and ports, and hears reports; it never sees a key or a frame.
//
// One worker sends: it alone owns the counters of our keys. One worker receives, or two where there
// are cores for them, one for sound and one for pictures: the frames of one key then always meet in
// one worker, which knows all counters that came.

import type {
  FrameReport,
  FrameSection,
  FrameSetup,
  FrameSource,
  FrameWord,
} from '../worker/frame_report';
import { FrameTotals } from '../worker/frame_totals';
import { now } from './clock';
import { startWorker } from './worker_url';

/** From this number of cores on, sound and pictures are decrypted side by side. */
const CORES_FOR_TWO = 3;

export class Transforms {
  readonly #sender: Worker;
  readonly #sound: Worker;
  readonly #picture: Worker;
  /** the mids of each kind, in the order of their slots */
  readonly #slots = { sound: [] as string[], picture: [] as string[] };

  constructor(report: (report: FrameReport) => void) {
    const totals = new FrameTotals(report, (mid) => this.#slotOf(mid));
    let count = 0;
    const open = (): Worker => {
      const index = count++;
      const worker = startWorker('frame');
      worker.onmessage = ({ data }: MessageEvent<FrameWord>) => totals.on(index, data, now());
      worker.onerror = () => report({ type: 'broken' });
      return worker;
    };
    this.#sender = open();
    this.#picture = open();
    this.#sound = navigator.hardwareConcurrency >= CORES_FOR_TWO ? open() : this.#picture;
  }

  /** Ports for whoever owns the group: all of FrameKeys goes to each of them. New ports begin a new
   * group; nothing of the one before is kept. */
  framePorts(): MessagePort[] {
    return [...this.#workers()].map((worker) => {
      const { port1, port2 } = new MessageChannel();
      const setup: FrameSetup = { type: 'keys', port: port1 };
      worker.postMessage(setup, [port1]);
      return port2;
    });
  }

  /** Must be called in the turn that made the sender: no frame may be older than its transform. */
  attachSender(sender: RTCRtpSender, source: FrameSource): void {
    sender.transform = transform(this.#sender, { role: 'send', source });
  }

  /** Must be called in the turn that made the receiver: Chromium lets the frames of one whose transform
   * comes later pass by it, so that what the server made up would be played. */
  attachReceiver(receiver: RTCRtpReceiver, mid: string, source: FrameSource): void {
    const isSound = source === 'microphone' || source === 'screen-sound';
    const slots = isSound ? this.#slots.sound : this.#slots.picture;
    if (!slots.includes(mid)) slots.push(mid);
    const worker = isSound ? this.#sound : this.#picture;
    receiver.transform = transform(worker, { role: 'receive', source, mid });
  }

  /** The page is done: every key goes with its worker. */
  stop(): void {
    for (const worker of this.#workers()) worker.terminate();
  }

  #workers(): Set<Worker> {
    return new Set([this.#sender, this.#picture, this.#sound]);
  }

  /** The n-th slot for sound and the n-th for pictures show one person. */
  #slotOf(mid: string): number {
    return Math.max(this.#slots.sound.indexOf(mid), this.#slots.picture.indexOf(mid));
  }
}

/** False in a browser that cannot encrypt what it sends: there is no meeting without. */
export function canTransform(): boolean {
  return (
    'RTCRtpScriptTransform' in window &&
    'transform' in RTCRtpSender.prototype &&
    'transform' in RTCRtpReceiver.prototype
  );
}

function transform(worker: Worker, section: FrameSection): RTCRtpScriptTransform {
  return new RTCRtpScriptTransform(worker, section);
}
