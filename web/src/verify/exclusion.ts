// In which countries the machine cannot be that answers this device. Whatever is not known (the place of
// the device, a round trip, a territory) excludes nothing.

import { isExcluded, nearestKm, type Place } from './distance';
import { territoryOf, type TerritoryFile } from './territory';

export class Exclusion {
  readonly #file: TerritoryFile;
  readonly #place: Place | undefined;
  /** km by country: they stay, while round trips come every second. */
  readonly #nearest = new Map<string, number>();

  /** Of a device that stays where it is. */
  constructor(file: TerritoryFile, place: Place | undefined) {
    this.#file = file;
    this.#place = place;
  }

  /** Those of the countries (ISO 3166-1 alpha-2) that the smallest round trip excludes. */
  of(countries: readonly string[], rttMs: number | undefined): readonly string[] {
    const place = this.#place;
    if (!place || rttMs === undefined) return [];
    return countries.filter((country) => isExcluded(this.#nearestKm(country, place), rttMs, place));
  }

  #nearestKm(country: string, place: Place): number {
    const known = this.#nearest.get(country);
    if (known !== undefined) return known;
    const territory = territoryOf(this.#file, country);
    const km = territory ? nearestKm(place, territory) : 0;
    this.#nearest.set(country, km);
    return km;
  }
}
