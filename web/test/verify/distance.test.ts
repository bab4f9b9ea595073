import { describe, expect, it } from 'vitest';
import {
  boundKm,
  exclusionRttMs,
  isExcluded,
  nearestKm,
  type Place,
} from '../../src/verify/distance';
import territories from '../../src/verify/territories.json';
import { readTerritory, territoryOf, type Territory } from '../../src/verify/territory';
import { COUNTRIES } from '../../src/wire/countries';
import outlines from './outlines.json';

const place = (latitude: number, longitude: number, radiusKm = 0): Place => ({
  latitude,
  longitude,
  radiusKm,
});

/** A single point as a territory. */
const at = (latitude: number, longitude: number): Territory => [
  { south: latitude, north: latitude, west: longitude, east: longitude },
];

const of = (country: string): Territory => {
  const territory = territoryOf(territories, country);
  if (!territory) throw new Error(`no territory of ${country}`);
  return territory;
};

const FROM = {
  Paris: place(48.857, 2.352),
  Frankfurt: place(50.111, 8.682),
  Warsaw: place(52.23, 21.012),
  Toronto: place(43.653, -79.383),
  Berkeley: place(37.872, -122.273),
};
const CITIES = {
  Beijing: at(39.904, 116.407),
  Ashburn: at(39.044, -77.488),
  Moscow: at(55.756, 37.617),
  Zurich: at(47.377, 8.542),
  London: at(51.507, -0.128),
};

/** trust.md B2d: round trips in ms below which the place is excluded. */
const LIMITS: readonly [keyof typeof FROM, 'CN' | 'US' | keyof typeof CITIES, number][] = [
  ['Paris', 'CN', 36.2],
  ['Paris', 'Beijing', 53.8],
  ['Paris', 'US', 33.1],
  ['Paris', 'Ashburn', 40.3],
  ['Paris', 'Moscow', 15.6],
  ['Paris', 'Zurich', 2.3],
  ['Paris', 'London', 1.3],
  ['Frankfurt', 'CN', 33],
  ['Frankfurt', 'Beijing', 50.9],
  ['Frankfurt', 'US', 35.5],
  ['Frankfurt', 'Ashburn', 42.7],
  ['Frankfurt', 'Moscow', 12.5],
  ['Frankfurt', 'Zurich', 1],
  ['Frankfurt', 'London', 3.3],
  ['Warsaw', 'CN', 27.1],
  ['Warsaw', 'Beijing', 45.3],
  ['Warsaw', 'US', 39.9],
  ['Warsaw', 'Ashburn', 47],
  ['Warsaw', 'Moscow', 6.7],
  ['Warsaw', 'Zurich', 6],
  ['Warsaw', 'London', 8.7],
  ['Toronto', 'CN', 59],
  ['Toronto', 'Beijing', 69.7],
  ['Toronto', 'Ashburn', 2.6],
  ['Toronto', 'Moscow', 48.9],
  ['Toronto', 'Zurich', 42.2],
  ['Toronto', 'London', 37.1],
  ['Berkeley', 'CN', 50.8],
  ['Berkeley', 'Beijing', 62.4],
  ['Berkeley', 'Ashburn', 24.8],
  ['Berkeley', 'Moscow', 61.9],
  ['Berkeley', 'Zurich', 61.4],
  ['Berkeley', 'London', 56.4],
];

describe('the bound', () => {
  it('is light in vacuum, half the round trip and the grain, and the own uncertainty', () => {
    expect(boundKm(0, 0)).toBeCloseTo(149.896, 3);
    expect(boundKm(1, 0)).toBeCloseTo(299.792, 3);
    expect(boundKm(10, 500)).toBeCloseTo(2148.859, 3);
  });

  it.each([
    [Number.NaN, 0],
    [-1, 0],
    [Infinity, 0],
    [1, Number.NaN],
    [1, -1],
  ])('of %d ms and %d km excludes nothing', (rttMs, radiusKm) => {
    expect(boundKm(rttMs, radiusKm)).toBe(Infinity);
    expect(isExcluded(20_000, rttMs, place(0, 0, radiusKm))).toBe(false);
  });

  it.each([0, 500])('excludes below one round trip and not above (%d km)', (radiusKm) => {
    const here = place(48.857, 2.352, radiusKm);
    const nearest = nearestKm(here, of('CN'));
    const limit = exclusionRttMs(nearest, here);
    expect(isExcluded(nearest, limit - 0.001, here)).toBe(true);
    expect(isExcluded(nearest, limit + 0.001, here)).toBe(false);
  });
});

describe('the limits of the design', () => {
  it.each(LIMITS)('%s to %s: %d ms, or a little less', (from, to, limit) => {
    const here = FROM[from];
    const territory = to === 'CN' || to === 'US' ? of(to) : CITIES[to];
    const ours = exclusionRttMs(nearestKm(here, territory), here);
    expect(ours).toBeLessThanOrEqual(limit + 0.06);
    // 0.6 % for the ellipsoid, 20 km for the cells, and points of the border that a table of eleven lacks
    expect(ours).toBeGreaterThan(limit * 0.97 - 0.3);
  });
});

