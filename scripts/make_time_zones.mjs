#!/usr/bin/env node
// Write web/src/verify/time_zones.json out of the tz database (public domain) of this machine:
//
//   node scripts/make_time_zones.mjs [/usr/share/zoneinfo]
//
// A zone becomes the position of its city and a radius: at least 500 km, and wide enough for whoever is
// in the zone, since a person at its far end must not be told what is true of its city only. Of
// a country with one zone that is the country's farthest cell (territories.json); of a country with
// several, the farthest one whose solar time is within 2.5 hours of the zone's standard time, which is
// more than any zone of those departs, or REACH_KM where somebody measured.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const RADIUS_KM_MIN = 500;
const STEP_KM = 50;
const SOLAR_HOURS_MAX = 2.5;
const EARTH_KM = 6371;

/** From the city to the farthest place of the zone, rounded up. */
const REACH_KM = {
  "America/Anchorage": 1500, // Metlakatla, Unalaska
  "America/Chicago": 2100, // Rio Grande; Culberson County
  "America/Denver": 1500, // north-west of Montana
  "America/Los_Angeles": 1800, // Cape Flattery; Idaho's panhandle
  "America/New_York": 2100, // Dry Tortugas
  "America/Phoenix": 600,
  "America/Toronto": 2300, // Ivujivik
  "America/Vancouver": 1800, // Haines Triangle
  "Australia/Sydney": 1200, // west of New South Wales
  "Europe/Lisbon": 600,
  "Europe/London": 1100, // Unst
  "Europe/Madrid": 800, // Menorca
  "Europe/Paris": 1050, // Bonifacio
  "Pacific/Honolulu": 600, // Hilo
};

/** Parts of a country's territory that have zones of their own. */
const ELSEWHERE = {
  NO: ["SJ", "BV"],
  NL: ["BQ"],
  NZ: ["TK"],
  AU: ["CX", "CC"],
};

/** Whose western end keeps the time of its capital, three hours off. */
const ONE_TIME = ["CN"];

/**
 * Zones that a browser names for people elsewhere: Firefox says Reykjavik for whoever resists fingerprinting, and
 * a copy of Berlin's file looks like Longyearbyen's. They have no place.
 */
const NOT_A_PLACE = ["Arctic/Longyearbyen", "Atlantic/Reykjavik"];

/** What browsers still call a zone: the name before it was changed. */
const FORMER = {
  "Africa/Asmera": "Africa/Asmara",
  "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
  "America/Catamarca": "America/Argentina/Catamarca",
  "America/Coral_Harbour": "America/Atikokan",
  "America/Cordoba": "America/Argentina/Cordoba",
  "America/Godthab": "America/Nuuk",
  "America/Indianapolis": "America/Indiana/Indianapolis",
  "America/Jujuy": "America/Argentina/Jujuy",
  "America/Louisville": "America/Kentucky/Louisville",
  "America/Mendoza": "America/Argentina/Mendoza",
  "Asia/Calcutta": "Asia/Kolkata",
  "Asia/Katmandu": "Asia/Kathmandu",
  "Asia/Rangoon": "Asia/Yangon",
  "Asia/Saigon": "Asia/Ho_Chi_Minh",
  "Atlantic/Faeroe": "Atlantic/Faroe",
  "Europe/Kiev": "Europe/Kyiv",
  "Pacific/Enderbury": "Pacific/Kanton",
  "Pacific/Ponape": "Pacific/Pohnpei",
  "Pacific/Truk": "Pacific/Chuuk",
};

const web = new URL("../web/src/verify/", import.meta.url);
const folder = process.argv[2] ?? "/usr/share/zoneinfo";
const { cellsPerDegree, cells } = JSON.parse(
  readFileSync(new URL("territories.json", web), "utf8"),
);

/** [latitude, longitude] of the corners of every run of cells. */
function cornersOf(code) {
  const bytes = [...Buffer.from(cells[code], "base64")];
  const number = () => {
    let value = 0;
    for (;;) {
      const byte = bytes.shift();
      value = value * 128 + (byte & 127);
      if (byte < 128) return value;
    }
  };
  const corners = [];
  for (let row = 0; bytes.length > 0; row++) {
    row += number();
    let column = 0;
    for (let runs = number(); runs >= 0; runs--) {
      const from = column + number();
      column = from + number() + 1;
      // Runs are cut, so that the ends of each piece tell where the run is.
      for (
        let at = from;
        at < column;
        at = Math.min(at + cellsPerDegree, column)
      ) {
        corners.push([row, at], [row + 1, at]);
      }
      corners.push([row, column], [row + 1, column]);
    }
  }
  return corners.map(([y, x]) => [
    y / cellsPerDegree - 90,
    x / cellsPerDegree - 180,
  ]);
}

