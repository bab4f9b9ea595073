// How far away a machine can be, by the time that its answers take. Nothing is faster than light in
// vacuum, so a fast answer shows where the machine is not. It never shows where it is: a slow answer
// can come from next door, and whoever holds the connection's ICE password can answer from nearer than
// the machine that it is meant for.

import type { Strip, Territory } from './territory';

/** In vacuum: microwave links, lasers between satellites and hollow fibres come close to it. */
const LIGHT_KM_PER_MS = 299.792458;
/** Browsers give round trips in whole milliseconds. */
const GRAIN_MS = 1;
const EARTH_KM = 6371;
/**
 * The earth is no sphere: along a meridian at the equator its radius of curvature is 6335.4 km, nowhere
 * is it less, so that no way on it is shorter than 0.9944 of the one on the sphere.
 */
const FLATTENING = 0.994;
const RADIANS = Math.PI / 180;

/** In degrees, and how far from there the device may be. */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
  readonly radiusKm: number;
}

/** Whoever answered within this round trip is not farther away; infinite when nothing is known. */
export function boundKm(rttMs: number, radiusKm: number): number {
  const isTime = Number.isFinite(rttMs) && rttMs >= 0;
  const isRadius = Number.isFinite(radiusKm) && radiusKm >= 0;
  if (!isTime || !isRadius) return Infinity;
  return (LIGHT_KM_PER_MS * (rttMs + GRAIN_MS)) / 2 + radiusKm;
}

/** No place of the territory is nearer to the middle of where the device is. Worth keeping: it takes ms. */
export function nearestKm({ latitude, longitude }: Place, territory: Territory): number {
  if (!isPosition(latitude, longitude) || territory.length === 0) return 0;
  const nearest = territory.reduce(
    (least, strip) => Math.min(least, haversine(latitude, longitude, strip)),
    1,
  );
  return 2 * EARTH_KM * Math.asin(Math.sqrt(nearest)) * FLATTENING;
}

/** The machine is not in a territory that is so far away. False: it cannot be excluded. */
export function isExcluded(nearestKm: number, rttMs: number, { radiusKm }: Place): boolean {
  return nearestKm > boundKm(rttMs, radiusKm);
}

/** Every answer that takes less excludes a territory so far away; 0 or less: none can. */
export function exclusionRttMs(nearestKm: number, { radiusKm }: Place): number {
  return (2 * (nearestKm - radiusKm)) / LIGHT_KM_PER_MS - GRAIN_MS;
}

/** sin^2 of half the angle to the nearest point of the strip. */
function haversine(latitude: number, longitude: number, strip: Strip): number {
  const { south, north, west, east } = strip;
  const eastward = apart(longitude, west, east);
  const foot = latitudeNearest(latitude, eastward);
  const candidates = foot > south && foot < north ? [foot] : [south, north];
  const half = (degrees: number): number => Math.sin((degrees * RADIANS) / 2) ** 2;
  const [onWay, across] = [half(eastward), Math.cos(latitude * RADIANS)];
  return candidates.reduce((least, at) => {
    const here = half(at - latitude) + across * Math.cos(at * RADIANS) * onWay;
    return Math.min(least, here);
  }, 1);
}

/**
 * Degrees of longitude, 0 to 180. On a circle of latitude the distance grows with them, so that the
 * nearest point of a strip is on the device's own meridian or on the nearer one of the two at its ends.
 */
function apart(longitude: number, west: number, east: number): number {
  const fromWest = modulo(longitude - west, 360);
  if (fromWest <= east - west) return 0;
  return Math.min(fromWest - (east - west), 360 - fromWest);
}

/**
 * Of all points of the circle through both poles that is so many degrees away. Beyond 90 it lies over
 * the pole; what is nearest in a strip without it is one of the strip's ends.
 */
function latitudeNearest(latitude: number, eastward: number): number {
  const [y, x] = [Math.sin(latitude * RADIANS), Math.cos(latitude * RADIANS)];
  return Math.atan2(y, x * Math.cos(eastward * RADIANS)) / RADIANS;
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

function isPosition(latitude: number, longitude: number): boolean {
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
}
