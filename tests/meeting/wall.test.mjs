// The server's own wall (docs/protocol/cluster.md 6): what people hear who would come into a meeting that this
// server may not carry, or not more of, and that those who are there go on.

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Server } from '../e2e/lib/server.mjs';
import { pause, randomBytes, termsOf } from './lib/scripted_client.mjs';
import { on } from './lib/stage.mjs';

const binary = process.env.TEST_BINARY ?? 'build/release/incamera';
const server = new Server({ binary, port: 8426, mediaPort: 10426, flags: ['--participants-max', '2'] });
const AT_ONCE_MS = 500;
let countries; // of this server's certificate
/** terms: what the meeting is bound to in place of what the server shows; asked when the test begins */
const play = (terms, test) => on(() => server, { isHosted: false, get terms() { return terms(); } }, test);
const own = () => ({});

before(async () => {
  await server.start();
  ({ countries } = await termsOf(server));
});
after(async () => {
  assert.equal(await server.stop(), 0, server.log.slice(-2000));
  server.forget();
});

/** Knocks, and is told why not. */
async function refused(stage, name) {
  const began = Date.now();
  const client = await stage.client(name);
  await client.until(({ phase }) => phase === 'out');
  const error = client.heard.find(({ type }) => type === 'error');
  assert.deepEqual(client.faults, []);
  return { error, ms: Date.now() - began };
}

const error = (reason, rest = {}) => ({ type: 'error', code: 'node_refused', fatal: true, reason, countries, ...rest });

test('who finds the server full hears it at once, with when to ask again, and gets in when somebody leaves', play(own, async (stage) => {
  const ana = await stage.client('Ana');
  await ana.until(({ phase }) => phase === 'in');
  const ben = await stage.client('Ben');
  await ben.until(({ phase }) => phase === 'in');
  const { error: full, ms } = await refused(stage, 'Cem');
  assert.deepEqual(full, error('no_capacity_in_region', { retry_after: 5 }));
  assert.ok(ms < AT_ONCE_MS, `${ms} ms`);
  await ben.leave();
  await ana.until(({ people }) => people.length === 1);
  const cem = await stage.client('Cem');
  await cem.until(({ phase }) => phase === 'in');
  for (const each of [ana, cem]) await each.leave(); // a seat is kept for a while otherwise
}));

const elsewhere = () => (countries[0] === 'FR' ? ['DE'] : ['FR']);
const cases = [
  ['for another country', 'no_node_in_region', () => ({ countries: elsewhere() })],
  ['of another operator', 'operator_mismatch', () => ({ operatorKeysHash: randomBytes(32) })],
  ['of another log', 'log_mismatch', () => ({ logPolicyHash: randomBytes(32) })],
];
for (const [what, reason, terms] of cases)
  test(`a meeting ${what} is not begun here`, play(terms, async (stage) => {
    const { error: heard } = await refused(stage, 'Ana');
    assert.deepEqual(heard, { ...error(reason), countries: terms().countries ?? countries });
  }));

test('a meeting that demands a newer list of nodes waits for it', play(() => ({ nodeSetSerial: 2n ** 52n }), async (stage) => {
  const { error: heard } = await refused(stage, 'Ana');
  assert.deepEqual(heard, error('node_set_serial', { retry_after: 5 }));
}));

// Last: the papers are gone for good.
test('without papers nobody new comes in, and who is there goes on', play(own, async (stage) => {
  const ana = await stage.client('Ana');
  await ana.until(({ phase }) => phase === 'in');
  for (const name of ['node-cert.txt', 'node-set.txt', 'operator-keys.txt']) rmSync(join(server.folder, 'data', name));
  server.process.kill('SIGHUP');
  await pause(3000);
  const { error: heard } = await refused(stage, 'Ben');
  assert.deepEqual(heard, error('node_set_missing', { retry_after: 5 }));
  assert.equal(ana.view.phase, 'in');
  assert.deepEqual(ana.errors, []);
  ana.disconnect();
  ana.connect();
  await ana.until(() => ana.heard.some(({ type }) => type === 'resumed'));
}));
