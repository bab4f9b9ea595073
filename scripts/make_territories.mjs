#!/usr/bin/env node
// Write web/src/verify/territories.json and a sample for its test:
//
//   npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
//   node scripts/make_territories.mjs package/countries-10m.json
//
// Natural Earth's outlines of countries 1:10m (version 4.1.0, public domain), covered by cells of 1/8
// degree: a cell belongs to a country when anything of the country lies in it or within 0.02 degrees of
// it. So the cells contain the country, whatever is rounded, and "not in this country" is never said of
// a place in it. The data draws borders as they are kept; land that more than one state claims is
// given to each of them below. HK, MO, TW and PR are, as in ISO 3166, themselves. The same input gives
// the same files; every point and every edge of the input is checked to be covered.
import { readFileSync, writeFileSync } from "node:fs";

const PER_DEGREE = 8;
const COLUMNS = 360 * PER_DEGREE;
const ROWS = 180 * PER_DEGREE;
const MARGIN = 0.02 * PER_DEGREE;
/** Cells between two runs of a row that are taken in, too: fewer and longer runs. */
const GAP_MAX = 2;
/** Points of the outlines that the test looks for: one of so many. */
const SAMPLE_EVERY = 300;

/** Land that the data gives no country of ISO 3166: whose it is, or who says that it is theirs. */
const UNASSIGNED = {
  Dhekelia: "GB CY",
  Akrotiri: "GB CY",
  Somaliland: "SO",
  Kosovo: "RS",
  "USNB Guantanamo Bay": "US CU",
  "N. Cyprus": "CY TR",
  "Cyprus U.N. Buffer Zone": "CY TR",
  "Siachen Glacier": "IN PK CN",
  Baikonur: "KZ RU",
  "Indian Ocean Ter.": "AU CX CC",
  "Coral Sea Is.": "AU",
  "Spratly Is.": "CN TW VN PH MY BN",
  "Clipperton I.": "FR",
  "Bajo Nuevo Bank": "CO JM US",
  "Serranilla Bank": "CO JM HN US",
  "Scarborough Reef": "CN TW PH",
};

/** South, west, north, east in degrees: parts that the data does not tell apart, and land in dispute. */
const BOXES = [
  ["AQ", -90, -180, -60, 180],
  ["GF FR", 2, -55, 6.2, -51],
  ["GP FR", 15.7, -62, 16.7, -60.9],
  ["MQ FR", 14.3, -61.4, 15, -60.7],
  ["RE FR", -21.5, 55.1, -20.8, 55.9],
  ["YT FR KM", -13.2, 44.9, -12.5, 45.4],
  ["SJ NO", 70.7, -9.4, 71.3, -7.7],
  ["SJ NO", 74, 10, 81, 34.5],
  ["BV NO", -54.6, 3.2, -54.3, 3.6],
  ["BQ NL", 11.9, -68.5, 12.4, -68.1],
  ["BQ NL", 17.3, -63.4, 17.8, -62.8],
  ["TK NZ", -9.6, -172.7, -8.4, -171],
  ["CX AU", -10.7, 105.4, -10.3, 105.9],
  ["CC AU", -12.4, 96.6, -11.7, 97.1],
  ["UA RU", 44.3, 32.3, 46.3, 36.8],
  ["UA RU", 45.7, 31.5, 50.2, 40.3],
  ["IN PK", 32.2, 72.4, 37.2, 80.4],
  ["IN CN", 32.2, 76.5, 36.7, 80.4],
  ["IN CN", 26.6, 91.5, 29.6, 97.5],
  ["EH MA", 20.7, -17.2, 27.7, -8.6],
  ["IL SY", 32.6, 35.6, 33.4, 36],
  ["IL PS", 31.2, 34.2, 32.6, 35.6],
  ["JP RU", 43.3, 145.3, 45.6, 149],
];

