// What the page and the worker of distances tell each other.

export interface DistanceQuestion {
  /** the time zone that this device is set to (IANA) */
  readonly zone: string;
  readonly rttMs: number;
}

export interface DistanceAnswer {
  /** whoever answered is not farther away from this device, in km */
  readonly boundKm: number;
  /** of the circle around the zone's city that this device is in, in km; null: nobody knows where it is */
  readonly radiusKm: number | null;
  /** countries (ISO 3166-1 alpha-2) in which it is not */
  readonly excluded: readonly string[];
}
