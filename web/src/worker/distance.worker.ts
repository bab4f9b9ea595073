// Which countries an answer excludes. The map is large and its sums take a while: they are loaded and done
// here, for those who want to see them.

import type { DistanceAnswer, DistanceQuestion } from '../wire/distance';
import { boundKm, isExcluded, nearestKm, type Place } from '../verify/distance';
import territories from '../verify/territories.json';
import { territoryOf } from '../verify/territory';
import { placeOfTimeZone } from '../verify/time_zone_place';
import zones from '../verify/time_zones.json';

/** What we use of DedicatedWorkerGlobalScope. */
interface Scope {
  onmessage: ((event: MessageEvent<DistanceQuestion>) => void) | null;
  postMessage(answer: DistanceAnswer): void;
}

const scope = self as unknown as Scope;
/** by time zone: from each country to where the device is */
const surroundings = new Map<string, ReadonlyMap<string, number>>();

scope.onmessage = ({ data: { zone, rttMs } }) => {
  const place = placeOfTimeZone(zones, zone);
  const excluded = place
    ? [...nearest(zone, place)].flatMap(([code, km]) =>
        isExcluded(km, rttMs, place) ? [code] : [],
      )
    : [];
  scope.postMessage({ boundKm: boundKm(rttMs, 0), radiusKm: place?.radiusKm ?? null, excluded });
};

function nearest(zone: string, place: Place): ReadonlyMap<string, number> {
  const known = surroundings.get(zone);
  if (known) return known;
  const found = new Map<string, number>();
  for (const country of Object.keys(territories.cells)) {
    const territory = territoryOf(territories, country);
    if (territory) found.set(country, nearestKm(place, territory));
  }
  surroundings.set(zone, found);
  return found;
}
