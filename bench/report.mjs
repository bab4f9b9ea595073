// build/bench/report.json as a page for people, in one file without anything from elsewhere: build/bench/report.html.
// Use: node bench/report.mjs [FILE.json [FILE.html]]

import { readFileSync, writeFileSync } from 'node:fs';
import { cost, life, memory } from './lib/chapters.mjs';
import { curves, escape } from './lib/curves.mjs';
import { median, verdict } from './lib/figures.mjs';

const [from = 'build/bench/report.json', to = 'build/bench/report.html'] = process.argv.slice(2);
const NAMES = {
  us: 'In Camera',
  usOpenssl: 'In Camera, OpenSSL alone',
  bare: 'Bare loop: the limit',
  usAlone: 'In Camera, each packet as it comes',
  usLight: 'In Camera, a quarter of the load',
  janus: 'Janus as packaged, a quarter',
  janusTuned: 'Janus tuned, a quarter',
  mediasoup: 'mediasoup, a quarter',
};
const SHAPES = {
  V: 'video in frames of 10 packets',
  T: 'video in groups of 4 packets',
  L: 'lone packets of video',
  A: 'speech, 20 who speak',
  M: 'camera and microphone as a browser sent them',
  P: 'the same, where people come and go',
};
const WIDTH = 760;
const LABEL = 230;
const ROW = 30;
const PLOT = WIDTH - LABEL - 110;

const grouped = (value) => Math.round(value).toLocaleString('en');
const spreadOf = (values) => ({ low: Math.min(...values), middle: median(values), high: Math.max(...values) });

/** One bar a row up to its median, with a line from the least to the most. */
function bars(rows, write) {
  const most = Math.max(...rows.map(({ high }) => high));
  const x = (value) => LABEL + (PLOT * value) / most;
  const lines = rows.map(({ name, low, middle, high, isOurs }, i) => {
    const y = i * ROW;
    return `<text x="${LABEL - 10}" y="${y + 19}" text-anchor="end">${escape(name)}</text>
<rect class="${isOurs ? 'ours' : 'other'}" x="${LABEL}" y="${y + 5}" width="${(x(middle) - LABEL).toFixed(1)}" height="${ROW - 10}" rx="2"/>
<path class="spread" d="M${x(low).toFixed(1)} ${y + 15}H${x(high).toFixed(1)}M${x(low).toFixed(1)} ${y + 10}v10M${x(high).toFixed(1)} ${y + 10}v10"/>
<text x="${(x(high) + 8).toFixed(1)}" y="${y + 19}">${escape(write(middle))}</text>`;
  });
  const said = rows.map(({ name, middle }) => `${name} ${write(middle)}`).join(', ');
  return `<svg viewBox="0 0 ${WIDTH} ${rows.length * ROW}" role="img" aria-label="${escape(said)}">${lines.join('\n')}</svg>`;
}

function rowsOf(rounds, value) {
  return Object.keys(rounds[0])
    .toSorted((a, b) => Object.keys(NAMES).indexOf(a) - Object.keys(NAMES).indexOf(b))
    .map((kind) => ({ name: NAMES[kind] ?? kind, isOurs: kind.startsWith('us'), ...spreadOf(rounds.map((each) => value(each[kind]))) }));
}

function forwarding({ shapes = {}, rounds: count, bed = {} }) {
  const parts = Object.entries(shapes).map(([shape, rounds]) => {
    const flawed = rounds.flatMap((each) => Object.entries(each)).filter(([, { verified }]) => !verified);
    const names = [...new Set(flawed.map(([kind]) => NAMES[kind] ?? kind))];
    const lost = names.length === 0 ? '' : `<p class="missed">Packets were lost in rounds of: ${escape(names.join(', '))}.</p>`;
    return `<h3>${escape(shape)}: ${escape(SHAPES[shape] ?? '')}</h3>${lost}
<h4>Packets forwarded in a second of the processor</h4>${bars(rowsOf(rounds, ({ server }) => 1e6 / server.us_per_packet), grouped)}
<h4>Delay of 99 in 100 packets, at most, in ms</h4>${bars(rowsOf(rounds, ({ delay_us }) => delay_us.p99 / 1000), (ms) => ms.toFixed(2))}`;
  });
  if (parts.length === 0) return '';
  const vector = bed.vector?.length > 0 ? `, ${bed.vector.join(', ')}` : '';
  return `<h2>Forwarding</h2><p>Medians of ${count} rounds; the thin lines go from the lowest round to the highest. Kernel ${escape(bed.kernel ?? '?')}${escape(vector)}.</p>${parts.join('')}`;
}

/** What one core forwards, of each server in each shape. */
function capacity({ shapes = {}, names = {}, rounds: count, publishers, subscribers }) {
  const parts = Object.entries(shapes).map(([shape, rounds]) => {
    const rows = Object.keys(rounds[0]).map((kind) => ({ name: names[kind], isOurs: kind === 'us', ...spreadOf(rounds.map((each) => each[kind].capacity)) }));
    return `<h3>${escape(shape)}: ${escape(SHAPES[shape] ?? '')}</h3>${bars(rows, grouped)}`;
  });
  return `<h2>What one core forwards</h2><p>Packets in a second of the processor, of a core that is about 70 % busy; ${publishers} publishers, ${subscribers} subscribers; medians of ${count} rounds.</p>${parts.join('')}`;
}

