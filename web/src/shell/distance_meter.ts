// How far away the machine that carries us can be: the round trips of the selected pair, read as long as
// there is a connection. What they exclude is worked out in a worker when somebody wants to see it, and
// nobody is asked for anything.

import type { DistanceAnswer, DistanceQuestion } from '../wire/distance';
import type { Distance } from '../call/model';
import { RttSamples, type PairReading } from '../call/rtt_samples';
import { selectedPair, type SelectedPair } from './selected_pair';
import { startWorker } from './worker_url';

/** A browser asks every two seconds or so whether the other side still agrees (RFC 7675). */
const READ_EVERY_MS = 1000;

type Ask = (question: DistanceQuestion) => Promise<DistanceAnswer>;

export class DistanceMeter {
  readonly #samples = new RttSamples();
  readonly #ask: Ask;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(ask: Ask = askWorker()) {
    this.#ask = ask;
  }

  /** Of this connection from now on; null: there is none. */
  watch(connection: RTCPeerConnection | null): void {
    clearInterval(this.#timer);
    this.#samples.drop();
    if (!connection) return;
    this.#timer = setInterval(() => void this.#read(connection), READ_EVERY_MS);
  }

  /** Null: nothing has been measured. */
  async evidence(): Promise<Distance | null> {
    const { minimumMs: rttMs, count: answers } = this.#samples;
    if (rttMs === undefined) return null;
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    return { rttMs, answers, zone, ...(await this.#ask({ zone, rttMs })) };
  }

  async #read(connection: RTCPeerConnection): Promise<void> {
    const certificate = /^a=fingerprint:(.*)$/mu.exec(connection.remoteDescription?.sdp ?? '')?.[1];
    const stats = await connection.getStats().catch(() => null);
    const selected = stats && selectedPair(stats);
    if (!selected) return;
    const reading = certificate ? readingOf(selected, certificate) : null;
    if (reading) this.#samples.take(reading);
  }
}

/** The worker answers in the order of the questions. */
function askWorker(): Ask {
  const waiting: ((answer: DistanceAnswer) => void)[] = [];
  let worker: Worker | null = null;
  const start = (): Worker => {
    const started = startWorker('distance');
    started.onmessage = ({ data }: MessageEvent<DistanceAnswer>) => waiting.shift()?.(data);
    return started;
  };
  return (question) => {
    worker ??= start();
    worker.postMessage(question);
    return new Promise((resolve) => waiting.push(resolve));
  };
}

/** Null: nothing has been measured on it. */
export function readingOf({ pair }: SelectedPair, certificate: string): PairReading | null {
  const { id, responsesReceived, currentRoundTripTime } = pair;
  if (responsesReceived === undefined || currentRoundTripTime === undefined) return null;
  return {
    certificate,
    pair: id,
    responsesReceived,
    currentRoundTripMs: currentRoundTripTime * 1000,
  };
}
