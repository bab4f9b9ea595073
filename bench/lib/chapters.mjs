// Chapters of the page of a report: what a packet's cost is made of, memory, a meeting that goes on.

import { curves, escape } from './curves.mjs';

const WIDTH = 760;
const BAR = 26;
const ROW = 34;
const LABEL = 40;
const LEGEND = 20;
const SHOWN = 16; // functions
const PARTS = 9; // colours of the page: --part0…

const whole = (value) => Math.round(value).toLocaleString('en');

/** One bar a row, made of parts; below it which is which. `rows`: { name, parts: [{ name, value }], said }. */
function stacks(rows, names, { hasLegend = true } = {}) {
  const most = Math.max(...rows.map(({ parts }) => parts.reduce((sum, { value }) => sum + value, 0)));
  const room = WIDTH - LABEL - 90;
  const lines = rows.map(({ name, parts, said }, i) => {
    let x = LABEL;
    const drawn = parts.map((part) => {
      const width = (room * part.value) / most;
      const rect = `<rect style="fill:var(--part${names.indexOf(part.name) % PARTS})" x="${x.toFixed(1)}" y="${i * ROW + 4}" width="${Math.max(0, width - 1).toFixed(1)}" height="${BAR}"><title>${escape(`${part.name}: ${whole(part.value)}`)}</title></rect>`;
      x += width;
      return rect;
    });
    return `<text x="${LABEL - 10}" y="${i * ROW + 22}" text-anchor="end">${escape(name)}</text>${drawn.join('')}<text x="${(x + 8).toFixed(1)}" y="${i * ROW + 22}">${escape(said)}</text>`;
  });
  const columns = 3;
  const top = rows.length * ROW + 14;
  const legend = (hasLegend ? names : []).map((name, i) => {
    const [at, y] = [LABEL + (i % columns) * ((WIDTH - LABEL) / columns), top + Math.floor(i / columns) * LEGEND];
    return `<rect style="fill:var(--part${i % PARTS})" x="${at}" y="${y}" width="12" height="12"/><text class="small" x="${at + 18}" y="${y + 10}">${escape(name)}</text>`;
  });
  const height = top + Math.ceil(legend.length / columns) * LEGEND;
  const text = rows.map(({ name, parts }) => `${name}: ${parts.map((part) => `${part.name} ${whole(part.value)}`).join(', ')}`).join('; ');
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escape(text)}">${[...lines, ...legend].join('\n')}</svg>`;
}

/** The first `texts` columns are words, the others figures. */
function table(head, rows, texts = 1) {
  const cell = (tag) => (text, i) => `<${tag}${i >= texts ? ' class="figure"' : ''}>${escape(text)}</${tag}>`;
  return `<table><thead><tr>${head.map(cell('th')).join('')}</tr></thead><tbody>${rows.map((row) => `<tr>${row.map(cell('td')).join('')}</tr>`).join('')}</tbody></table>`;
}

/** Instructions in user space by what they are for, and samples of everything. */
export function cost({ shapes = {}, samples = {} }) {
  const list = Object.entries(shapes);
  if (list.length === 0) return '';
  const names = list[0][1].groups.map(({ name }) => name);
  const rows = list.map(([shape, { instructions, groups }]) => ({
    name: shape,
    parts: groups.map(({ name, instructions: value }) => ({ name, value })),
    said: whole(instructions),
  }));
  const ours = list.map(([shape, { functions }]) => {
    const own = new Map(names.map((name) => [name, 0]));
    for (const each of functions) own.set(each.group, own.get(each.group) + each.own);
    const parts = [...own].map(([name, value]) => ({ name, value }));
    return { name: shape, parts, said: whole(parts.reduce((sum, { value }) => sum + value, 0)) };
  });
  const [first, { functions }] = list[0];
  const top = functions.slice(0, SHOWN).map(({ name, group, own, libraries }) => [name, group, whole(own), libraries > 0 ? whole(libraries) : '']);
  return `<h2>What a packet costs, by function</h2>
<p>Instructions of the server for one forwarded packet, as Callgrind counts them; with OpenSSL on one choice of instructions for all CPUs (<code>make bench-quick</code>), so encryption takes a larger part than it does with libipsec-mb.</p>
<h4>Instructions in user space, libraries included</h4>${stacks(rows, names, { hasLegend: false })}
<h4>Of these, of our own code</h4>${stacks(ours, names)}
<h4>The dearest functions in ${escape(first)}</h4>${table(['function', 'part', 'own', 'libraries'], top, 2)}
${sampled(samples)}`;
}

