// Groups of countries that a person may choose at once. A group is written out into the meeting's policy in
// that moment, and the countries are what counts: nobody, no server and no later release, can say afterwards
// what a group was.
//
// As of 2026-11-27:
//   EU       the 27 member states, european-union.europa.eu "EU countries"
//   EEA      the EU, and the three states of EFTA in the EEA Agreement, efta.int "EEA Agreement"
//   Nordic   the five countries and the three areas of the Nordic Council, norden.org "The Nordic Region"
//   Benelux  the three countries of the Benelux Union, benelux.int
//   DACH     Germany, Austria, Switzerland, by their signs on the road (D, A, CH)
// Areas with a code of their own are in a group only if the source names them: Réunion is not in EU here.

import { COUNTRIES, COUNTRY_GROUPS } from '../wire/countries';

export { COUNTRIES };

export const REGIONS_AS_OF = '2026-11-27';

export type RegionId = 'dach' | 'benelux' | 'nordic' | 'eu' | 'eea';

export interface Region {
  readonly id: RegionId;
  /** ISO 3166-1 alpha-2, ascending */
  readonly countries: readonly string[];
}

/** The smallest first. */
export const REGIONS: readonly Region[] = [
  { id: 'dach', countries: ['AT', 'CH', 'DE'] },
  { id: 'benelux', countries: ['BE', 'LU', 'NL'] },
  { id: 'nordic', countries: ['AX', 'DK', 'FI', 'FO', 'GL', 'IS', 'NO', 'SE'] },
  { id: 'eu', countries: COUNTRY_GROUPS.get('EU') ?? [] },
  { id: 'eea', countries: COUNTRY_GROUPS.get('EEA') ?? [] },
];

/** Every country there is: no limit at all. */
export const isAnywhere = (countries: readonly string[]): boolean =>
  countries.length >= COUNTRIES.length;

export const hasAll = (chosen: readonly string[], wanted: readonly string[]): boolean =>
  wanted.every((country) => chosen.includes(country));

/** With all of these, or, if all of them are there, without them. */
export function toggleCountries(
  chosen: readonly string[],
  these: readonly string[],
): readonly string[] {
  const others = chosen.filter((country) => !these.includes(country));
  return hasAll(chosen, these) ? others : [...others, ...these].sort();
}