describe('the nearest point', () => {
  it('is never farther than any point of the strip', () => {
    const strip = { south: 40, north: 55, west: 170, east: 179.5 };
    const points = grid(40, 55).flatMap((y) => grid(170, 179.5).map((x) => at(y, x)));
    for (const latitude of grid(-90, 90)) {
      for (const longitude of grid(-180, 180)) {
        const here = place(latitude, longitude);
        const nearest = nearestKm(here, [strip]);
        const least = Math.min(...points.map((point) => nearestKm(here, point)));
        expect(nearest).toBeLessThanOrEqual(least + 1e-6);
        expect(nearest).toBeGreaterThan(least - 180); // half a step of the points
      }
    }
  });

  it.each([
    ['inside', place(45, 175), 0],
    ['across the date line', place(45, -179), 1.5],
    ['along a meridian', place(10, 172), 30],
  ])('is found %s', (_, here, degrees) => {
    const nearest = nearestKm(here, [{ south: 40, north: 55, west: 170, east: 179.5 }]);
    const [low, high] = [Math.cos((55 * Math.PI) / 180) * degrees, degrees];
    expect(nearest).toBeGreaterThanOrEqual(low * 111.195 * 0.994 - 1);
    expect(nearest).toBeLessThanOrEqual(high * 111.195 * 0.994 + 1);
  });

  it('is found over the pole, and at both ends of the world', () => {
    const overPole = nearestKm(place(80, 0), at(80, 180));
    expect(overPole).toBeCloseTo(20 * 111.195 * 0.994, 0);
    // The antipode of 30 N 0 E is 30 S 180 E: from there, the strip's southern end is nearer.
    const polar = [{ south: -90, north: -85, west: 170, east: 180 }];
    expect(nearestKm(place(30, 0), polar)).toBeCloseTo(120 * 111.195 * 0.994, 0);
  });

  it('of an impossible place, or of nothing, is here', () => {
    expect(nearestKm(place(91, 0), at(0, 0))).toBe(0);
    expect(nearestKm(place(0, Number.NaN), at(0, 0))).toBe(0);
    expect(nearestKm(place(0, 0), [])).toBe(0);
  });

  it('is not farther than on the ellipsoid', () => {
    // One degree along the meridian at the equator: 110.574 km on WGS 84.
    expect(nearestKm(place(0, 0), at(1, 0))).toBeLessThan(110.574);
    expect(nearestKm(place(0, 0), at(0, 1))).toBeLessThan(111.319);
  });
});

describe('territories', () => {
  it('are those of all countries', () => {
    expect(Object.keys(territories.cells).sort()).toEqual([...COUNTRIES].sort());
    for (const country of COUNTRIES) expect(of(country).length, country).toBeGreaterThan(0);
  });

  it.each(Object.entries(outlines))('of %s contains its outline', (country, coded) => {
    const territory = of(country);
    for (const point of coded.split(',')) {
      const [longitude = Number.NaN, latitude = Number.NaN] = point.split(' ').map(Number);
      expect(contains(territory, latitude / 1000, longitude / 1000), point).toBe(true);
    }
  });

  it.each([
    ['FR', 41.39, 9.16, 'Bonifacio'],
    ['FR', 4.93, -52.33, 'Cayenne'],
    ['US', 21.31, -157.86, 'Honolulu'],
    ['US', 52.93, 172.9, 'Attu'],
    ['ES', 28.1, -15.4, 'Las Palmas'],
    ['CN', 53.48, 122.37, 'Mohe'],
    ['CN', 18.25, 109.5, 'Sanya'],
    ['RU', 54.71, 20.51, 'Kaliningrad'],
    ['UA', 44.6, 33.53, 'Sevastopol'],
    ['RU', 44.6, 33.53, 'Sevastopol'],
    ['AQ', -89.9, 0, 'the pole'],
    ['FJ', -16.8, 179.99, 'Taveuni'],
    ['SJ', 78.22, 15.65, 'Longyearbyen'],
  ])('%s contains %d %d (%s)', (country, latitude, longitude) => {
    expect(contains(of(country), latitude, longitude)).toBe(true);
  });

  it.each([
    ['DE', 48.857, 2.352],
    ['FR', 50.111, 8.682],
    ['CN', 22.28, 114.16],
    ['US', 43.653, -79.383],
    ['CH', 47.9, 9.5],
  ])('%s does not contain %d %d', (country, latitude, longitude) => {
    expect(contains(of(country), latitude, longitude)).toBe(false);
  });

  it('are hardly larger than the countries', () => {
    expect(area(of('DE'))).toBeLessThan(1.2 * 357_600);
    expect(area(of('FR'))).toBeLessThan(1.2 * (643_800 + 160_000)); // the box of Guiana
    expect(area(of('CN'))).toBeLessThan(1.2 * 9_597_000);
    expect(area(of('CH'))).toBeLessThan(1.35 * 41_300);
  });

  it('are not known of what is no country', () => {
    for (const code of ['XX', '', 'de', 'constructor', '__proto__']) {
      expect(territoryOf(territories, code)).toBeUndefined();
    }
  });

  it.each([
    ['nothing', ''],
    ['no base64', '*'],
    ['a number without end', 'gICA'],
    ['half a run', 'AAAA'],
    ['a row beyond the pole', 'iyAAAAA='],
    ['a column beyond the date line', 'AACWQAA='],
  ])('cannot be read out of %s', (_, coded) => {
    expect(readTerritory(coded, 8)).toBeUndefined();
  });

  it('are read in place', () => {
    expect(readTerritory('AAAAAA==', 8)).toEqual([
      { south: -90, north: -89.875, west: -180, east: -179.875 },
    ]);
  });
});

function contains(territory: Territory, latitude: number, longitude: number): boolean {
  return territory.some(
    ({ south, north, west, east }) =>
      latitude >= south && latitude <= north && longitude >= west && longitude <= east,
  );
}

function grid(from: number, to: number): readonly number[] {
  return Array.from({ length: 13 }, (_, step) => from + ((to - from) * step) / 12);
}

/** In square kilometres. */
function area(territory: Territory): number {
  const sine = (degrees: number): number => Math.sin((degrees * Math.PI) / 180);
  return territory.reduce(
    (sum, { south, north, west, east }) =>
      sum + 6371 ** 2 * (sine(north) - sine(south)) * (((east - west) * Math.PI) / 180),
    0,
  );
}
