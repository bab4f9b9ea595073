// What every benchmark does with what it has measured: one file a benchmark for programs (build/bench),
// and the same rows for the table that people read (bench/table.mjs).

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';

const OUT = new URL('../../build/bench/', import.meta.url);

/** What else the machine was doing: figures of a busy one say little. */
const loadBefore = loadavg()[0];

export const marks = readFileSync(new URL('marks.js', import.meta.url), 'utf8');

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export function median(values) {
  if (values.length === 0) throw new Error('nothing was measured');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The middle half: how much the median can be trusted. */
export function quartiles(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  return [at(0.25), at(0.75)];
}

/** From one mark to the first of another name behind it, in ms; null: it never came. */
export function span(list, from, to) {
  const start = typeof from === 'number' ? from : list.find(({ name }) => name === from)?.at;
  const end = list.find(({ name, at }) => name === to && at >= start)?.at;
  return start === undefined || end === undefined ? null : end - start;
}

/** Of a row, below: 'none' (it has no goal), 'met', 'enough' (only what must be), or 'missed'. */
export function verdict({ figure, goal, must, isFloor = false }) {
  const reaches = (limit) => (isFloor ? figure >= limit : figure <= limit);
  if (goal === null) return 'none';
  if (reaches(goal)) return 'met';
  return must !== undefined && reaches(must) ? 'enough' : 'missed';
}

/** `rows`: { what, figure, unit, goal (null: none), must, isFloor }; a figure that is at most the goal meets it, or with
 *  `isFloor` one that is at least the goal. `must`: what has to be reached on the way there. */
export function report(name, { rows, ...details }) {
  for (const { what, figure } of rows) {
    if (!Number.isFinite(figure)) throw new Error(`${name}: no figure for "${what}"`);
  }
  const machine = { cores: cpus().length, model: cpus()[0]?.model ?? '', loadBefore };
  mkdirSync(OUT, { recursive: true });
  const text = JSON.stringify({ name, at: new Date().toISOString(), machine, rows, ...details }, null, 2);
  writeFileSync(new URL(`${name}.json`, OUT), `${text}\n`);
}

export function read(name) {
  return JSON.parse(readFileSync(new URL(`${name}.json`, OUT), 'utf8'));
}
