// For the page of a report: lines over one axis, as an SVG.

const WIDTH = 760;
const HEIGHT = 300;
const LEFT = 64;
const RIGHT = 16;
const TOP = 12;
const BOTTOM = 44;
const LEGEND = 20;
const COLOURS = ['#c2410c', '#0f766e', '#7c3aed', '#a16207'];

/** Text for a page. */
export const escape = (text) => String(text).replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
const written = (value) => (value >= 1000 ? value.toLocaleString('en') : String(value));

/** Some even values from 0 to the one above the most. */
function evenTicks(most) {
  const raw = most / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= raw);
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, i) => Math.round(i * step * 1e6) / 1e6);
}

function powerTicks(least, most) {
  const [from, to] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
  return Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i));
}

/** `lines`: { name, isOurs, points: [[x, y]…] }; `x`: what the axis is; `isLog`: y by powers of ten. */
export function curves(lines, { x: label, isLog = false }) {
  const all = lines.flatMap(({ points }) => points);
  const ys = all.map(([, y]) => y).filter((y) => !isLog || y > 0);
  if (ys.length === 0) return '';
  const most = Math.max(...ys) || 1;
  const ticks = isLog ? powerTicks(Math.min(...ys), most * 1.001) : evenTicks(most);
  const xs = [...new Set(all.map(([x]) => x))].toSorted((a, b) => a - b);
  const named = xs.filter((x, i) => i === 0 || x - xs[i - 1] > 0.04 * xs.at(-1)); // the others are too near
  const scale = isLog ? Math.log10 : (value) => value;
  const [low, high] = [scale(ticks[0]), scale(ticks.at(-1))];
  const at = (x) => (LEFT + ((WIDTH - LEFT - RIGHT) * x) / xs.at(-1)).toFixed(1);
  const up = (y) => (HEIGHT - BOTTOM - ((HEIGHT - TOP - BOTTOM) * (scale(y) - low)) / (high - low)).toFixed(1);
  const grid = ticks.map((y) => `<path class="axis" d="M${LEFT} ${up(y)}H${WIDTH - RIGHT}"/><text class="small" x="${LEFT - 8}" y="${Number(up(y)) + 4}" text-anchor="end">${written(y)}</text>`);
  const below = named.map((x) => `<text class="small" x="${at(x)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${written(x)}</text>`);
  const drawn = lines.map(({ name, isOurs, points }, i) => {
    const style = isOurs ? 'stroke="var(--ours)" style="stroke-width:3"' : `stroke="${COLOURS[i % COLOURS.length]}"`;
    const path = points.filter(([, y]) => !isLog || y > 0).map(([x, y], k) => `${k === 0 ? 'M' : 'L'}${at(x)} ${up(y)}`).join('');
    const y = HEIGHT + i * LEGEND + 12;
    return `<path class="line" ${style} d="${path}"/><path class="line" ${style} d="M${LEFT} ${y - 4}h24"/><text x="${LEFT + 32}" y="${y}">${escape(name)}</text>`;
  });
  const axis = `<text class="small" x="${(LEFT + WIDTH) / 2}" y="${HEIGHT - 10}" text-anchor="middle">${escape(label)}</text>`;
  const said = lines.map(({ name, points }) => `${name}: ${points.map(([x, y]) => `${written(x)}: ${written(y)}`).join(', ')}`).join('; ');
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT + lines.length * LEGEND}" role="img" aria-label="${escape(said)}">${[...grid, ...below, axis, ...drawn].join('\n')}</svg>`;
}
