// The figures of the last run of every benchmark, as a table for people. Use: node bench/table.mjs NAME…
// --json: the same for programs, in one object. Exit status 1: one of them has not measured.

import { read } from './lib/figures.mjs';

const isJson = process.argv.includes('--json');
const names = process.argv.slice(2).filter((name) => !name.startsWith('--'));

/** A benchmark compares; it does not judge the machine. A goal that is missed is said, and no failure. */
const verdict = ({ figure, goal, isFloor = false }) => (goal === null ? '' : (isFloor ? figure >= goal : figure <= goal) ? 'met' : 'MISSED');

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
  const lines = rows.map((row) => [row.what, `${row.figure} ${row.unit}`, row.goal === null ? '' : `${row.goal} ${row.unit}`, verdict(row)]);
  const table = [['what', 'figure', 'goal', ''], ...lines];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((line) => line[column].length)));
  const write = ([what, figure, goal, said]) => `  ${what.padEnd(widths[0])}  ${figure.padStart(widths[1])}  ${goal.padStart(widths[2])}  ${said}`.trimEnd();
  for (const line of table) console.log(write(line));
  for (const { name, machine } of results) {
    const { cores, model, loadBefore } = machine;
    console.log(`\n  ${name}: ${cores} cores (${model}), load ${loadBefore.toFixed(1)} when it began`);
  }
  for (const name of missing) console.log(`\n  ${name}: nothing was measured; see build/bench/${name}.log`);
}
process.exitCode = missing.length === 0 ? 0 : 1;
