// The regression gate (make bench-quick): what a forwarded packet costs the server in counts that come out the same on
// every machine (bench/budget.c), against bench/budget.json. Exit status: 0 within, 1 above, 2 nothing was counted.
// Use: node bench/budget.mjs [--write] [--without-runs] [shapes, such as VTLA]
//   --write         what is counted becomes the budget
//   --without-runs  behind a kernel that does not cut messages (UDP_SEGMENT): must be above

import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';

const OUT = 'build/bench';
const BUDGET = 'bench/budget.json';
const SUBSCRIBERS = '50';
const FRAMES = { V: 10, T: 25, L: 100, A: 50 };
/** What two builds or two machines may differ in; the same build has never differed by more than 0.02 %. */
const TOLERANCE_PERCENT = { instructions: 3, own: 2, calls: 1, messages: 1, arrived: 1 };
const WORDS = {
  instructions: 'instructions',
  own: '… of our own code',
  calls: 'calls of the system',
  messages: 'messages to the kernel',
  arrived: 'messages from the kernel',
};
/** One choice of OpenSSL and of libc for all CPUs: AES and carry-less multiplication, no AVX. */
const PINNED = { OPENSSL_ia32cap: '~0x1040000000000000:0', GLIBC_TUNABLES: 'glibc.cpu.hwcaps=-AVX2,-AVX,-ERMS,-FSRM,-BMI2' };
const PATIENCE_MS = 300000;

const flags = process.argv.slice(2).filter((word) => word.startsWith('--'));
const shapes = [...(process.argv.slice(2).find((word) => !word.startsWith('--')) ?? 'VTLA')];
const isWriting = flags.includes('--write');
const withoutRuns = flags.includes('--without-runs');
const run = promisify(execFile);

/** Valgrind's log: calls of the system between the words "server" and "members". */
function countCalls(log) {
  let isServer = false;
  let calls = 0;
  for (const line of log.split('\n')) {
    if (/^\*\*\d+\*\* server$/.test(line)) isServer = true;
    else if (/^\*\*\d+\*\* members$/.test(line)) isServer = false;
    else if (isServer && /^SYSCALL\[\d+,\d+\]\( *\d+\) sys_/.test(line)) calls++;
  }
  return calls;
}

/** A profile of Callgrind: { all, own }, instructions; its lines are "position cost", behind `calls=` those of a callee. */
function countInstructions(profile) {
  const names = new Map();
  let isOwn = false;
  let isCallee = false;
  const counts = { all: 0, own: 0 };
  for (const line of profile.split('\n')) {
    const object = /^ob=\((\d+)\)(?: (.*))?$/.exec(line);
    if (object) {
      if (object[2] !== undefined) names.set(object[1], object[2]);
      isOwn = names.get(object[1])?.endsWith('/budget') ?? false;
    }
    const named = /^cob=\((\d+)\) (.*)$/.exec(line);
    if (named) names.set(named[1], named[2]);
    if (line.startsWith('calls=')) isCallee = true;
    const cost = /^[+\-*\d]\S* (\d+)$/.exec(line);
    if (!cost) continue;
    if (!isCallee) {
      counts.all += Number(cost[1]);
      counts.own += isOwn ? Number(cost[1]) : 0;
    }
    isCallee = false;
  }
  return counts;
}

async function measure(shape) {
  const name = `${OUT}/${withoutRuns ? 'without-runs' : 'budget'}-${shape}`;
  const files = { profile: `${name}.callgrind`, log: `${name}.log` };
  const options = ['--tool=callgrind', '--collect-atstart=no', '--instr-atstart=no', '--trace-syscalls=yes'];
  const words = ['build/release/budget', shape, SUBSCRIBERS, String(FRAMES[shape]), ...(withoutRuns ? ['without-runs'] : [])];
  const named = [`--callgrind-out-file=${files.profile}`, `--log-file=${files.log}`];
  const { stdout } = await run('valgrind', [...options, ...named, ...words], {
    env: { ...process.env, ...PINNED },
    timeout: PATIENCE_MS,
  });
  const { packets, messages, arrived } = JSON.parse(stdout);
  const { all, own } = countInstructions(readFileSync(files.profile, 'utf8'));
  const calls = countCalls(readFileSync(files.log, 'utf8'));
  if (all === 0 || own === 0 || calls === 0) throw new Error(`${shape}: nothing was counted`);
  writeFileSync(`${name}.json`, `${stdout.trim()}\n`); // for bench/cost.mjs
  const each = (count) => Number((count / packets).toPrecision(6));
  return { packets, instructions: each(all), own: each(own), calls: each(calls), messages: each(messages), arrived: each(arrived) };
}

/** As many at a time as there are cores. */
async function measureAll() {
  const results = {};
  const waiting = [...shapes];
  const take = async () => {
    for (let shape = waiting.shift(); shape !== undefined; shape = waiting.shift()) results[shape] = await measure(shape);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, take));
  return results;
}

const percentOver = (is, may) => (100 * (is - may)) / may;

function compare(results, budget) {
  let isOver = false;
  const line = (...columns) => console.log(`  ${columns[0].padEnd(26)}${columns.slice(1).map((text) => text.padStart(12)).join('')}`.trimEnd());
  line('per forwarded packet', 'counted', 'budget', 'over', '');
  for (const shape of shapes) {
    for (const [what, tolerance] of Object.entries(TOLERANCE_PERCENT)) {
      const is = results[shape][what];
      const may = budget[shape]?.[what];
      if (may === undefined) throw new Error(`${shape} has no budget: write one (--write)`);
      const over = percentOver(is, may);
      const verdict = over > tolerance ? 'TOO MUCH' : over < -tolerance ? 'less' : '';
      isOver ||= over > tolerance;
      line(`${shape}: ${WORDS[what]}`, String(is), String(may), `${over.toFixed(2)} %`, verdict);
    }
  }
  return isOver;
}

try {
  mkdirSync(OUT, { recursive: true });
  const results = await measureAll();
  if (isWriting) {
    const old = JSON.parse(readFileSync(BUDGET, 'utf8'));
    writeFileSync(BUDGET, `${JSON.stringify({ ...old, ...results }, null, 2)}\n`);
  }
  const isOver = compare(results, JSON.parse(readFileSync(BUDGET, 'utf8')));
  if (isOver) console.log('\nA forwarded packet costs more than bench/budget.json allows: docs/performance.md says what to do.');
  process.exitCode = isOver ? 1 : 0;
} catch (error) {
  console.error(`budget: ${error.stderr || error.message}`);
  process.exitCode = 2;
}
