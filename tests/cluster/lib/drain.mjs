// `incamera drain` on the machine of a node of the lab, and where a browser's media go.

import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

const BINARY = resolve(process.env.TEST_BINARY ?? 'build/release/incamera');

/** { status, states, ms } */
export function drain(node, ...args) {
  const began = Date.now();
  const child = spawn(BINARY, ['drain', '--json', ...args, ...node.settings], { stdio: ['ignore', 'pipe', 'ignore'] });
  let out = '';
  child.stdout.on('data', (bytes) => (out += bytes));
  return new Promise((done) => {
    child.once('close', (status) => done({ status, states: out.trim().split('\n').map((line) => JSON.parse(line)), ms: Date.now() - began }));
  });
}

/** The address that the newest connection of the page that stands sends to; null: none does. */
export const carrierOf = (person) => person.evaluate(async () => {
  const standing = globalThis.__probe.connections.filter(({ connectionState }) => connectionState === 'connected').at(-1);
  const reports = [...((await standing?.getStats())?.values() ?? [])];
  const pair = reports.find(({ type }) => type === 'transport')?.selectedCandidatePairId ??
    reports.find(({ type, selected }) => type === 'candidate-pair' && selected)?.id; // Firefox has no transport
  const { remoteCandidateId } = reports.find(({ id }) => id === pair) ?? {};
  return reports.find(({ id }) => id === remoteCandidateId)?.address ?? null;
});

/** Errors that the server has told the page so far. */
export const errorsOf = (person) => person.evaluate(() => globalThis.__probe.talk.filter(([who, type]) => who === 'server' && type === 'error').length);
