// Places of some countries, each near the one of its country that is nearest to Luxembourg, by hand from a
// map, and distances by a formula that the client does not use: what the client excludes is judged by them.

const EARTH_KM = 6371;
/** Ways on the earth are no shorter than this much of those on a sphere. */
const FLATTENING = 0.994;
const RADIANS = Math.PI / 180;

export const LUXEMBOURG = { zone: 'Europe/Luxembourg', place: [49.6, 6.15], radiusKm: 500 };

/** By ISO 3166-1 code: latitude and longitude. */
const PLACES = {
  LU: [49.6, 6.15], BE: [49.7, 5.8], FR: [49.4, 6.2], DE: [49.7, 6.5], NL: [50.8, 5.9], CH: [47.6, 7.6], GB: [51.2, 1.4], IT: [46.1, 7.9],
  ES: [42.4, 3.1], PL: [52.8, 14.2], SE: [55.4, 13], FI: [59.9, 23], TR: [41.7, 26.4], EG: [31.5, 25.2], SA: [32.1, 39.2], IR: [39.7, 44.4],
  KZ: [48.5, 46.6], NG: [13.8, 5.3], KE: [4.6, 34], PK: [29.9, 60.9], US: [44.85, -66.95], CN: [39.4, 73.6], ZA: [-22.2, 29.4],
  CO: [12.4, -71.7], TH: [20.4, 99.9], JP: [45.5, 141.9], KR: [38.3, 126.9], VN: [23.3, 105.3], SG: [1.45, 103.8], AR: [-22.2, -62.7],
  PH: [20.8, 121.9], PG: [-2.6, 141.1], SB: [-6.7, 156.4], VU: [-13.1, 166.6], WS: [-13.5, -172.7], TO: [-15.6, -175.6], NF: [-29, 167.95],
};

export const nameOf = (country) => new Intl.DisplayNames('en', { type: 'region' }).of(country);

/** By the spherical law of cosines. */
function distanceKm([latitude, longitude], [toLatitude, toLongitude]) {
  const [a, b] = [latitude * RADIANS, toLatitude * RADIANS];
  const cosine = Math.sin(a) * Math.sin(b) + Math.cos(a) * Math.cos(b) * Math.cos((toLongitude - longitude) * RADIANS);
  return EARTH_KM * FLATTENING * Math.acos(Math.min(1, cosine));
}

/** Countries with a place within so many km, and those with none within many more. */
export function nearAndFar({ place, radiusKm }, boundKm, marginKm = 250) {
  const rows = Object.entries(PLACES).map(([country, there]) => ({ country, km: distanceKm(place, there) - radiusKm }));
  const codes = (isMeant) => rows.filter(({ km }) => isMeant(km)).map(({ country }) => country);
  return { near: codes((km) => km <= boundKm), far: codes((km) => km > boundKm + marginKm) };
}
