// Which countries an answer excludes. The map is large and its sums take a while: they are loaded and done
// here, for those who want to see them.

import type { DistanceAnswer, DistanceQuestion } from '../wire/distance';
import { boundKm } from '../verify/distance';
import { Exclusion } from '../verify/exclusion';
import territories from '../verify/territories.json';
import { placeOfTimeZone } from '../verify/time_zone_place';
import zones from '../verify/time_zones.json';

/** What we use of DedicatedWorkerGlobalScope. */
interface Scope {
  onmessage: ((event: MessageEvent<DistanceQuestion>) => void) | null;
  postMessage(answer: DistanceAnswer): void;
}

const scope = self as unknown as Scope;
const COUNTRIES = Object.keys(territories.cells);
/** by time zone */
const known = new Map<string, Exclusion>();

scope.onmessage = ({ data: { zone, rttMs } }) => {
  const place = placeOfTimeZone(zones, zone);
  const exclusion = known.get(zone) ?? new Exclusion(territories, place);
  known.set(zone, exclusion);
  scope.postMessage({
    boundKm: boundKm(rttMs, 0),
    radiusKm: place?.radiusKm ?? null,
    excluded: exclusion.of(COUNTRIES, rttMs),
  });
};
