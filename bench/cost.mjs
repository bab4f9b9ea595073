// What a forwarded packet costs, split by function. In user space: instructions that Callgrind counted for the budget
// (bench/budget.mjs, which is run first where it has not been), each function with what OpenSSL and libc need for it. In
// all: samples of the server while it forwards shape V (perf), where perf is there and may look.
// Use: node bench/cost.mjs [shapes, such as VTLA]

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { Server } from '../tests/e2e/lib/server.mjs';
import { readCallgrind } from './lib/callgrind.mjs';
import { report } from './lib/figures.mjs';
import { binary, membersOf, onLoadCore, onServerCore, runLoad } from './lib/load.mjs';

const SHAPES = (process.argv[2] ?? 'VTLA').split('');
const OUT = 'build/bench';
const SECONDS = 5;
const HERTZ = 997;

/** Where a function belongs, by the file that defines it and by its name; the first that fits. */
const GROUPS = [
  ['Receive', /^server\/shell\/udp\.c:.*(rece|read|recv|drop|slot)|:ic_demux$|sfu\/worker\.c/],
  ['Decrypt', /unprotect|srtp\.c|evp_open|aead_open|cipher_open/],
  ['RTCP', /rtcp|twcc|nack|retransmit|pli_gate|report|ntp/],
  ['Look up, number, and write headers', /sfu\/(track|binding|forwarder|slot|room|peer|assignment|shed)|media\/|wire\/|base\/(addr|map|pool)/],
  ['Encrypt', /transport\/srtp|crypto\//],
  ['Gather for each receiver', /sfu\/(staging|tx_queue|run_padding|packet_pool|node_tally)|packet_pool/],
  ['Send', /shell\/udp\.c/],
  ['Timers, loop', /loop|heap|coalesce|worker_thread|clock|transport\/(ice|peer_io|dtls)|mailbox/],
];
const REST = 'Other';
/** Likewise of the kernel, by name. */
const KERNEL_GROUPS = [
  ['Kernel: memory', /netmem|alloc|slab|kfree|kmem|kmalloc|page|memcg|folio/],
  ['Kernel: datagrams', /udp|ip6?_|skb|dev_|netif|sock|sk_|inet|gso|loopback|csum|copy|iov|napi|gro|eth|msg|fib|route|neigh|xmit|security|bpf|dst_|net_rx|pktinfo/],
  ['Kernel: waking, locks', /spin|_lock|rcu|sched|epoll|ep_|wake|futex|timer|switch|pick_|enqueue|dequeue|idle|ktime|clock/],
  ['Kernel: other', /./],
];

/** File of each function of ours. */
function findFiles() {
  const { stdout } = spawnSync('git', ['grep', '-nE', '^[a-z].*[ *][a-z_0-9]+\\(', '--', 'server/*.c', 'server/*.h'], { encoding: 'utf8', maxBuffer: 2 ** 26 });
  const files = new Map();
  for (const line of stdout.split('\n')) {
    const [, file, name] = /^([^:]+):\d+:[^(]*?([a-z_0-9]+)\(/.exec(line) ?? [];
    if (name !== undefined && (!files.has(name) || file.endsWith('.c'))) files.set(name, file);
  }
  return files;
}

function countShape(shape, files) {
  const path = `${OUT}/budget-${shape}.callgrind`;
  const { packets } = JSON.parse(readFileSync(`${OUT}/budget-${shape}.json`, 'utf8'));
  const { all, functions } = readCallgrind(readFileSync(path, 'utf8'), (object) => object.endsWith('/budget'));
  const each = (count) => Math.round((10 * count) / packets) / 10;
  const list = [...functions].map(([name, { own, libraries }]) => {
    const plain = name.replace(/\.(isra|part|constprop|cold).*$/, '');
    const file = files.get(plain) ?? '';
    const group = GROUPS.find(([, pattern]) => pattern.test(`${file}:${plain}`))?.[0] ?? REST;
    return { name: plain, file, group, own: each(own), libraries: each(libraries) };
  });
  const sum = (of) => Math.round(list.filter(of).reduce((total, { own, libraries }) => total + own + libraries, 0));
  const groups = [...GROUPS.map(([name]) => name), REST].map((name) => ({ name, instructions: sum(({ group }) => group === name) }));
  return {
    instructions: each(all),
    groups,
    functions: list.filter(({ own, libraries }) => own + libraries >= 1).toSorted((a, b) => b.own + b.libraries - a.own - a.libraries),
  };
}

function ensureCounted() {
  const isThere = SHAPES.every((shape) => existsSync(`${OUT}/budget-${shape}.callgrind`) && existsSync(`${OUT}/budget-${shape}.json`));
  if (isThere) return;
  const { stdout, stderr } = spawnSync('node', ['bench/budget.mjs', SHAPES.join('')], { encoding: 'utf8' });
  if (!existsSync(`${OUT}/budget-${SHAPES[0]}.json`)) throw new Error(`nothing was counted: ${stdout}${stderr}`);
}

/** Samples of a running server; { error }: what perf says instead. */
async function sample() {
  if (spawnSync('perf', ['--version'], { stdio: 'ignore' }).status !== 0) return { error: 'perf is not installed (apt-get install linux-perf)' };
  const server = new Server({ binary, within: onServerCore, port: 8495, mediaAddress: '127.0.0.1', mediaPort: 10495, flags: ['--media-workers', '1'] });
  const data = `${OUT}/cost.perf`;
  let taken;
  try {
    await server.start();
    const phase = (what) => {
      if (what !== 'measuring') return;
      const words = ['record', '-q', '-e', 'cpu-clock', '-F', String(HERTZ), '-o', data, '-p', String(server.process.pid), '--', 'sleep', String(SECONDS - 1)];
      taken = new Promise((resolve) => setTimeout(() => resolve(spawnSync('perf', words, { encoding: 'utf8' })), 200));
    };
    await runLoad(['--publishers', 4, '--slots', 4, '--frames', 200, '--seconds', SECONDS], membersOf(server), { within: onLoadCore, phase });
    const { status, stderr } = (await taken) ?? { status: 1, stderr: 'nothing ran' };
    if (status !== 0) return { error: `perf may not look: ${stderr.trim().split('\n')[0]}` };
    return readSamples(data);
  } finally {
    await server.stop();
    server.forget();
    rmSync(data, { force: true });
  }
}

function readSamples(data) {
  const words = ['report', '-q', '-i', data, '--no-children', '--stdio', '--sort', 'dso,symbol', '-F', 'overhead,dso,sym', '--field-separator', '\t'];
  const { stdout, stderr } = spawnSync('perf', words, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  const functions = stdout.split('\n').flatMap((line) => {
    const [percent, object, symbol] = line.split('\t').map((field) => field.trim());
    return symbol === undefined ? [] : [{ percent: Number(percent.replace('%', '')), object, name: symbol.replace(/^\[.\] /, '') }];
  });
  if (functions.length === 0) return { error: `perf has no samples: ${stderr.trim().split('\n')[0]}` };
  const groupOf = ({ object, name }) => {
    if (object.startsWith('incamera')) return 'In Camera';
    if (!object.startsWith('[')) return 'Libraries';
    return KERNEL_GROUPS.find(([, pattern]) => pattern.test(name))[0];
  };
  const names = [...KERNEL_GROUPS.map(([name]) => name), 'In Camera', 'Libraries'];
  const part = (name) => functions.reduce((sum, each) => sum + (groupOf(each) === name ? each.percent : 0), 0);
  return {
    parts: names.map((name) => ({ name, percent: Math.round(10 * part(name)) / 10 })),
    functions: functions.toSorted((a, b) => b.percent - a.percent).slice(0, 40),
  };
}

ensureCounted();
const files = findFiles();
const shapes = Object.fromEntries(SHAPES.map((shape) => [shape, countShape(shape, files)]));
const samples = await sample();
if (samples.error !== undefined) console.error(`Left out: ${samples.error}.`);
const row = (what, figure, unit) => ({ what, figure, unit, goal: null });
report('cost', {
  rows: [
    ...Object.entries(shapes).map(([shape, { instructions }]) => row(`${shape}: instructions for a forwarded packet in user space, with OpenSSL`, Math.round(instructions), '')),
    ...(samples.parts ?? []).map(({ name, percent }) => row(`V: of the server's processor, ${name}`, percent, '%')),
  ],
  shapes,
  samples,
});