/** Delay and packets over the load, of the medians of each step. */
function saturation({ servers = {}, rounds: count, publishers, subscribers }) {
  const named = Object.entries(servers).map(([kind, { name, saturation, rounds }]) => ({
    name: `${name} (100 %: ${grouped(saturation)} packets/s)`,
    isOurs: kind === 'us',
    steps: rounds[0].map(({ offeredPercent: percent }, i) => {
      const of = (value) => median(rounds.map((steps) => value(steps[i])));
      return { percent, p50: of(({ p50 }) => p50) / 1000, p99: of(({ p99 }) => p99) / 1000, forwarded: of((step) => step.forwardedPerS), lost: of((step) => step.lossPercent) };
    }),
  }));
  const lines = (value) => named.map(({ name, isOurs, steps }) => ({ name, isOurs, points: steps.map((step) => [step.percent, value(step)]) }));
  const x = 'load, in percent of what the core of each server suffices for';
  return `<h2>Saturation</h2><p>${publishers} publishers, ${subscribers} subscribers, frames of 10 packets; medians of ${count} rounds. Delays are of frames that came whole.</p>
<h4>Delay of 99 in 100 packets, at most, in ms</h4>${curves(lines(({ p99 }) => p99), { x, isLog: true })}
<h4>Delay, median, in ms</h4>${curves(lines(({ p50 }) => p50), { x, isLog: true })}
<h4>Packets forwarded in a second</h4>${curves(lines(({ forwarded }) => forwarded), { x })}
<h4>Packets lost, in percent</h4>${curves(lines(({ lost }) => lost), { x })}`;
}

const VERDICTS = { none: '', met: 'met', enough: 'must met, goal missed', missed: 'missed' };

/** Columns for what must be and shall be only where a row has a goal. */
function table(rows) {
  const hasGoals = rows.some(({ goal }) => goal !== null);
  const written = (figure) => (Math.abs(figure) >= 10_000 ? grouped(figure) : String(figure));
  const lines = rows.map((row) => {
    const said = verdict(row);
    const limit = (value) => (value === null || value === undefined ? '' : `${row.isFloor ? 'at least' : 'at most'} ${value} ${row.unit}`);
    const goals = hasGoals ? `<td>${escape(limit(row.must))}</td><td>${escape(limit(row.goal))}</td><td>${VERDICTS[said]}</td>` : '';
    return `<tr class="${said}"><td>${escape(row.what)}</td><td class="figure">${escape(written(row.figure))} ${escape(row.unit)}</td>${goals}</tr>`;
  });
  const head = `<th>what</th><th class="figure">figure</th>${hasGoals ? '<th>must</th><th>goal</th><th></th>' : ''}`;
  return `<table><thead><tr>${head}</tr></thead><tbody>${lines.join('')}</tbody></table>`;
}

const STYLE = `:root { color-scheme: light dark; --ink: #1c1e21; --paper: #fff; --ours: #1a66d6; --other: #a9b2bd; --line: #d9dde2; --missed: #b3261e;
  --part0: #7c3aed; --part1: #0f766e; --part2: #a16207; --part3: #1a66d6; --part4: #c2410c; --part5: #0891b2; --part6: #be185d; --part7: #4d7c0f; --part8: #6b7280 }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e6ea; --paper: #16181c; --ours: #6aa5ff; --other: #59616c; --line: #343940; --missed: #ff8a80;
  --part0: #a78bfa; --part1: #2dd4bf; --part2: #eab308; --part3: #6aa5ff; --part4: #fb923c; --part5: #22d3ee; --part6: #f472b6; --part7: #a3e635; --part8: #9ca3af } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 50rem; margin: 2rem auto; padding: 0 1rem }
h1, h2 { line-height: 1.2 } h2 { margin-top: 2.5rem } h3 { margin: 1.8rem 0 0 } h4 { margin: 1rem 0 0.2rem; font-weight: 500 }
svg { width: 100%; height: auto; font-size: 13px } svg text { fill: var(--ink) }
.line { fill: none; stroke-width: 2 } .axis { stroke: var(--line) } .small { font-size: 11px }
.ours { fill: var(--ours) } .other { fill: var(--other) } .spread { stroke: var(--ink); stroke-width: 1.5; fill: none }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums } th, td { text-align: left; padding: 0.25rem 0.6rem 0.25rem 0; border-bottom: 1px solid var(--line) }
.figure { text-align: right; white-space: nowrap; padding-right: 1.2rem } .missed, .missed td { color: var(--missed); font-weight: 600 }`;

function page({ results, missing }) {
  const rows = results.flatMap((result) => result.rows);
  const withGoal = rows.filter(({ goal }) => goal !== null);
  const missed = withGoal.filter((row) => verdict(row) !== 'met');
  const enough = withGoal.filter((row) => verdict(row) === 'enough');
  const lead = withGoal.length === 0
    ? '<p>Nothing was measured that has a goal.</p>'
    : `<p class="${missed.length > 0 ? 'missed' : ''}">${missed.length} of ${withGoal.length} goals missed${missed.length > 0 ? `: ${escape(missed.map(({ what }) => what).join('; '))}` : ''}.${enough.length > 0 ? ` What must be is reached by ${enough.length} of them.` : ''}</p>`;
  const chapters = { forward: forwarding, capacity, saturation, cost, memory, life };
  const parts = results.map((result) => {
    const { cores, model, loadBefore } = result.machine;
    return `${chapters[result.name]?.(result) ?? `<h2>${escape(result.name)}</h2>`}
<p>${escape(result.at)}; ${cores} cores, ${escape(model)}; load ${loadBefore.toFixed(1)} before it began${loadBefore > 1 ? ', so others took part of the machine' : ''}.</p>${table(result.rows)}`;
  });
  const left = missing.length === 0 ? '' : `<p class="missed">Not measured: ${escape(missing.join(', '))}.</p>`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>What In Camera was measured to cost</title><style>${STYLE}</style></head><body>
<h1>What In Camera was measured to cost</h1>${lead}${left}${parts.join('')}</body></html>
`;
}

writeFileSync(to, page(JSON.parse(readFileSync(from, 'utf8'))));
