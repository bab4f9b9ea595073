// The programs of this folder, and gcore.

import { spawn } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

const TOOLS = process.env.TEST_TOOLS ?? 'build/asan';

/** {status, text}. Asynchronous, so that the browsers' messages are not held up. */
export function run(program, ...args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (text += bytes));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, text: text.trim() }));
  });
}

/** All of a process's memory, also what it asked to be left out of dumps. */
export async function dumpTo(file, pid) {
  const { status, text } = await run('gcore', '-a', '-o', file, String(pid));
  if (status !== 0) throw new Error(`gcore: ${text}`);
  renameSync(`${file}.${pid}`, file);
  return file;
}

async function search(tool, dump, list, ...flags) {
  const path = `${dump}.${tool}.json`;
  writeFileSync(path, JSON.stringify(list), { mode: 0o600 });
  const result = await run(`${TOOLS}/${tool}`, ...flags, dump, path);
  if (result.status > 1) throw new Error(`${tool}: ${result.text}`);
  return result;
}

/** `secrets`: [{label, secret}]; the labels of those that are in the dump, with where and how. */
export async function needles(dump, secrets) {
  const { text } = await search('needles', dump, secrets);
  const lines = text.split('\n');
  if (!lines.at(-1).includes(`of ${secrets.length} secrets found`)) throw new Error(text);
  return lines.slice(0, -1).filter((line) => !/: 0$/.test(line));
}

/** `frames`: [{name, nonce, aad, sealed}]; the lines about keys that were found, and the figures. */
export async function anyKey(dump, frames) {
  const list = frames.map(({ name, nonce, aad, sealed }) => ({ name, nonce, aad, ciphertext: sealed.slice(0, -32), tag: sealed.slice(-32) }));
  const { text } = await search('anykey', dump, list);
  const lines = text.split('\n');
  return { found: lines.slice(0, -1), figures: lines.at(-1) };
}

export const payloads = (tap) => run(`${TOOLS}/payloads`, tap);

/** What hop_key_tap.c wrote, in hex. */
export function hopKeys(file) {
  const bytes = readFileSync(file);
  const keys = [];
  for (let at = 0; at < bytes.length; at += 1 + bytes[at]) keys.push(bytes.subarray(at + 1, at + 1 + bytes[at]).toString('hex'));
  return keys;
}

