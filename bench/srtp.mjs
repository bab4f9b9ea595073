// What SRTP costs a packet that goes out, by the fast engine and by OpenSSL in the same process (bench/srtp.c): GCM, and what
// peers without it speak. Use: node bench/srtp.mjs [rounds]

import { execFileSync } from 'node:child_process';
import { report } from './lib/figures.mjs';

const NAMES = { AEAD_AES_128_GCM: 'GCM', AES128_CM_HMAC_SHA1_80: 'AES-CM' };
const FULL = 64;
/** AES-CM of 1,200 bytes, 64 packets with one call: times as fast as OpenSSL. */
const GOAL = 3.5;

const lines = execFileSync('taskset', ['-c', '1', 'build/release/srtp', ...process.argv.slice(2)], { encoding: 'utf8' }).trim().split('\n');
const runs = lines.map((line) => JSON.parse(line));
const full = runs.filter(({ batch, prefix }) => batch === FULL && prefix === 0);
const find = (profile, engine, bytes) => full.find((run) => run.profile === profile && run.engine === engine && run.bytes === bytes);
const rows = full.map(({ profile, engine, bytes, ns }) => ({ what: `SRTP, ${NAMES[profile]}, ${bytes} bytes, ${engine}: a packet`, figure: ns, unit: 'ns', goal: null }));
const fast = find('AES128_CM_HMAC_SHA1_80', 'ipsec-mb', 1200);
if (fast !== undefined)
  rows.push({ what: 'SRTP, AES-CM, 1200 bytes: times as fast as OpenSSL', figure: Math.round((find('AES128_CM_HMAC_SHA1_80', 'openssl', 1200).ns / fast.ns) * 10) / 10, unit: 'x', goal: GOAL, isFloor: true });
report('srtp', { rows, runs });