/** ISO 3166-1: alpha-2 codes by their numbers. */
const CODES = Object.fromEntries(
  `004AF 008AL 010AQ 012DZ 016AS 020AD 024AO 028AG 031AZ 032AR 036AU 040AT 044BS 048BH 050BD
  051AM 052BB 056BE 060BM 064BT 068BO 070BA 072BW 074BV 076BR 084BZ 086IO 090SB 092VG 096BN
  100BG 104MM 108BI 112BY 116KH 120CM 124CA 132CV 136KY 140CF 144LK 148TD 152CL 156CN 158TW
  162CX 166CC 170CO 174KM 175YT 178CG 180CD 184CK 188CR 191HR 192CU 196CY 203CZ 204BJ 208DK
  212DM 214DO 218EC 222SV 226GQ 231ET 232ER 233EE 234FO 238FK 239GS 242FJ 246FI 248AX 250FR
  254GF 258PF 260TF 262DJ 266GA 268GE 270GM 275PS 276DE 288GH 292GI 296KI 300GR 304GL 308GD
  312GP 316GU 320GT 324GN 328GY 332HT 334HM 336VA 340HN 344HK 348HU 352IS 356IN 360ID 364IR
  368IQ 372IE 376IL 380IT 384CI 388JM 392JP 398KZ 400JO 404KE 408KP 410KR 414KW 417KG 418LA
  422LB 426LS 428LV 430LR 434LY 438LI 440LT 442LU 446MO 450MG 454MW 458MY 462MV 466ML 470MT
  474MQ 478MR 480MU 484MX 492MC 496MN 498MD 499ME 500MS 504MA 508MZ 512OM 516NA 520NR 524NP
  528NL 531CW 533AW 534SX 535BQ 540NC 548VU 554NZ 558NI 562NE 566NG 570NU 574NF 578NO 580MP
  581UM 583FM 584MH 585PW 586PK 591PA 598PG 600PY 604PE 608PH 612PN 616PL 620PT 624GW 626TL
  630PR 634QA 638RE 642RO 643RU 646RW 652BL 654SH 659KN 660AI 662LC 663MF 666PM 670VC 674SM
  678ST 682SA 686SN 688RS 690SC 694SL 702SG 703SK 704VN 705SI 706SO 710ZA 716ZW 724ES 728SS
  729SD 732EH 740SR 744SJ 748SZ 752SE 756CH 760SY 762TJ 764TH 768TG 772TK 776TO 780TT 784AE
  788TN 792TR 795TM 796TC 798TV 800UG 804UA 807MK 818EG 826GB 831GG 832JE 833IM 834TZ 840US
  850VI 854BF 858UY 860UZ 862VE 876WF 882WS 887YE 894ZM`
    .split(/\s+/)
    .map((entry) => [entry.slice(0, 3), entry.slice(3)]),
);

const cells = new Map();
const runsOf = (code) => {
  if (!cells.has(code)) cells.set(code, new Map());
  return cells.get(code);
};

/** Cells from..to of a row, both included; what lies beyond an edge of the map is the edge's. */
function mark(grid, row, from, to) {
  if (row < 0 || row >= ROWS) return;
  if (!grid.has(row)) grid.set(row, new Uint8Array(COLUMNS));
  grid.get(row).fill(1, Math.max(0, from), Math.min(COLUMNS, to + 1));
}

const columnOf = (longitude) => (longitude + 180) * PER_DEGREE;
const rowOf = (latitude) => (latitude + 90) * PER_DEGREE;

/** Every cell that comes within MARGIN of the edge: of each row the span that the edge has in it. */
function markEdge(grid, [x1, y1], [x2, y2]) {
  const [low, high] = [Math.min(y1, y2), Math.max(y1, y2)];
  for (
    let row = Math.floor(low - MARGIN);
    row <= Math.floor(high + MARGIN);
    row++
  ) {
    const at = (y) =>
      high === low ? x1 : x1 + ((x2 - x1) * (y - y1)) / (y2 - y1);
    const bottom = Math.max(low, Math.min(high, row - MARGIN));
    const top = Math.max(low, Math.min(high, row + 1 + MARGIN));
    const ends = high === low ? [x1, x2] : [at(bottom), at(top)];
    mark(
      grid,
      row,
      Math.floor(Math.min(...ends) - MARGIN),
      Math.floor(Math.max(...ends) + MARGIN),
    );
  }
}

/** What no edge touches is inside or outside as a whole, and its middle tells which. */
function markInside(grid, rings) {
  const crossings = new Map();
  for (const ring of rings) {
    for (let at = 1; at < ring.length; at++) {
      const [[x1, y1], [x2, y2]] = [ring[at - 1], ring[at]];
      const [low, high] = [Math.min(y1, y2), Math.max(y1, y2)];
      for (let row = Math.ceil(low - 0.5); row + 0.5 < high; row++) {
        if (!crossings.has(row)) crossings.set(row, []);
        crossings
          .get(row)
          .push(x1 + ((x2 - x1) * (row + 0.5 - y1)) / (y2 - y1));
      }
    }
  }
  for (const [row, all] of crossings) {
    all.sort((one, other) => one - other);
    if (all.length % 2 !== 0) throw new Error("an outline is not closed");
    for (let at = 0; at < all.length; at += 2) {
      const [from, to] = [
        Math.ceil(all[at] - 0.5),
        Math.ceil(all[at + 1] - 0.5) - 1,
      ];
      if (from <= to) mark(grid, row, from, to);
    }
  }
}

/** TopoJSON: rings are lists of arcs; ~index stands for an arc taken from its end. */
function ringsOf(topology) {
  const { scale, translate } = topology.transform;
  const arcs = topology.arcs.map((arc) => {
    let [x, y] = [0, 0];
    return arc.map(([dx, dy]) => {
      [x, y] = [x + dx, y + dy];
      return [
        columnOf(x * scale[0] + translate[0]),
        rowOf(y * scale[1] + translate[1]),
      ];
    });
  });
  const ring = (indices) =>
    indices.flatMap((index, at) => {
      const points = index < 0 ? [...arcs[~index]].reverse() : arcs[index];
      return at === 0 ? points : points.slice(1);
    });
  return ({ type, arcs: parts = [] }) =>
    (type === "Polygon" ? [parts] : parts).map((polygon) => polygon.map(ring));
}

