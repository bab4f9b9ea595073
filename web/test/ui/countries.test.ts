import { describe, expect, it } from 'vitest';
import { COUNTRIES } from '../../src/call/regions';
import { countryList, namedCountries, searchCountries } from '../../src/ui/countries';

const ALL = namedCountries();
const found = (typed: string): readonly string[] =>
  searchCountries(ALL, typed).map(({ code }) => code);

describe('the names of countries', () => {
  it('are all of them, each once, as the language sorts them', () => {
    expect(ALL.map(({ code }) => code).sort()).toEqual(COUNTRIES);
    expect(new Set(ALL.map(({ name }) => name)).size).toBe(249);
    const at = (code: string): number => ALL.findIndex((country) => country.code === code);
    expect(at('AX')).toBeLessThan(at('AL')); // Åland Islands stand before Albania
    expect(at('CI')).toBeLessThan(at('HR')); // Côte d'Ivoire before Croatia
  });

  it('are listed in that order, too', () => {
    expect(countryList(['DE', 'AT'])).toBe('Austria and Germany');
  });
});

describe('a search for a country', () => {
  it.each([
    ['germ', ['DE']],
    ['  Åland ', ['AX']],
    ['aland', ['AX']],
    ['cote d', ['CI']],
    ['martin', ['MQ', 'MF']],
    ['lands', []], // no word begins with it
    ['at', ['AT']],
    ['xyzzy', []],
  ])('%j finds %j', (typed, codes) => {
    expect(found(typed)).toEqual(codes);
  });

  it('for nothing finds everything', () => {
    expect(found(' ')).toHaveLength(249);
  });
});
