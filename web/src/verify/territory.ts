// The territories of countries (territories.json, 110 KB, to be loaded when they are needed): each is
// covered by cells of the map, so that a place outside all of them is outside the country. What the
// cells add is about 20 km at most.

import { fromBase64 } from '../wire/base64';

/** What scripts/make_territories.mjs writes. */
export interface TerritoryFile {
  readonly cellsPerDegree: number;
  readonly cells: Readonly<Record<string, string>>;
}

/** Between two circles of latitude and two meridians, in degrees; west < east. */
export interface Strip {
  readonly south: number;
  readonly north: number;
  readonly west: number;
  readonly east: number;
}

/** Never empty. */
export type Territory = readonly Strip[];

const BYTES_MAX = 65_536;

/** Of the country (ISO 3166-1 alpha-2), or undefined when nothing is known of it. */
export function territoryOf(file: TerritoryFile, country: string): Territory | undefined {
  const coded = Object.hasOwn(file.cells, country) ? file.cells[country] : undefined;
  return coded === undefined ? undefined : readTerritory(coded, file.cellsPerDegree);
}

/** By row: rows passed over, runs - 1, and of each run the columns passed over and its length - 1. */
export function readTerritory(coded: string, cellsPerDegree: number): Territory | undefined {
  const bytes = fromBase64(coded);
  if (!bytes || bytes.length === 0 || bytes.length > BYTES_MAX) return undefined;
  const numbers = new Numbers(bytes);
  const strips: Strip[] = [];
  for (let row = 0; numbers.isLeft; row++) {
    row += numbers.next();
    const [south, north] = [row / cellsPerDegree - 90, (row + 1) / cellsPerDegree - 90];
    let column = 0;
    for (let runs = numbers.next() + 1; runs > 0 && !numbers.isBroken; runs--) {
      const from = column + numbers.next();
      column = from + numbers.next() + 1;
      const [west, east] = [from / cellsPerDegree - 180, column / cellsPerDegree - 180];
      strips.push({ south, north, west, east });
    }
  }
  const isOnMap = strips.every(({ north, east }) => north <= 90 && east <= 180);
  return numbers.isBroken || !isOnMap ? undefined : strips;
}

/** Seven bits a byte; the highest bit is set on all but a number's last one. */
class Numbers {
  readonly #bytes: Uint8Array;
  #at = 0;
  #isBroken = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isLeft(): boolean {
    return !this.#isBroken && this.#at < this.#bytes.length;
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  next(): number {
    let value = 0;
    for (let digits = 0; digits < 3; digits++) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) break;
      value = value * 128 + (byte & 127);
      if (byte < 128) return value;
    }
    this.#isBroken = true;
    return 0;
  }
}
