// Countries in the person's language: names, order, and what a typed word finds.

import { COUNTRIES, type RegionId } from '../call/regions';
import { locale, type Key } from './i18n';

export interface Country {
  readonly code: string;
  readonly name: string;
}

export function countryName(code: string): string {
  const names = new Intl.DisplayNames(locale(), { type: 'region', fallback: 'code' });
  return names.of(code) ?? code;
}

/** By name, as the language sorts. */
export function namedCountries(codes: readonly string[] = COUNTRIES): readonly Country[] {
  const { compare } = new Intl.Collator(locale());
  return codes
    .map((code) => ({ code, name: countryName(code) }))
    .sort((one, other) => compare(one.name, other.name));
}

export function countryList(codes: readonly string[]): string {
  return new Intl.ListFormat(locale()).format(namedCountries(codes).map(({ name }) => name));
}

/** With a word that begins like this, or with this code; accents and capitals do not count. */
export function searchCountries(countries: readonly Country[], typed: string): readonly Country[] {
  const wanted = plain(typed.trim());
  if (wanted === '') return countries;
  const isFound = ({ code, name }: Country): boolean =>
    plain(code) === wanted || ` ${plain(name)}`.includes(` ${wanted}`);
  return countries.filter(isFound);
}

/** "Åland" is found by "aland", "Saint-Martin" by "martin". */
function plain(text: string): string {
  return text
    .normalize('NFD')
    .replaceAll(/\p{Mark}/gu, '')
    .replaceAll(/[^\p{Letter}\p{Number}]+/gu, ' ')
    .toLowerCase();
}

export const REGION_NAMES: Readonly<Record<RegionId, Key>> = {
  dach: 'region.dach',
  benelux: 'region.benelux',
  nordic: 'region.nordic',
  eu: 'region.eu',
  eea: 'region.eea',
};
