// Between a load test and its helper: what the helper says is passed on with one thing wrong in it.
// Use: node odd_helper.mjs FAULT HELPER [ARGUMENT…]

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const [fault, ...command] = process.argv.slice(2);
const helper = spawn(command[0], command.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
process.stdin.pipe(helper.stdin);
helper.on('exit', () => process.exit(0));

const FAULTS = {
  none: (line) => line,
  /** The last member is in another group, as far as its keys tell. */
  key: (line, { base_key, slots }) => (slots?.length > 0 ? line.replace(base_key, 'AAAAAAAAAAAAAAAAAAAAAA') : line),
  /** A stream that nobody sends. */
  slot: (line, { slots }) => (slots?.length > 0 ? line.replace(String(slots[0]), '1') : line),
  field: (line) => line.replace('{', '{"more":1,'),
  /** In the meeting: member 0, who stays, has keys of an epoch that are none. */
  epoch: (line, { type, member, base_key }) => (type === 'epoch' && member === 0 ? line.replace(base_key, 'AAAAAAAAAAAAAAAAAAAAAA') : line),
  /** In the meeting: what member 0 receives is said to be its own, all of it. */
  sources: (line, { type, member }) => (type === 'slots' && member === 0 ? line.replace(/"from":\d+/g, '"from":0') : line),
  life: (line, { type }) => (type === 'switch' ? line.replace('{', '{"more":1,') : line),
  early: (line, { type }) => (type === 'member' ? '{"type":"ready"}' : line),
};
for await (const line of createInterface({ input: helper.stdout })) {
  process.stdout.write(`${FAULTS[fault](line, JSON.parse(line))}\n`);
}
