// The deployment of the lab: a node in each country, as its operator would set it up, with a web certificate
// and media on IPv4 and IPv6; the bus in places of its own. Without TLS on the bus, so that the captures of
// it can be read.

import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Lab, hostOf } from '../../cluster/lib/lab.mjs';
import { BUS_ADDRESSES, COUNTRIES, at } from './places.mjs';

export const CAPACITY = 4;
/** What waits elsewhere has all the room in the world. */
const BAIT = 1000;

function placesOf(participantsMax) {
  const { WEB_CERT: web, WEB_KEY: key } = process.env;
  return Object.fromEntries(COUNTRIES.map(({ name, country, site, address, address6, isAllowed }, i) => [name, {
    ip: address,
    country,
    site,
    mediaPort: 10001 + i,
    mediaAddress: `${address}, ${address6}`,
    url: `https://${hostOf(name)}`,
    web: [`--listen=${address}:443, [${address6}]:443`, `--tls-cert=${web}`, `--tls-key=${key}`, `--origin=https://${hostOf(name)}`],
    within: at(name),
    flags: [`--participants-max=${isAllowed ? participantsMax : BAIT}`],
  }]));
}

export class RegionLab extends Lab {
  constructor({ participantsMax = CAPACITY } = {}) {
    super({
      nodes: placesOf(participantsMax),
      bus: { servers: BUS_ADDRESSES, within: (i) => at(`bus${i + 1}`), isPlain: true },
    });
    this.allowed = COUNTRIES.filter(({ isAllowed }) => isAllowed).map(({ name }) => this.nodes[name]);
    this.abroad = COUNTRIES.filter(({ isAllowed }) => !isAllowed).map(({ name }) => this.nodes[name]);
  }

  /** A node is there again: it is known to the others, and has watched for long enough to take people. */
  async returned(node) {
    await node.says(/"state":"ready"/, 30000);
    await node.says(new RegExp(`"node_known".*"nodes":${COUNTRIES.length}`), 30000);
  }

  /** All nodes get this list of nodes. */
  hand(set) {
    for (const node of Object.values(this.nodes)) {
      copyFileSync(join(this.folder, set), join(node.data, 'node-set.txt'));
      copyFileSync(join(this.folder, set.replace(/txt$/, 'tlog-proof')), join(node.data, 'node-set.tlog-proof'));
      node.child?.kill('SIGHUP');
    }
  }

  /** The node shows this certificate from the next SIGHUP on. */
  install(node, file) {
    copyFileSync(join(this.folder, file), join(node.data, 'node-cert.txt'));
    copyFileSync(join(this.folder, file.replace(/txt$/, 'tlog-proof')), join(node.data, 'node-cert.tlog-proof'));
  }

  setSerial() {
    return Number(/^serial (\d+)$/m.exec(readFileSync(join(this.allowed[0].data, 'node-set.txt'), 'utf8'))[1]);
  }
}

/** Rules and queues in the core, taken away again by their end. */
export function inCore(...command) {
  const [first, ...words] = [...at('core'), ...command];
  return execFileSync(first, words, { encoding: 'utf8' });
}

const FAULTS = 'inet faults';

/** These packets are dropped on their way from now on; each a rule of nft. */
export function drop(...rules) {
  inCore('nft', 'add', 'table', ...FAULTS.split(' '));
  inCore('nft', 'add', 'chain', ...FAULTS.split(' '), 'loss', '{ type filter hook forward priority -10; }');
  for (const rule of rules) inCore('nft', 'add', 'rule', ...FAULTS.split(' '), 'loss', rule, 'drop');
}

export const heal = () => inCore('nft', 'delete', 'table', ...FAULTS.split(' '));

/** What goes out by this cable is slowed. */
export const slow = (cable, rate) => inCore('tc', 'qdisc', 'replace', 'dev', cable, 'root', 'tbf', 'rate', rate, 'burst', '4kb', 'latency', '400ms');
export const quicken = (cable) => inCore('tc', 'qdisc', 'del', 'dev', cable, 'root');
