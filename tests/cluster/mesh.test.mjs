// Three nodes with room for two people each: a meeting of five or six is at all of them, and media go from each to each
// over one relay. What is lost between two of them is opened again; a node that dies takes its own people along alone.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { Lab, NODES, pause, until } from './lib/lab.mjs';

const { TEST_BINARY } = process.env;
const flags = (room) => ['--relay-port=10443', `--participants-max=${room}`];
const place = (n, country, room) => ({ ip: `10.77.1.${n}`, country, site: '48.86 2.35 10', mediaPort: 10000 + n, flags: flags(room) });
const lab = new Lab({ nodes: { fr1: place(1, 'FR', 2), fr2: place(2, 'FR', 2), fr3: place(3, 'FR', 2), us1: { ...NODES.us1, ...place(4, 'US', 10) } } });
const { fr1, fr2, fr3, us1 } = lab.nodes;

before(() => lab.start());
after(() => lab.end());

/** As many as `incamera load` brings in: all send, and each packet of each is checked by all others. */
function load(node, publishers, subscribers, seconds) {
  const words = ['load', '--json', `--publishers=${publishers}`, `--subscribers=${subscribers}`, '--frames=10', `--seconds=${seconds}`, '--'];
  const child = spawn(TEST_BINARY, [...words, process.execPath, 'bench/members.mjs', node.url], { stdio: ['ignore', 'pipe', 'pipe'] });
  const run = { child, text: '', report: '' };
  child.stdout.on('data', (bytes) => (run.report += bytes));
  child.stderr.on('data', (bytes) => (run.text += bytes));
  run.ended = once(child, 'close').then(([code]) => code);
  return run;
}

const logs = () => [fr1, fr2, fr3].map(({ log }) => log.slice(-2500)).join('\n---\n');

test('a meeting that has outgrown two nodes is at three, and all receive all', async () => {
  const run = load(fr1, 5, 1, 4);
  const code = await run.ended;
  assert.equal(code, 0, `${run.text}\n${run.report}\n${logs()}`);
  assert.match(fr1.log, /"relay_opened".*fr2\.lab\.example\.org/);
  assert.match(fr1.log, /"relay_opened".*fr3\.lab\.example\.org/);
  assert.match(fr2.log, /"relay_joined".*fr3\.lab\.example\.org/);
  assert.match(fr3.log, /"relay_joined".*fr2\.lab\.example\.org/);
  assert.doesNotMatch(us1.log, /relay_given|relay_joined/);
  console.log(`figures: ${run.report.trim()}`);
});

async function measuring(run) {
  await until(() => run.text.includes('measuring') || run.child.exitCode !== null, () => `not begun: ${run.text}\n${logs()}`, 40000);
  assert.equal(run.child.exitCode, null, `${run.text}\n${run.report}\n${logs()}`);
}

/** Words of a node's log from now on. */
function watch(node) {
  const at = node.log.length;
  return (words) => (node.log.slice(at).match(words) ?? []).length;
}

const nft = (...words) => execFileSync('nft', words);
const between = (a, b) => ['ip', 'saddr', a.ip, 'ip', 'daddr', b.ip];

test('two of them do not reach each other: nobody is lost, and what is between them is opened again', async () => {
  await pause(2500); // those of the call before are not counted any more
  const run = load(fr1, 5, 1, 90);
  await measuring(run);
  const [home, low, high] = [fr1, fr2, fr3].map(watch);
  nft('add', 'table', 'inet', 'cut');
  nft('add', 'chain', 'inet', 'cut', 'in', '{ type filter hook input priority 0; }');
  for (const pair of [between(fr2, fr3), between(fr3, fr2)]) nft('add', 'rule', 'inet', 'cut', 'in', ...pair, 'drop');
  await until(() => low(/"relay_closed".*fr3/g) === 1 && high(/"relay_closed".*fr2/g) === 1, logs, 20000);
  await pause(3000); // it is tried, and cannot be had
  assert.equal(low(/"relay_joined"/g) + high(/"relay_joined"/g), 0);
  nft('delete', 'table', 'inet', 'cut');
  await until(() => low(/"relay_joined".*fr3/g) === 1 && high(/"relay_joined".*fr2/g) === 1, logs, 20000);
  assert.equal(home(/"media_lost"|"relay_closed"/g), 0, 'people and their nodes stay');
  run.child.kill('SIGKILL');
});

test('one of them dies: its people lose their media, and nobody else does; the others stay joined', async () => {
  await pause(4500);
  const run = load(fr1, 5, 1, 60);
  await measuring(run);
  const [home, high] = [fr1, fr3].map(watch);
  await fr2.end('SIGKILL');
  await until(() => home(/"relay_closed".*fr2/g) === 1 && home(/"media_lost"/g) === 2 && high(/"relay_closed".*fr2/g) === 1, logs, 15000);
  await pause(1500);
  assert.equal(home(/"media_lost"/g), 2, 'those at fr1 and fr3 go on');
  assert.equal(home(/"relay_closed".*fr3/g) + high(/"relay_closed".*fr1/g), 0);
  run.child.kill('SIGKILL');
  for (const node of [fr1, fr3, us1]) assert.doesNotMatch(node.log, /region_violation|AddressSanitizer|runtime error/);
});
