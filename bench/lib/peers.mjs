// The other media servers that are compared with, those of them that are here: names, the helper that brings members in
// (docs/performance.md), and how many times as fast In Camera must and shall be, by shape.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where scripts/bench_peers.sh builds. */
export const PEERS_FOLDER = fileURLToPath(new URL('../../build/peers', import.meta.url));

const hasJanus = spawnSync('janus', ['--help'], { stdio: 'ignore' }).status === 0;
const hasBuilt = existsSync(`${PEERS_FOLDER}/.stamp`);
const janus = (loops, settings = []) => (within) => ['node', 'bench/janus.mjs', loops, ...settings, ...within];

const ALL = {
  janus: {
    name: 'Janus as packaged',
    isHere: hasJanus,
    helper: janus('0'),
    must: { V: 8, T: 5, L: 4 },
    goal: { V: 15, T: 9, L: 5 },
  },
  janusTuned: {
    name: 'Janus tuned',
    isHere: hasJanus && hasBuilt,
    helper: janus('1', ['env', `LD_LIBRARY_PATH=${PEERS_FOLDER}/libsrtp2`]),
    must: { V: 4, T: 3, L: 2 },
    goal: { V: 7, T: 5, L: 2.5 },
  },
  mediasoup: {
    name: 'mediasoup',
    isHere: hasBuilt,
    helper: (within) => ['node', 'bench/mediasoup.mjs', ...within],
    must: { V: 4, T: 3, L: 2 },
    goal: { V: 7, T: 5, L: 2.5 },
  },
};

/** Those that are here; who is not is said. */
export function peersHere() {
  if (!hasJanus) console.error('Janus is not installed (apt-get install --no-install-recommends janus): it is left out.');
  if (!hasBuilt) console.error('mediasoup and a faster libsrtp for Janus are not built (make bench-peers): they are left out.');
  return Object.fromEntries(Object.entries(ALL).filter(([, { isHere }]) => isHere));
}
