// Round trips of STUN checks on the selected pair. Delay only adds, so that the smallest one is the
// evidence. It belongs to one certificate and one pair of addresses: with either it begins anew.

/** What getStats() says of the selected pair (RTCIceCandidatePairStats). */
export interface PairReading {
  /** Fingerprint of the certificate that the machine proved to hold. */
  readonly certificate: string;
  readonly pair: string;
  readonly responsesReceived: number;
  /** In ms */
  readonly currentRoundTripMs: number;
}

export class RttSamples {
  #last: PairReading | undefined;
  #minimumMs: number | undefined;
  #count = 0;

  /** Undefined while nothing has been measured. */
  get minimumMs(): number | undefined {
    return this.#minimumMs;
  }

  /** Answers that were measured. */
  get count(): number {
    return this.#count;
  }

  /** To be called about four times a second. A reading without a new answer is no sample. */
  take(reading: PairReading): void {
    const last = this.#last;
    const isSame = last?.certificate === reading.certificate && last.pair === reading.pair;
    const hasAnswer = reading.responsesReceived > (last?.responsesReceived ?? Infinity);
    const isCountedOn = reading.responsesReceived >= (last?.responsesReceived ?? Infinity);
    this.#last = reading;
    // The first reading of a pair may be that of a check sent twice, whose answer came to the first:
    // it is only what later ones are counted from.
    if (!isSame || !isCountedOn) this.#reset();
    else if (hasAnswer) this.#add(reading.currentRoundTripMs);
  }

  /** The connection is gone. */
  drop(): void {
    this.#last = undefined;
    this.#reset();
  }

  #reset(): void {
    this.#minimumMs = undefined;
    this.#count = 0;
  }

  #add(rttMs: number): void {
    if (!Number.isFinite(rttMs) || rttMs < 0) return;
    this.#minimumMs = Math.min(rttMs, this.#minimumMs ?? Infinity);
    this.#count++;
  }
}
