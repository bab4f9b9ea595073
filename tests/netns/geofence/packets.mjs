// What goes over each country's cable, seen by two who know nothing of each other: counters of the kernel
// (nftables) and a capture (tcpdump), both in the core. What nodes and the bus say to each other on their
// own addresses is counted apart; everything else that a node outside of the region sends or is sent is a
// packet out of region.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { COUNTRIES, BUS_PORT } from './places.mjs';

const TABLE = 'inet audit';
export const KINDS = ['udp4', 'udp6', 'tcp4', 'tcp6', 'other', 'bus'];
const SETTLE_MS = 4000;
const isBusAddress = (address) => /^10\.9\.(1[6-9]|2[0-3])\./.test(address);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const rules = `
table ${TABLE} {
${COUNTRIES.flatMap(({ name }) => KINDS.map((kind) => `  counter ${name}_${kind} { }`)).join('\n')}
${COUNTRIES.map(({ name, busAddress }) => `
  chain ${name} {
    ip saddr ${busAddress} ip daddr 10.9.16.0/21 tcp dport ${BUS_PORT} counter name ${name}_bus return
    ip daddr ${busAddress} ip saddr 10.9.16.0/21 tcp sport ${BUS_PORT} counter name ${name}_bus return
    meta nfproto ipv4 meta l4proto udp counter name ${name}_udp4 return
    meta nfproto ipv6 meta l4proto udp counter name ${name}_udp6 return
    meta nfproto ipv4 meta l4proto tcp counter name ${name}_tcp4 return
    meta nfproto ipv6 meta l4proto tcp counter name ${name}_tcp6 return
    counter name ${name}_other
  }`).join('')}
  chain on_its_way {
    type filter hook forward priority filter; policy accept;
${COUNTRIES.map(({ name }) => `    iifname "${name}" jump ${name}\n    oifname "${name}" jump ${name}`).join('\n')}
  }
}`;

export const zeros = () => Object.fromEntries(KINDS.map((kind) => [kind, 0]));
export const minus = (after, before) => Object.fromEntries(KINDS.map((kind) => [kind, after[kind] - before[kind]]));

/** One that tcpdump writes (little endian, microseconds, Ethernet): packets with their addresses. */
function* packetsOf(bytes) {
  if (bytes.length < 24) return;
  assert.equal(bytes.readUInt32LE(0), 0xa1b2c3d4, 'a capture file');
  for (let at = 24; at + 16 <= bytes.length; ) {
    const length = bytes.readUInt32LE(at + 8);
    if (at + 16 + length > bytes.length) return; // it is being written
    const packet = read(bytes.subarray(at + 16, at + 16 + length));
    if (packet) yield packet;
    at += 16 + length;
  }
}

const four = (bytes, at) => [...bytes.subarray(at, at + 4)].join('.');

function read(frame) {
  const type = frame.readUInt16BE(12);
  const ip = frame.subarray(14);
  if (type === 0x0800) {
    const head = (ip[0] & 15) * 4;
    return transport(4, ip[9], ip.subarray(head, ip.readUInt16BE(2)), four(ip, 12), four(ip, 16));
  }
  if (type !== 0x86dd) return null; // ARP stays on its cable
  // Neighbours and multicast listeners stay on their cable, too.
  if (ip[6] === 0 || (ip[6] === 58 && ip[40] >= 130)) return null;
  return transport(6, ip[6], ip.subarray(40, 40 + ip.readUInt16BE(4)), ip.toString('hex', 8, 24), ip.toString('hex', 24, 40));
}

function transport(version, protocol, bytes, from, to) {
  if (protocol !== 6 && protocol !== 17) return { kind: 'other', from, to, data: bytes };
  const ports = { fromPort: bytes.readUInt16BE(0), toPort: bytes.readUInt16BE(2) };
  if (protocol === 17) return { kind: `udp${version}`, from, to, ...ports, data: bytes.subarray(8) };
  const data = bytes.subarray((bytes[12] >> 4) * 4);
  return { kind: `tcp${version}`, from, to, ...ports, sequence: bytes.readUInt32BE(4), data };
}

