import { describe, expect, it } from 'vitest';
import {
  COUNTRIES,
  REGIONS,
  REGIONS_AS_OF,
  hasAll,
  isAnywhere,
  toggleCountries,
} from '../../src/call/regions';

const countriesOf = (wanted: string): readonly string[] =>
  REGIONS.find(({ id }) => id === wanted)?.countries ?? [];

describe('groups of countries', () => {
  it.each(REGIONS)('$id: of ISO 3166-1, in order, each once', ({ countries }) => {
    expect(countries.length).toBeGreaterThan(1);
    expect(hasAll(COUNTRIES, countries)).toBe(true);
    expect([...new Set(countries)].sort()).toEqual(countries);
  });

  it('are those of the sources, as of the day that is named', () => {
    expect(REGIONS.map(({ id, countries }) => [id, countries.length])).toEqual([
      ['dach', 3],
      ['benelux', 3],
      ['nordic', 8],
      ['eu', 27],
      ['eea', 30],
    ]);
    expect(REGIONS_AS_OF).toMatch(/^\d{4}-\d{2}-\d{2}$/u);
  });

  it('never hold a country that people would not expect there', () => {
    expect(countriesOf('eu')).not.toContain('GB');
    expect(countriesOf('eea')).not.toContain('CH');
    expect(hasAll(countriesOf('eea'), countriesOf('eu'))).toBe(true);
  });
});

describe('what is chosen', () => {
  it('is changed by whole groups and by single countries, and stays in order', () => {
    const dach = countriesOf('dach');
    expect(toggleCountries(['FR'], dach)).toEqual(['AT', 'CH', 'DE', 'FR']);
    expect(toggleCountries(['AT', 'FR'], dach)).toEqual(['AT', 'CH', 'DE', 'FR']);
    expect(toggleCountries(['AT', 'CH', 'DE', 'FR'], dach)).toEqual(['FR']);
    expect(toggleCountries(['FR'], ['FR'])).toEqual([]);
  });

  it('is anywhere only with all countries written out', () => {
    expect(isAnywhere(COUNTRIES)).toBe(true);
    expect(isAnywhere(COUNTRIES.slice(1))).toBe(false);
    expect(isAnywhere([])).toBe(false);
  });
});
