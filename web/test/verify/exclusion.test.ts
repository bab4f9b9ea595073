import { describe, expect, it } from 'vitest';
import { Exclusion } from '../../src/verify/exclusion';
import territories from '../../src/verify/territories.json';
import { placeOfTimeZone } from '../../src/verify/time_zone_place';
import zones from '../../src/verify/time_zones.json';
import { COUNTRIES } from '../../src/wire/countries';

const PARIS = { latitude: 48.857, longitude: 2.352, radiusKm: 0 };
const at = (place: ConstructorParameters<typeof Exclusion>[1]): Exclusion =>
  new Exclusion(territories, place);
const SOME = ['CN', 'DE', 'FR', 'RU', 'US'];

describe('countries', () => {
  it('are excluded by a fast answer, fewer by a slow one', () => {
    const paris = at(PARIS);
    expect(paris.of(SOME, 20)).toEqual(['CN', 'US']);
    expect(paris.of(SOME, 34)).toEqual(['CN']);
    expect(paris.of(SOME, 37)).toEqual([]);
    expect(paris.of(SOME, 1)).toEqual(['CN', 'RU', 'US']);
  });

  it('are not where the device itself is', () => {
    expect(at(PARIS).of(COUNTRIES, 0)).not.toContain('FR');
  });

  it('are the same when asked again', () => {
    const paris = at(PARIS);
    expect(paris.of(COUNTRIES, 20)).toEqual(paris.of(COUNTRIES, 20));
    expect(paris.of(COUNTRIES, 20).length).toBeGreaterThan(paris.of(COUNTRIES, 40).length);
  });

  it('are excluded by the city of a time zone, within its radius', () => {
    const berlin = at(placeOfTimeZone(zones, 'Europe/Berlin'));
    expect(berlin.of(SOME, 5)).toEqual(['CN', 'US']);
    expect(berlin.of(SOME, 30)).toEqual(['US']);
  });

  it('are not excluded when something is not known', () => {
    expect(at(undefined).of(COUNTRIES, 1)).toEqual([]);
    expect(at(placeOfTimeZone(zones, 'UTC')).of(COUNTRIES, 1)).toEqual([]);
    expect(at(PARIS).of(COUNTRIES, undefined)).toEqual([]);
    expect(at(PARIS).of(['XX', ''], 1)).toEqual([]);
    expect(new Exclusion({ cellsPerDegree: 8, cells: {} }, PARIS).of(['CN'], 1)).toEqual([]);
  });
});
