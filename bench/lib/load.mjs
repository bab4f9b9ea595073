// One run of `incamera load`, and what was sent and lost in this network namespace meanwhile.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';

export const binary = process.env.TEST_BINARY ?? 'build/release/incamera';
const LOAD_CORE = '0';
const SERVER_CORE = '1';
/** A core of its own, and before everything else that wants it. */
const on = (core) => ['nice', '-n', '-19', 'taskset', '-c', core];
export const onServerCore = on(SERVER_CORE);
export const onLoadCore = on(LOAD_CORE);
export const cores = { loadCore: LOAD_CORE, serverCore: SERVER_CORE };

/** The helper that brings members into a server of ours. */
export const membersOf = (server) => ['node', 'bench/members.mjs', server.url, String(server.process.pid)];

/** What it prints with --json. `phase(text)`: what it is about to do; `within`: words in front of its command. */
export async function runLoad(options, helper, { within = [], phase = () => {} } = {}) {
  const [command, ...rest] = [...within, binary, 'load', ...options.map(String), '--json', '--', ...helper];
  const load = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  load.stderr.on('data', (said) => {
    for (const [, what] of String(said).matchAll(/^incamera load: (.*)$/gm)) phase(what);
  });
  load.stdout.once('data', () => phase('measured'));
  const [out, said] = await Promise.all([text(load.stdout), text(load.stderr), once(load, 'exit')]);
  const result = JSON.parse(out || '{}');
  if (result.server === undefined) throw new Error(`${helper.join(' ')}, ${options.join(' ')}: ${result.error ?? said}`);
  return result;
}

const SAMPLE_MS = 200;
const portOf = (address) => address.split(':')[1];

/** Of each socket for UDP: whether it is a load's, which are the connected ones, and the datagrams that found it full. */
function readSockets(seen) {
  for (const name of ['udp', 'udp6']) {
    for (const line of readFileSync(`/proc/net/${name}`, 'utf8').split('\n').slice(1, -1)) {
      const fields = line.trim().split(/\s+/);
      const [, , remote, , , , , , , inode] = fields;
      seen.set(inode, { isLoad: portOf(remote) !== '0000', dropped: Number(fields.at(-1)) });
    }
  }
}

/** Counts what is dropped because a socket is full, at the servers and at the load: from `begin` to `end`. */
export function watchDrops() {
  const seen = new Map();
  let before = new Map();
  const timer = setInterval(() => readSockets(seen), SAMPLE_MS);
  const sum = (isWanted) =>
    [...seen].reduce((all, [inode, { isLoad, dropped }]) => all + (isLoad === isWanted ? dropped - (before.get(inode) ?? 0) : 0), 0);
  return {
    begin() {
      readSockets(seen);
      before = new Map([...seen].map(([inode, { dropped }]) => [inode, dropped]));
    },
    /** When the load has gone, its sockets have, too: what was seen of them last counts. */
    end() {
      clearInterval(timer);
      return { atServer: sum(false), atLoad: sum(true) };
    },
  };
}