function distanceKm([lat1, lon1], [lat2, lon2]) {
  const rad = Math.PI / 180;
  const half = (degrees) => Math.sin((degrees * rad) / 2) ** 2;
  const h =
    half(lat2 - lat1) +
    Math.cos(lat1 * rad) * Math.cos(lat2 * rad) * half(lon2 - lon1);
  return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Of standard time, whatever is added in summer: the smaller one of winter and summer. */
function standardHours(zone) {
  const hours = ["2026-01-15T12:00:00Z", "2026-07-15T12:00:00Z"].map((text) => {
    const options = { timeZone: zone, timeZoneName: "longOffset" };
    const shown = new Intl.DateTimeFormat("en", options).format(new Date(text));
    const [, sign, hour, minute] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(shown);
    return (
      (sign === "-" ? -1 : 1) * (Number(hour ?? 0) + Number(minute ?? 0) / 60)
    );
  });
  return Math.min(...hours);
}

function isPlausible(longitude, hours) {
  const apart = Math.abs(((((longitude / 15 - hours) % 24) + 36) % 24) - 12);
  return apart <= SOLAR_HOURS_MAX;
}

function isElsewhere(code, point) {
  return (ELSEWHERE[code] ?? []).some((part) =>
    cornersOf(part).some((corner) => distanceKm(corner, point) < 50),
  );
}

function radiusKm(code, zone, city, isOnlyZone) {
  if (REACH_KM[zone] !== undefined) return REACH_KM[zone];
  const hours = standardHours(zone);
  const isWhole = isOnlyZone || ONE_TIME.includes(code);
  const reaches = cornersOf(code)
    .filter((corner) => isWhole || isPlausible(corner[1], hours))
    .map((corner) => [distanceKm(city, corner), corner])
    .sort(([one], [other]) => other - one);
  const [farthest] = reaches.find(
    ([, corner]) => !isElsewhere(code, corner),
  ) ?? [0];
  return Math.max(
    RADIUS_KM_MIN,
    Math.ceil((farthest * 1.006) / STEP_KM) * STEP_KM,
  );
}

/** ISO 6709: +DDMM or +DDMMSS, then +DDDMM or +DDDMMSS. */
function positionOf(text) {
  const [, ...parts] =
    /^([+-])(\d\d)(\d\d)(\d\d)?([+-])(\d{3})(\d\d)(\d\d)?$/.exec(text);
  const degrees = ([sign, degree, minute, second = "0"]) =>
    (sign === "-" ? -1 : 1) *
    (Number(degree) + Number(minute) / 60 + Number(second) / 3600);
  return [degrees(parts.slice(0, 4)), degrees(parts.slice(4))];
}

const lines = readFileSync(join(folder, "zone.tab"), "utf8").split("\n");
const entries = lines
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => line.split("\t"));
const places = {};
for (const [code, position, zone] of entries) {
  const city = positionOf(position);
  const isOnlyZone = entries.filter(([other]) => other === code).length === 1;
  const rounded = city.map((degrees) => Math.round(degrees * 100) / 100);
  places[zone] = [...rounded, radiusKm(code, zone, city, isOnlyZone)];
}
for (const zone of NOT_A_PLACE) delete places[zone];
for (const [former, zone] of Object.entries(FORMER)) {
  if (former in places || !(zone in places))
    throw new Error(`${former} is not ${zone}`);
  places[former] = places[zone];
}
const inOrder = Object.entries(places).sort(([one], [other]) =>
  one < other ? -1 : 1,
);
const [, version] = /version (\S+)/.exec(
  readFileSync(join(folder, "tzdata.zi"), "utf8"),
);
writeFileSync(
  new URL("time_zones.json", web),
  `${JSON.stringify(
    {
      origin: `tz database ${version}, zone.tab (public domain); scripts/make_time_zones.mjs`,
      places: Object.fromEntries(
        inOrder.map(([zone, place]) => [zone, place.join(" ")]),
      ),
    },
    null,
    2,
  )}\n`,
);
console.log(`${inOrder.length} zones`);