const isBus = ({ from, to, fromPort, toPort }, { busAddress }) =>
  (from === busAddress && isBusAddress(to) && toPort === BUS_PORT) || (to === busAddress && isBusAddress(from) && fromPort === BUS_PORT);

/** What each way of each connection carried, put together by the numbers of its bytes. */
function streams(packets) {
  const ways = new Map();
  for (const { from, to, fromPort, toPort, sequence, data } of packets) {
    if (data.length === 0) continue;
    const name = `${from} ${fromPort} ${to} ${toPort}`;
    const way = ways.get(name) ?? { first: sequence, parts: new Map() };
    ways.set(name, way);
    const at = (sequence - way.first) | 0;
    if ((way.parts.get(at)?.length ?? 0) < data.length) way.parts.set(at, data);
  }
  return [...ways.values()].map(({ parts }) => Buffer.concat([...parts].sort(([a], [b]) => a - b).map(([, data]) => data)));
}

export class Packets {
  #captures = new Map();

  /** core: words in front of a command that runs it there */
  constructor(core, folder) {
    this.core = core;
    this.folder = folder;
  }

  #nft(words, input) {
    return execFileSync(this.core[0], [...this.core.slice(1), 'nft', ...words], { input, encoding: 'utf8' });
  }

  async start() {
    this.#nft(['-f', '-'], rules);
    await Promise.all(COUNTRIES.map((country) => this.#capture(country)));
  }

  async #capture({ name }) {
    const file = join(this.folder, `${name}.pcap`);
    const command = [...this.core, 'tcpdump', '-i', name, '-n', '-U', '--immediate-mode', '-s', '0', '-B', '16384', '-Z', 'root', '-w', file];
    const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] });
    const capture = { child, file, said: '' };
    this.#captures.set(name, capture);
    // An empty file of one that was not there yet would prove nothing.
    await new Promise((resolve, reject) => {
      child.stderr.on('data', (bytes) => {
        capture.said += bytes;
        if (capture.said.includes('listening on')) resolve();
      });
      capture.ended = new Promise((done) => child.once('close', done));
      void capture.ended.then(() => reject(new Error(`tcpdump: ${capture.said}`)));
    });
  }

  /** By country: packets so far of each kind, by the counters. */
  counted() {
    const all = JSON.parse(this.#nft(['-j', 'list', 'counters', 'table', ...TABLE.split(' ')])).nftables;
    const found = Object.fromEntries(COUNTRIES.map(({ name }) => [name, zeros()]));
    for (const { counter } of all.filter((each) => each.counter)) {
      const [name, kind] = counter.name.split('_');
      found[name][kind] = counter.packets;
    }
    return found;
  }

  captured() {
    return Object.fromEntries(COUNTRIES.map((country) => {
      const counts = zeros();
      for (const packet of this.packets(country.name)) counts[isBus(packet, country) ? 'bus' : packet.kind]++;
      return [country.name, counts];
    }));
  }

  packets(name) {
    return [...packetsOf(readFileSync(this.#captures.get(name).file))];
  }

  /** Bytes of the bus that went over this cable, one buffer for each way of each connection. */
  busBytes(name) {
    const country = COUNTRIES.find((each) => each.name === name);
    return streams(this.packets(name).filter((packet) => isBus(packet, country)));
  }

  /** What went over the cables of these countries since then by both observers, who must agree. */
  async since(before, names) {
    const deadline = Date.now() + SETTLE_MS;
    for (;;) {
      const [counted, captured] = [this.counted(), this.captured()];
      const differences = names.flatMap((name) => KINDS.filter((kind) => kind !== 'bus' && counted[name][kind] !== captured[name][kind])
        .map((kind) => `${name} ${kind}: ${counted[name][kind]} counted, ${captured[name][kind]} captured`));
      if (differences.length === 0) return Object.fromEntries(names.map((name) => [name, minus(counted[name], before[name])]));
      assert.ok(Date.now() < deadline, differences.join('; '));
      await sleep(100);
    }
  }

  /** Bytes in the capture files. */
  size() {
    return [...this.#captures.values()].reduce((sum, { file }) => sum + statSync(file).size, 0);
  }

  async stop() {
    for (const { child } of this.#captures.values()) child.kill('SIGINT');
    await Promise.all([...this.#captures.values()].map(({ ended }) => ended));
  }
}