function closeGaps(row) {
  let last = -1;
  for (let column = 0; column < COLUMNS; column++) {
    if (row[column] === 0) continue;
    if (last >= 0 && column - last - 1 <= GAP_MAX) row.fill(1, last, column);
    last = column;
  }
}

function runsIn(row) {
  const runs = [];
  for (let column = 0; column < COLUMNS; column++) {
    if (row[column] === 0) continue;
    const from = column;
    while (column < COLUMNS && row[column] === 1) column++;
    runs.push([from, column - from]);
  }
  return runs;
}

/**
 * Numbers of 7 bits a byte, the highest bit set on all but the last byte. By row that has runs, from
 * south to north: rows passed over, runs - 1, then of each run the columns passed over since the end of
 * the run before (of the first one: since column 0), and its length - 1.
 */
function encode(grid) {
  const out = [];
  const number = (value) => {
    const digits = [value & 127];
    for (let rest = value >> 7; rest > 0; rest >>= 7)
      digits.unshift((rest & 127) | 128);
    out.push(...digits);
  };
  let next = 0;
  for (const [row, marked] of [...grid].sort(([one], [other]) => one - other)) {
    const runs = runsIn(marked);
    number(row - next);
    number(runs.length - 1);
    let at = 0;
    for (const [from, length] of runs) {
      number(from - at);
      number(length - 1);
      at = from + length;
    }
    next = row + 1;
  }
  return Buffer.from(out).toString("base64");
}

const [source] = process.argv.slice(2);
if (source === undefined)
  throw new Error("usage: make_territories.mjs <countries-10m.json>");
const topology = JSON.parse(readFileSync(source, "utf8"));
const polygonsOf = ringsOf(topology);
const samples = {};
const checks = [];
for (const geometry of topology.objects.countries.geometries) {
  const { id, properties } = geometry;
  const codes = (
    id === undefined ? UNASSIGNED[properties.name] : CODES[id]
  )?.split(" ");
  if (codes === undefined) throw new Error(`${properties.name}: whose is it?`);
  for (const code of codes) {
    for (const rings of polygonsOf(geometry)) {
      for (const ring of rings) {
        for (let at = 1; at < ring.length; at++)
          markEdge(runsOf(code), ring[at - 1], ring[at]);
        checks.push([code, ring]);
      }
      markInside(runsOf(code), rings);
    }
  }
}
for (const [codes, south, west, north, east] of BOXES) {
  for (const code of codes.split(" ")) {
    for (let row = Math.floor(rowOf(south)); row < rowOf(north); row++) {
      mark(
        runsOf(code),
        row,
        Math.floor(columnOf(west)),
        Math.ceil(columnOf(east)) - 1,
      );
    }
  }
}
for (const grid of cells.values())
  for (const row of grid.values()) closeGaps(row);

const isCovered = (grid, [x, y]) =>
  grid.get(Math.min(ROWS - 1, Math.floor(y)))?.[
    Math.min(COLUMNS - 1, Math.floor(x))
  ] === 1;
const seen = new Map();
for (const [code, ring] of checks) {
  for (let at = 1; at < ring.length; at++) {
    const [[x1, y1], [x2, y2]] = [ring[at - 1], ring[at]];
    const steps =
      Math.ceil(Math.max(Math.abs(x2 - x1), Math.abs(y2 - y1)) * 4) + 1;
    for (let step = 0; step <= steps; step++) {
      const point = [
        x1 + ((x2 - x1) * step) / steps,
        y1 + ((y2 - y1) * step) / steps,
      ];
      if (!isCovered(runsOf(code), point))
        throw new Error(`${code}: a point is not covered`);
    }
    const count = seen.get(code) ?? 0;
    seen.set(code, count + 1);
    if (count % SAMPLE_EVERY === 0) {
      const degrees = [x1 / PER_DEGREE - 180, y1 / PER_DEGREE - 90];
      (samples[code] ??= []).push(
        degrees.map((value) => Math.round(value * 1000)).join(" "),
      );
    }
  }
}

const inOrder = [...cells].sort(([one], [other]) => (one < other ? -1 : 1));
const territories = {
  origin:
    "Natural Earth 4.1.0, Admin 0 countries 1:10m (public domain); scripts/make_territories.mjs",
  cellsPerDegree: PER_DEGREE,
  cells: Object.fromEntries(
    inOrder.map(([code, grid]) => [code, encode(grid)]),
  ),
};
const web = new URL("../web/", import.meta.url);
const write = (path, value) =>
  writeFileSync(new URL(path, web), `${JSON.stringify(value, null, 2)}\n`);
write("src/verify/territories.json", territories);
write(
  "test/verify/outlines.json",
  Object.fromEntries(
    Object.entries(samples).map(([code, points]) => [code, points.join(",")]),
  ),
);
console.log(
  `${cells.size} countries, ${JSON.stringify(territories).length} characters`,
);
