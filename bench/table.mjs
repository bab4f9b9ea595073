// The figures of the last run of every benchmark, as a table for people. Use: node bench/table.mjs NAME…
// --json: the same for programs, in one object. Exit status 1: one of them has not measured.

import { read, verdict } from './lib/figures.mjs';

const isJson = process.argv.includes('--json');
const names = process.argv.slice(2).filter((name) => !name.startsWith('--'));

/** A benchmark compares; it does not judge the machine. A goal that is missed is said, and no failure. */
const VERDICTS = { none: '', met: 'met', enough: 'must met, goal missed', missed: 'MISSED' };
const written = (value, unit) => (value === null || value === undefined ? '' : `${value} ${unit}`);

const missing = [];
const results = names.flatMap((name) => {
  try {
    return [read(name)];
  } catch {
    missing.push(name);
    return [];
  }
});

if (isJson) {
  console.log(JSON.stringify({ results, missing }, null, 2));
} else {
  const rows = results.flatMap(({ rows: each }) => each);
  const lines = rows.map((row) => {
    const { what, figure, must, goal, unit } = row;
    return [what, written(figure, unit), written(must, unit), written(goal, unit), VERDICTS[verdict(row)]];
  });
  const table = [['what', 'figure', 'must', 'goal', ''], ...lines];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((line) => line[column].length)));
  const write = ([what, ...more]) => `  ${[what.padEnd(widths[0]), ...more.map((cell, i) => cell.padStart(widths[i + 1] ?? 0))].join('  ')}`.trimEnd();
  for (const line of table) console.log(write(line));
  for (const { name, machine } of results) {
    const { cores, model, loadBefore } = machine;
    console.log(`\n  ${name}: ${cores} cores (${model}), load ${loadBefore.toFixed(1)} when it began`);
  }
  for (const name of missing) console.log(`\n  ${name}: nothing was measured; see build/bench/${name}.log`);
}
process.exitCode = missing.length === 0 ? 0 : 1;