function sampled({ error, parts, functions }) {
  if (error !== undefined) return `<h4>With the kernel</h4><p class="missed">Left out: ${escape(error)}.</p>`;
  const named = parts.map(({ name, percent }) => ({ name: `${name}: ${percent} %`, value: percent }));
  const names = named.map(({ name }) => name);
  const rows = [{ name: 'V', parts: named, said: '' }];
  const top = functions.slice(0, SHOWN).map(({ name, object, percent }) => [name, object.replace(/^.*\//, ''), `${percent.toFixed(1)} %`]);
  return `<h4>With the kernel: samples of the server while it forwards V</h4>${stacks(rows, names)}${table(['function', 'in', 'of all'], top, 2)}`;
}

/** Resident memory over how many are there. */
export function memory({ points = [], theirs = [] }) {
  const line = (list) => list.filter(({ subscribers }) => subscribers !== undefined).map(({ subscribers, residentKib }) => [subscribers, Math.round(residentKib / 97.65625) / 10]);
  const ours = line(points.filter(({ publishers = 1, slots = 1 }) => publishers === 1 && slots === 1));
  if (ours.length < 2) return '<h2>Memory</h2>';
  const lines = [{ name: 'In Camera', isOurs: true, points: ours }, ...(theirs.length > 0 ? [{ name: "mediasoup's worker", isOurs: false, points: line(theirs) }] : [])];
  return `<h2>Memory</h2><h4>Resident, in MB, of a server with one picture, over its subscribers</h4>${curves(lines, { x: 'subscribers' })}`;
}

/** People come and go. */
export function life({ rounds = [], publishers, joinsPerMinute }) {
  const faults = rounds.filter(({ verified }) => !verified).length;
  const lost = faults === 0 ? '' : `<p class="missed">In ${faults} of ${rounds.length} rounds something was lost or wrong.</p>`;
  const ms = (us, window) => (1000 * us) / window; // in a second
  const rows = rounds.map(({ server: { main_us, run_us }, window_us }, i) => ({
    name: String(i + 1),
    parts: [
      { name: 'Signalling', value: ms(main_us, window_us) },
      { name: 'Media, disk', value: ms(run_us - main_us, window_us) },
    ],
    said: `${ms(run_us, window_us).toFixed(0)} ms`,
  }));
  const seen = rounds.map(({ life, window_us }) => ['joins', 'leaves', 'commits', 'slot_switches'].map((what) => ((1e6 * life[what]) / window_us).toFixed(1)));
  const plots = `<h4>The server's processor in a second, by round</h4>${stacks(rows, ['Signalling', 'Media, disk'])}
<h4>What happened in a second</h4>${table(['round', 'joins', 'leaves', 'commits', 'slot switches'], seen.map((figures, i) => [String(i + 1), ...figures]))}`;
  return `<h2>A meeting that goes on</h2><p>About ${publishers} people with camera and microphone; ${joinsPerMinute} a minute come and as many go, each by an MLS commit that everybody works off; cameras and microphones are switched off and on, and slots with them. Medians of ${rounds.length} rounds. Verified: each frame opens under the key of its sender in its epoch, and is of whom the server says; nobody who stays misses a packet.</p>${lost}${plots}`;
}
