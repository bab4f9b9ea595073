// Where a device is by its time zone (time_zones.json, to be loaded when it is needed): around the city
// that names the zone, within a radius that takes in whoever lives in it, 500 km at least. True when the
// device is set to the zone that it is in. It needs no network and asks nobody.

import type { Place } from './distance';

/** What scripts/make_time_zones.mjs writes: latitude, longitude, radius in km. */
export interface TimeZoneFile {
  readonly places: Readonly<Record<string, string>>;
}

/** Of an IANA time zone. Undefined, then nothing can be excluded: UTC and the like have no place. */
export function placeOfTimeZone(file: TimeZoneFile, zone: string): Place | undefined {
  const coded = Object.hasOwn(file.places, zone) ? file.places[zone] : undefined;
  const [latitude, longitude, radiusKm, ...more] = (coded ?? '').split(' ').map(Number);
  if (latitude === undefined || longitude === undefined || radiusKm === undefined) return undefined;
  const isPlace = [latitude, longitude, radiusKm].every((value) => Number.isFinite(value));
  return isPlace && more.length === 0 ? { latitude, longitude, radiusKm } : undefined;
}
