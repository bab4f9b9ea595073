// A full node and another one with room: people whose media the second one carries, in the first one's meeting.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { Lab, NODES, pause, until } from './lib/lab.mjs';

const { TEST_BINARY } = process.env;
const ROOM = 2;
const flags = (more) => ['--relay-port=10443', ...more];
const lab = new Lab({
  nodes: {
    fr1: { ...NODES.fr1, flags: flags([`--participants-max=${ROOM}`]) },
    fr2: { ...NODES.de1, country: 'FR', site: '45.76 4.84 10', flags: flags(['--participants-max=10']) },
    us1: { ...NODES.us1, flags: flags(['--participants-max=10']) },
  },
});
const { fr1, fr2, us1 } = lab.nodes;

before(() => lab.start());
after(() => lab.end());

/** As many as `incamera load` brings in: one sends, the others receive, each packet is checked. */
function load(node, receivers, seconds) {
  const words = ['load', '--json', '--publishers=1', `--subscribers=${receivers}`, '--frames=10', `--seconds=${seconds}`, '--'];
  const child = spawn(TEST_BINARY, [...words, process.execPath, 'bench/members.mjs', node.url], { stdio: ['ignore', 'pipe', 'pipe'] });
  const run = { child, text: '', report: '' };
  child.stdout.on('data', (bytes) => (run.report += bytes));
  child.stderr.on('data', (bytes) => (run.text += bytes));
  run.ended = once(child, 'close').then(([code]) => code);
  return run;
}

const logs = () => `${fr1.log.slice(-3000)}\n---\n${fr2.log.slice(-3000)}`;

test('whoever comes to a full node is carried by another one of the region, and sees and is seen', async () => {
  const run = load(fr1, 3, 3);
  const code = await run.ended;
  assert.equal(code, 0, `${run.text}\n${run.report}\n${logs()}`);
  assert.match(fr1.log, /"relay_opened".*fr2\.lab\.example\.org/);
  assert.match(fr2.log, /"relay_given".*fr1\.lab\.example\.org/);
  assert.doesNotMatch(us1.log, /relay_given/);
  console.log(`figures: ${run.report.trim()}`);
});

test('the other node dies: its people lose their media, and nobody else does', async () => {
  await pause(2500); // those of the call before are not counted any more: a full node sends a new meeting elsewhere
  const run = load(fr1, 3, 60);
  await until(() => run.text.includes('measuring') || run.child.exitCode !== null, () => `not begun: ${run.text}\n${logs()}`, 30000);
  assert.equal(run.child.exitCode, null, `${run.text}\n${logs()}`);
  const at = fr1.log.length;
  const since = (words) => (fr1.log.slice(at).match(words) ?? []).length;
  await fr2.end('SIGKILL');
  await until(() => since(/"relay_closed"/g) === 1 && since(/"media_lost"/g) === 2, logs, 15000);
  await pause(1000);
  assert.equal(since(/"media_lost"/g), 2, 'those at fr1 go on');
  assert.equal(since(/"relay_channel_down"/g), 1);
  run.child.kill('SIGKILL');
  for (const node of [fr1, us1]) assert.doesNotMatch(node.log, /region_violation|AddressSanitizer|runtime error/);
});
