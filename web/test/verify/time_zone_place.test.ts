import { describe, expect, it } from 'vitest';
import { nearestKm } from '../../src/verify/distance';
import { placeOfTimeZone } from '../../src/verify/time_zone_place';
import zones from '../../src/verify/time_zones.json';

const placeOf = (zone: string): ReturnType<typeof placeOfTimeZone> => placeOfTimeZone(zones, zone);

describe('the place of a time zone', () => {
  it('is its city, and at least 500 km around it', () => {
    expect(placeOf('Europe/Zurich')).toEqual({ latitude: 47.38, longitude: 8.53, radiusKm: 500 });
    for (const zone of Object.keys(zones.places)) {
      const place = placeOf(zone);
      expect(place?.radiusKm, zone).toBeGreaterThanOrEqual(500);
      expect(Math.abs(place?.latitude ?? 99), zone).toBeLessThanOrEqual(90);
      expect(Math.abs(place?.longitude ?? 999), zone).toBeLessThanOrEqual(180);
    }
  });

  it.each([
    ['America/New_York', 24.55, -81.8, 'Key West'],
    ['America/New_York', 47.24, -68.6, 'Madawaska'],
    ['America/Chicago', 25.9, -97.5, 'Brownsville'],
    ['America/Chicago', 48.15, -103.6, 'Williston'],
    ['America/Denver', 31.76, -106.49, 'El Paso'],
    ['America/Denver', 48.2, -114.3, 'Kalispell'],
    ['America/Los_Angeles', 48.37, -124.6, 'Neah Bay'],
    ['America/Anchorage', 55.13, -131.57, 'Metlakatla'],
    ['America/Toronto', 62.42, -77.91, 'Ivujivik'],
    ['America/Vancouver', 59.45, -136.35, 'Haines Triangle'],
    ['America/Sao_Paulo', -30.03, -51.23, 'Porto Alegre'],
    ['Europe/London', 60.8, -0.8, 'Unst'],
    ['Europe/Paris', 41.39, 9.16, 'Bonifacio'],
    ['Europe/Berlin', 47.66, 7.6, 'Lörrach'],
    ['Europe/Madrid', 39.89, 4.26, 'Mahón'],
    ['Europe/Oslo', 70.37, 31.11, 'Vardø'],
    ['Europe/Moscow', 67.64, 53.01, 'Naryan-Mar'],
    ['Europe/Moscow', 42.98, 47.5, 'Makhachkala'],
    ['Asia/Shanghai', 39.47, 75.99, 'Kashgar'],
    ['Asia/Tokyo', 24.34, 124.16, 'Ishigaki'],
    ['Asia/Kolkata', 34.15, 77.58, 'Leh'],
    ['Australia/Sydney', -34.1, 141.92, 'Mildura'],
    ['Australia/Perth', -15.77, 128.74, 'Kununurra'],
    ['Pacific/Honolulu', 19.72, -155.08, 'Hilo'],
    ['Pacific/Auckland', -46.9, 168.13, 'Stewart Island'],
    ['Africa/El_Aaiun', 21.3, -17, 'La Güera'],
  ])('of %s takes in %d %d (%s)', (zone, latitude, longitude) => {
    const place = placeOf(zone);
    const point = { south: latitude, north: latitude, west: longitude, east: longitude };
    expect(place && nearestKm(place, [point])).toBeLessThan((place?.radiusKm ?? 0) * 0.994);
  });

  it.each([
    ['Asia/Calcutta', 'Asia/Kolkata'],
    ['Europe/Kiev', 'Europe/Kyiv'],
    ['America/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
  ])('of %s, as browsers say, is that of %s', (former, zone) => {
    expect(placeOf(former)).toBeDefined();
    expect(placeOf(former)).toEqual(placeOf(zone));
  });

  it.each([
    'UTC',
    'Etc/GMT-8',
    'EST',
    'GMT',
    '',
    'Mars/Olympus',
    'constructor',
    'Atlantic/Reykjavik',
    'Arctic/Longyearbyen',
  ])('of %s is not known', (zone) => expect(placeOf(zone)).toBeUndefined());

  it.each(['', '1 2', '1 2 x', '1 2 3 4', 'NaN 2 3'])('is not %j', (coded) => {
    expect(placeOfTimeZone({ places: { Here: coded } }, 'Here')).toBeUndefined();
  });
});
