// The pair of addresses that packets go between, as getStats() tells it. Browsers name it in two ways.

/** What we read of RTCIceCandidatePairStats, RTCTransportStats and RTCIceCandidateStats. */
export interface PairStats {
  readonly id: string;
  readonly type: string;
  /** of a transport */
  readonly selectedCandidatePairId?: string;
  /** of a pair; Firefox marks the selected one */
  readonly selected?: boolean;
  readonly remoteCandidateId?: string;
  readonly responsesReceived?: number;
  readonly currentRoundTripTime?: number;
  /** of a candidate */
  readonly address?: string | null;
}

export interface SelectedPair {
  readonly pair: PairStats;
  /** where packets go; null when the browser does not tell */
  readonly address: string | null;
}

/** Null: there is none. */
export function selectedPair(stats: Pick<RTCStatsReport, 'forEach'>): SelectedPair | null {
  const all: PairStats[] = [];
  stats.forEach((each: PairStats) => all.push(each));
  const named = all.find(({ type }) => type === 'transport')?.selectedCandidatePairId;
  const pair =
    named === undefined
      ? all.find(({ type, selected }) => type === 'candidate-pair' && selected === true)
      : all.find(({ id }) => id === named);
  if (!pair) return null;
  const remote = all.find(({ id }) => id === pair.remoteCandidateId);
  return { pair, address: remote?.address ?? null };
}
